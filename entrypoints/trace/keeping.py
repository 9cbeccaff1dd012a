"""Keeps what a page shows of units of work, in memory that does not grow with their number."""

import os
import sys
from collections import Counter
from datetime import datetime
from threading import RLock
from time import perf_counter

import attrs

from unitofwork.domain.observation import Step, UnitBegun, UnitOutcome, UnitRecord
from unitofwork.entrypoints.trace.findings import Finding, Findings
from unitofwork.entrypoints.trace.verdicts import Verdict, verdicts_of

MOST_UNITS = 300
"""How many units are shown whatever is to be said of them; of the others there are examples of each finding."""

MOST_STEPS = 1000
"""How many steps are kept of a unit that is open."""


@attrs.frozen
class TracedUnit:
    """One unit of work.

    Attributes:
        number: the how manyeth that ended, from 1.
        record: its life.
        verdicts: what is to be said of it.
        within: the test that was running; empty if there was none.
    """

    number: int
    record: UnitRecord
    verdicts: tuple[Verdict, ...] = ()
    within: str = ""


@attrs.frozen
class Traced:
    """All that a page shows.

    Attributes:
        title: what was traced.
        at: when the first unit began; None if none did.
        units: those that are shown, in the order in which they began.
        findings: what is to be said of all units.
        outcomes: how many units ended how.
        statements: how many were sent.
        sql_seconds: how long the database was waited for.
    """

    title: str
    at: datetime | None = None
    units: tuple[TracedUnit, ...] = ()
    findings: tuple[Finding, ...] = ()
    outcomes: Counter[UnitOutcome] = attrs.Factory(Counter[UnitOutcome])
    statements: int = 0
    sql_seconds: float = 0.0

    @property
    def total(self) -> int:
        """How many units there were."""
        return self.outcomes.total()


@attrs.define
class _Open:
    """A unit that has not ended."""

    within: str
    steps: list[Step] = attrs.Factory(list[Step])
    further: int = 0


class Keeper:
    """An observer that judges each unit when it has ended. Threads may share it, and so may a handler of signals."""

    def __init__(self) -> None:
        self._lock = RLock()  # a signal may come while it is held
        self._open: dict[UnitBegun, _Open] = {}
        self._kept: list[TracedUnit] = []
        self._findings = Findings()
        self._outcomes: Counter[UnitOutcome] = Counter()
        self._statements = 0
        self._sql_seconds = 0.0
        self._first: UnitBegun | None = None

    def begun(self, unit: UnitBegun) -> None:
        """Keep that it has begun."""
        with self._lock:
            self._first = self._first or unit
            self._open[unit] = _Open(_running_test())

    def step(self, unit: UnitBegun, step: Step) -> None:
        """Keep a step of a unit that is open: it may never end."""
        with self._lock:
            kept = self._open[unit]
            if len(kept.steps) < MOST_STEPS:
                kept.steps.append(step)
            else:
                kept.further += 1

    def ended(self, record: UnitRecord) -> None:
        """Judge it, and keep it if it is one of the first, or an example."""
        with self._lock:
            within = self._open.pop(record.begun).within
            self._outcomes[record.outcome] += 1
            self._statements += record.statements
            self._sql_seconds += record.sql_seconds
            unit = TracedUnit(self._outcomes.total(), record, verdicts_of(record), within)
            is_example = self._findings.add(unit.number, unit.verdicts)
            if is_example or len(self._kept) < MOST_UNITS:
                self._kept.append(unit)

    def traced(self, title: str, *, at_end: bool = False) -> Traced:
        """What there is up to now; units that are open are looked at as they are, at the end as never closed."""
        with self._lock:
            looked_at = Keeper()
            looked_at._kept, looked_at._first = list(self._kept), self._first
            looked_at._findings, looked_at._outcomes = self._findings.copy(), self._outcomes.copy()
            looked_at._statements, looked_at._sql_seconds = self._statements, self._sql_seconds
            for begun, still in list(self._open.items()):
                looked_at._open[begun] = still
                looked_at.ended(_as_record(begun, still, UnitOutcome.NEVER_CLOSED if at_end else UnitOutcome.OPEN))
        return looked_at._all(title)

    def _all(self, title: str) -> Traced:
        return Traced(
            title,
            None if self._first is None else self._first.at,
            tuple(sorted(self._kept, key=lambda unit: unit.record.begun.started)),
            self._findings.worst_first(),
            self._outcomes,
            self._statements,
            self._sql_seconds,
        )


def _as_record(begun: UnitBegun, still: _Open, outcome: UnitOutcome) -> UnitRecord:
    sent = [statement for step in still.steps for statement in step.statements]
    return UnitRecord(
        begun,
        outcome,
        perf_counter() - begun.started,
        tuple(still.steps),
        further_steps=still.further,
        statements=sum(not statement.controls for statement in sent),
        sql_seconds=sum(statement.seconds for statement in sent),
        busy_seconds=sum(step.seconds for step in still.steps),
    )


def _running_test() -> str:
    """What pytest says of the test that is running, without its parameters, which may be data."""
    if "pytest" not in sys.modules:
        return ""
    return os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0].partition("[")[0]
