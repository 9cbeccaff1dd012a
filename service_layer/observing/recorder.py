"""Records the life of one unit of work while it is lived."""

from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter
from typing import TypeVar, TypeVarTuple

import attrs

from unitofwork.domain.observation import (
    MOST_STEPS,
    Changes,
    Flushed,
    Place,
    Statement,
    Step,
    StepKind,
    UnitBegun,
    UnitRecord,
)
from unitofwork.domain.observing import LISTENING, Observer
from unitofwork.domain.ports import Session
from unitofwork.service_layer.calling import caller, worker
from unitofwork.service_layer.observing.balance import Balance, outcome_of
from unitofwork.service_layer.observing.observers import Telling

R = TypeVar("R")
Ts = TypeVarTuple("Ts")

MOST_STATEMENTS = 1000
"""How many statements of one unit are kept with their steps."""


@attrs.define(eq=False)
class Running:
    """The step that is running."""

    kind: StepKind
    name: str
    entity: str | None
    place: Place | None
    started: float
    attributes: tuple[str, ...] = ()
    count: int | None = None
    statements: list[Statement] = attrs.Factory(list[Statement])
    flushed: tuple[Flushed, ...] = ()
    sent: tuple[str, str, float] | None = None
    """The statement that is not answered yet: its text, its database, and when it was sent."""

    @property
    def ends(self) -> bool:
        """Whether that is what ends a transaction: if it fails, that is told."""
        return self.sent is not None and self.sent[0] in ("COMMIT", "ROLLBACK")


class Recorder:
    """Takes down what a unit does, one operation at a time; an operation inside another one is part of that."""

    def __init__(self, unit: str, begun_at: tuple[str, int], observers: tuple[Observer, ...]) -> None:
        self.begun = UnitBegun(unit, Place(*begun_at), worker(), datetime.now(UTC), perf_counter())
        self.balance = Balance()
        """What was changed, and not ended yet."""
        self._telling = Telling(observers, self.begun)
        self._running: Running | None = None
        self._steps: list[Step] = []
        self._further_steps = self._kept_statements = self._statements = 0
        self._sql_seconds = self._busy_seconds = 0.0
        self._left = Changes()
        self._failure: BaseException | None = None
        self._raised: BaseException | None = None
        self._dropped = False
        LISTENING.start()
        self._telling.begun()
        self._keep(Step(StepKind.BEGIN, "begin", self.begun.started, 0.0, place=self.begun.place))

    # Steps

    def run(
        self,
        kind: StepKind,
        name: str,
        entity: type | None,
        count: Callable[[R], int | None],
        operation: Callable[[*Ts], R],
        /,
        *args: *Ts,
    ) -> R:
        """Run an operation as a step, and return its result."""
        if self._running is not None:
            return self._inside(operation, *args)
        place, name_of = Place(*caller()), None if entity is None else entity.__name__
        running = self._running = Running(kind, name, name_of, place, perf_counter())
        before = LISTENING.listen(self)
        error: BaseException | None = None
        try:
            result = operation(*args)
            running.count = count(result)
            return result
        except BaseException as raised:
            error = raised
            raise
        finally:
            LISTENING.listen(before)
            self._running = None
            self._finish(running, error)

    def _inside(self, operation: Callable[[*Ts], R], *args: *Ts) -> R:
        before = LISTENING.listen(self)  # another unit may have been used in between
        try:
            return operation(*args)
        finally:
            LISTENING.listen(before)

    def _finish(self, running: Running, error: BaseException | None) -> None:
        name = None if error is None else type(error).__name__
        self._answered(running, None, None if running.ends else name)
        seconds = perf_counter() - running.started
        self._busy_seconds += seconds
        if running.kind is StepKind.LOAD and not running.statements and error is None:
            return  # it was here already
        step = Step(
            running.kind,
            running.name,
            running.started,
            seconds,
            running.entity,
            running.attributes,
            running.count,
            running.place,
            tuple(running.statements),
            running.flushed,
            name,
        )
        self._keep(step)

    def _keep(self, step: Step) -> None:
        if len(self._steps) < MOST_STEPS:
            self._steps.append(step)
        else:
            self._further_steps += 1
        self._telling.step(step)

    # What adapters tell

    def sending(self, sql: str, database: str) -> None:
        """A statement is sent."""
        running = self._running
        if running is not None:
            self._answered(running, None, None)
            running.sent = sql, database, perf_counter()

    def sent(self, rows: int | None) -> None:
        """It is answered."""
        if self._running is not None:
            self._answered(self._running, rows, None)

    def failed(self, error: str) -> None:
        """It has failed."""
        if self._running is not None:
            self._answered(self._running, None, error)

    def loading(self, entity_type: type, attributes: Collection[str]) -> None:
        """Attributes are loaded because they were read."""
        running = self._running
        if running is not None and running.kind is StepKind.LOAD and running.entity is None:
            running.entity, running.attributes = entity_type.__name__, tuple(sorted(attributes))

    def flushing(self, flushed: Collection[Flushed]) -> None:
        """What was changed is sent."""
        self.balance.open = sum((each.changes for each in flushed), self.balance.open)
        if self._running is not None:
            self._running.flushed += tuple(flushed)

    def _answered(self, running: Running, rows: int | None, error: str | None) -> None:
        if running.sent is None:
            return
        (sql, database, started), running.sent = running.sent, None
        statement = Statement(sql, database, started, perf_counter() - started, rows, error)
        self._sql_seconds += statement.seconds
        self._statements += not statement.controls
        if self._kept_statements < MOST_STATEMENTS:
            self._kept_statements += 1
            running.statements.append(statement)

    # The end

    def raised(self, error: BaseException) -> None:
        """The unit's block is left by an error; a generator that is closed before its end has none."""
        if not isinstance(error, GeneratorExit):
            self._raised = error

    def dropped(self) -> None:
        """Nobody has closed the unit, and nobody can any more."""
        self._dropped = True

    def closing(self, session: Session) -> None:
        """Look at what is left, before the session is closed."""
        self._failure = session.failure
        with suppress(Exception):  # a session that is broken tells nothing more
            dirty = sum(1 for each in session.dirty if session.is_modified(each))
            self._left = self.balance.open + Changes(len(session.new), dirty, len(session.deleted))

    def ended(self) -> None:
        """Tell what was recorded: the unit is closed."""
        error = self._raised or self._failure
        outcome = outcome_of(self.balance.ended, self._left, failed=error is not None, dropped=self._dropped)
        record = UnitRecord(
            self.begun,
            outcome,
            perf_counter() - self.begun.started,
            tuple(self._steps),
            self._left,
            None if error is None else type(error).__name__,
            self._further_steps,
            self._statements,
            self._sql_seconds,
            self._busy_seconds,
        )
        LISTENING.stop()
        self._telling.ended(record)
