"""Failures on demand: what no real database does when a test asks for it."""

from collections.abc import Callable, Collection
from threading import Lock
from typing import Literal, TypeAlias, cast, get_args
from weakref import WeakSet

import attrs
from sqlalchemy import Table
from sqlalchemy.orm import registry

from unitofwork.adapters.memory.planned_errors import planned_error
from unitofwork.adapters.orm.tables import mapper_in
from unitofwork.domain.errors import CommitOutcomeUnknown, PersistenceError

Operation: TypeAlias = Literal[
    "begin",
    "select",
    "lock",
    "insert",
    "update",
    "delete",
    "flush",
    "savepoint",
    "release",
    "commit",
    "rollback",
]
"""What may fail. ``begin`` is that of a transaction, which comes with its first statement; ``select`` is every question
and everything that is loaded, ``lock`` a question that locks; ``flush`` fails once all its statements are sent."""

OPERATIONS: tuple[Operation, ...] = get_args(Operation)
_OF_TABLES = frozenset({"select", "lock", "insert", "update", "delete"})


@attrs.define(eq=False)
class Fault:
    """A failure that is to come.

    Attributes:
        operation: what fails.
        left: how many such operations there are until then, with the one that fails.
        error: the error, or its class.
        tables: those that it is about; None for any, and for none.
        kept: whether a COMMIT that fails keeps the changes.
    """

    operation: Operation
    left: int
    error: type[PersistenceError] | PersistenceError
    tables: frozenset[Table] | None
    kept: bool

    def concerns(self, operation: Operation, tables: Collection[Table]) -> bool:
        """Whether an operation on these tables counts."""
        return operation == self.operation and (self.tables is None or not self.tables.isdisjoint(tables))


@attrs.frozen(eq=False)
class Failure:
    """A failure that is due: the error to raise, and whether a COMMIT keeps the changes all the same."""

    error: PersistenceError
    kept: bool


class Faults:
    """The failures of one database that are to come. Each happens once."""

    def __init__(self, mapping: registry) -> None:
        self.watching = False
        """Whether operations need to be told at all."""
        self._mapping = mapping
        self._planned: list[Fault] = []
        self._told: Callable[[Operation], None] | None = None
        self._raised: WeakSet[PersistenceError] = WeakSet()
        self._lock = Lock()

    def fail(
        self,
        operation: Operation,
        *,
        with_: type[PersistenceError] | PersistenceError,
        nth: int = 1,
        entity_type: type | None = None,
        kept: bool = False,
    ) -> None:
        """Let an operation fail, once, counted from now.

        The failure does to the unit of work what it does on PostgreSQL: until ``rollback()`` everything is refused, and
        with `ConnectionLost` and `CommitOutcomeUnknown` the transaction is gone already.

        Args:
            operation: what fails; one of `OPERATIONS`.
            with_: a class of `unitofwork.domain.errors`, or an error with the text and fields that are wanted.
            nth: which of these operations fails, counted from 1.
            entity_type: count only statements on tables of this type.
            kept: whether a COMMIT that fails with `CommitOutcomeUnknown` keeps the changes.

        Raises:
            ValueError: there is no such operation; or ``nth``, ``entity_type`` or ``kept`` do not fit it.
            TypeError: ``with_`` is no error of this library's.
            MappingError: the type is not the database's.
        """
        if operation not in OPERATIONS:
            raise ValueError(f"no operation has this name: use one of {', '.join(OPERATIONS)}")
        if nth < 1:
            raise ValueError("nth is counted from 1")
        error_type = with_ if isinstance(with_, type) else type(cast(object, with_))
        if not issubclass(error_type, PersistenceError):
            raise TypeError(f"{error_type.__name__} is no error of unitofwork.domain.errors, and others leave no port")
        if kept and (operation != "commit" or not issubclass(error_type, CommitOutcomeUnknown)):
            raise ValueError("kept=True is for a commit that fails with CommitOutcomeUnknown: others keep nothing")
        if entity_type is not None and operation not in _OF_TABLES:
            raise ValueError(f"{operation} is of no one type: leave out entity_type")
        tables = None if entity_type is None else self._tables(entity_type)
        with self._lock:
            self._planned.append(Fault(operation, nth, with_, tables, kept))
            self.watching = True

    def tell(self, listener: Callable[[Operation], None]) -> None:
        """Tell of each operation before it is done, so that a test's clock can move on, or another unit come first."""
        with self._lock:
            self._told, self.watching = listener, True

    def clear(self) -> None:
        """Let nothing fail any more, and tell nobody."""
        with self._lock:
            self._planned.clear()
            self._told, self.watching = None, False

    def due(self, operation: Operation, tables: Collection[Table] = ()) -> Failure | None:
        """Count an operation, and return the failure that it is to meet, with the error to raise."""
        told = self._told
        if told is not None:
            told(operation)
        with self._lock:
            fault = self._counted(operation, tables)
            self.watching = bool(self._planned) or self._told is not None
        if fault is None:
            return None
        error = fault.error
        if isinstance(error, type):
            error = planned_error(error, self._mapping, next(iter(tables), None))
        self._raised.add(error)
        return Failure(error, fault.kept)

    def meet(self, operation: Operation, tables: Collection[Table] = ()) -> None:
        """Count an operation, and fail if it is to.

        Raises:
            PersistenceError: as planned.
        """
        failure = self.due(operation, tables)
        if failure is not None:
            raise failure.error

    def has_raised(self, error: BaseException) -> bool:
        """Whether an error was planned here."""
        return isinstance(error, PersistenceError) and error in self._raised

    def _counted(self, operation: Operation, tables: Collection[Table]) -> Fault | None:
        """The first failure that is due; the others have one operation less to go all the same."""
        due: Fault | None = None
        for fault in [each for each in self._planned if each.concerns(operation, tables)]:
            if fault.left > 1:
                fault.left -= 1
            elif due is None:
                due = fault
                self._planned.remove(fault)
        return due

    def _tables(self, entity_type: type) -> frozenset[Table]:
        return frozenset(cast("Collection[Table]", mapper_in(self._mapping, entity_type).tables))
