"""What a test sees of the units of work that it causes, and how it makes them fail."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from operator import itemgetter
from time import perf_counter
from typing import NoReturn

import pytest

from unitofwork.adapters.memory import OPERATIONS, Faults, Operation
from unitofwork.adapters.observers import RecordingObserver
from unitofwork.domain.errors import PersistenceError
from unitofwork.domain.life_line import outcome_words
from unitofwork.domain.observation import Statement, Step, StepKind, UnitOutcome, UnitRecord

_UNDONE = (UnitOutcome.ROLLED_BACK, UnitOutcome.LEFT, UnitOutcome.FAILED, UnitOutcome.NEVER_CLOSED)
_CHANGES = (StepKind.CHANGE, StepKind.WRITE)


class UowProbe:
    """Sees every unit of work that begins while it is there.

    What it asserts is about the unit that began last; the text of a failure shows the lives of all.
    """

    def __init__(self) -> None:
        self.seen = RecordingObserver()
        """The lives of the units, step by step."""
        self._faults: Faults | None = None
        self._failing: tuple[Operation, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The lives as lines, such as ``begin > add User > flush > rollback``; those that have not ended come last."""
        return self.seen.lines

    # What became of a unit

    def assert_committed(self) -> None:
        """Fail unless the unit that began last committed, and has changed nothing since.

        Raises:
            AssertionError: with the life of the unit as a line.
        """
        __tracebackhide__ = True
        unit = self._last("committed")
        if isinstance(unit, UnitRecord):
            if unit.outcome is not UnitOutcome.COMMITTED:
                self._fail(f"the unit of work was not committed, but {outcome_words(unit)}")
        elif _ended_by(unit) is not StepKind.COMMIT:
            self._fail("the unit of work is open, and what it did last is not committed")

    def assert_rolled_back(self) -> None:
        """Fail unless what the unit that began last changed last was undone: by `rollback`, by an error, by closing it.

        Raises:
            AssertionError: with the life of the unit as a line.
        """
        __tracebackhide__ = True
        unit = self._last("rolled back")
        if isinstance(unit, UnitRecord):
            if unit.outcome not in _UNDONE:
                self._fail(f"the unit of work was not rolled back, but {outcome_words(unit)}")
        elif _ended_by(unit) is not StepKind.ROLLBACK:
            self._fail("the unit of work is open, and what it did last is not rolled back")

    # What was sent

    @property
    def statements(self) -> list[str]:
        """What was sent, without values and without what only begins, divides or ends transactions."""
        return [each.sql for each in self._sent()]

    @contextmanager
    def assert_statements(self, *, at_most: int) -> Generator[None]:
        """Fail at the end of a block inside which units sent more statements, as for each row of a question.

        Raises:
            AssertionError: listing the statements, each with how often it was sent.
        """
        __tracebackhide__ = True
        started = perf_counter()
        yield
        sent = [each.sql for each in self._sent() if each.started >= started]
        if len(sent) > at_most:
            listed = "".join(f"\n  {count} × {sql}" for sql, count in Counter(sent).most_common())
            raise AssertionError(f"{len(sent)} statements were sent, and at most {at_most} may be:{listed}")

    # Failures on demand

    def fail_on(
        self,
        operation: Operation,
        *,
        with_: type[PersistenceError] | PersistenceError,
        nth: int = 1,
        entity_type: type | None = None,
        kept: bool = False,
    ) -> None:
        """Let an operation of the test's database fail, once, counted from now.

        The twin can fail at everything that `Faults.fail` names, a SQL database at ``flush``, ``savepoint`` and
        ``commit``, where it does to the unit of work what it does on the twin.

        Args:
            operation: what fails.
            with_: a class of `unitofwork.domain.errors`, or an error with the text and fields that are wanted.
            nth: which of these operations fails, counted from 1.
            entity_type: count only statements on tables of this type; on the twin.
            kept: whether a commit that fails with `CommitOutcomeUnknown` keeps the changes.

        Raises:
            ValueError, TypeError, MappingError: as `Faults.fail`.
            pytest.UsageError: the test has no database that could fail so.
        """
        if self._faults is None:
            raise pytest.UsageError("fail_on() is about the test's database: ask for database, uow or uow_factory too")
        if operation not in OPERATIONS:
            raise ValueError(f"no operation has this name: use one of {', '.join(self._failing)}")
        if operation not in self._failing:
            raise pytest.UsageError(
                f"a SQL database can be made to fail at {', '.join(self._failing)}, and not at {operation}:"
                " run the test on memory"
            )
        self._faults.fail(operation, with_=with_, nth=nth, entity_type=entity_type, kept=kept)

    def attach(self, faults: Faults, operations: tuple[Operation, ...] = OPERATIONS) -> None:
        """Let `fail_on` plan its failures here; not meant for tests."""
        self._faults, self._failing = faults, operations

    # Inside

    def _last(self, expected: str) -> UnitRecord | tuple[Step, ...]:
        __tracebackhide__ = True
        begun: list[tuple[float, UnitRecord | tuple[Step, ...]]] = [
            *((record.begun.started, record) for record in self.seen.records),
            *((unit.started, steps) for unit, steps in self.seen.open.items()),
        ]
        if not begun:
            raise AssertionError(f"no unit of work was begun that could have been {expected}")
        return max(begun, key=itemgetter(0))[1]

    def _sent(self) -> list[Statement]:
        lives = [*(record.steps for record in self.seen.records), *self.seen.open.values()]
        return [each for steps in lives for step in steps for each in step.statements if not each.controls]

    def _fail(self, text: str) -> NoReturn:
        __tracebackhide__ = True
        lives = "".join(f"\n  {line}" for line in self.lines)
        raise AssertionError(f"{text}:{lives}")


def _ended_by(steps: tuple[Step, ...]) -> StepKind | None:
    """How the last transaction of an open unit ended; None if something was changed since, or none has ended."""
    for step in reversed(steps):
        if step.kind in _CHANGES or (step.flushed and step.kind is not StepKind.COMMIT):
            return None
        if step.kind in (StepKind.COMMIT, StepKind.ROLLBACK) and step.error is None:
            return step.kind
    return None
