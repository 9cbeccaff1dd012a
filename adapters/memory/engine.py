"""What SQLAlchemy's session takes for an engine and its connections: a store's transactions."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, ClassVar, NoReturn, cast

import attrs
from sqlalchemy import Delete, Dialect, Insert, Table, Update
from sqlalchemy.exc import ResourceClosedError

from unitofwork.adapters.memory.containers import new_list, new_set
from unitofwork.adapters.memory.faults import Faults, Operation
from unitofwork.adapters.memory.log import Log
from unitofwork.adapters.memory.store import Savepoint, Store, StoredTable, Transaction
from unitofwork.adapters.memory.transactions import MemorySavepoint, MemoryTransaction
from unitofwork.adapters.memory.values import DIALECT
from unitofwork.adapters.memory.writing.changing import delete, update
from unitofwork.adapters.memory.writing.inserting import insert
from unitofwork.adapters.memory.writing.result import Result
from unitofwork.domain.errors import NeedsRollback, UnitOfWorkError, UnsupportedQuery
from unitofwork.domain.isolation import Isolation


def refused(statement: object) -> UnsupportedQuery:
    """The error for a statement that neither a flush sends nor SQLAlchemy's own loading."""
    kind = "SQL" if isinstance(statement, str) else type(statement).__name__
    return UnsupportedQuery(f"the twin runs no {kind}: ask the unit's repositories")


@attrs.define(eq=False)
class MemoryEngine:
    """Where a session's connections come from.

    Attributes:
        store: the rows.
        log: takes what SQL would have been sent.
        isolation: of every transaction.
        shuffle: puts answers without an order in any.
        open: the connections that are open.
        faults: what is to fail.
        dialect: PostgreSQL's, whose rules hold.
    """

    dialect: ClassVar[Dialect] = DIALECT
    store: Store
    log: Log
    isolation: Isolation | None = None
    shuffle: Random | None = None
    open: set["MemoryConnection"] = attrs.field(factory=new_set)
    faults: Faults = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.faults = self.log.faults

    def connect(self) -> "MemoryConnection":
        """Open a connection."""
        if self.faults.watching:
            self.faults.meet("begin")
        connection = MemoryConnection(self)
        self.open.add(connection)
        return connection


@attrs.define(eq=False)
class MemoryConnection:
    """One conversation with the store: the reader of the questions that are asked in it, and the writer of flushes.

    Attributes:
        engine: where it came from.
    """

    engine: MemoryEngine
    _transaction: Transaction | None = None
    _closed: bool = False
    _lost: bool = False
    savepoints: list[Savepoint] = attrs.field(factory=new_list)
    """Those that are open, the innermost last."""

    dialect: ClassVar[Dialect] = DIALECT
    """PostgreSQL's, whose rules hold."""

    @property
    def transaction(self) -> Transaction:
        """The open transaction; it begins with the first statement.

        Raises:
            ResourceClosedError: the connection was given back, by who closed its session in the middle of something.
        """
        if self._transaction is None:
            if self._closed:
                raise ResourceClosedError("the connection is closed")
            if self._lost:
                self._refuse_if_lost()
            self._transaction = self.engine.store.begin(self.engine.isolation)
        return self._transaction

    # What a flush sends

    def execute(
        self, statement: object, parameters: Any = None, *, execution_options: Mapping[str, Any] | None = None
    ) -> Result:
        """Do to rows what a statement of a flush, or of one of its listeners, says.

        Raises:
            UnsupportedQuery: it is another statement than a flush sends.
        """
        given = cast("Sequence[Mapping[str, Any]]", parameters if isinstance(parameters, list) else [parameters or {}])
        table: Any = getattr(statement, "table", None)
        if not isinstance(statement, Insert | Update | Delete) or not isinstance(table, Table):
            raise refused(statement)
        with self.engine.store.lock:
            return self._write(statement, self.engine.store.table(cast(Table, table)), given)

    def _write(
        self, statement: Insert | Update | Delete, table: StoredTable, given: Sequence[Mapping[str, Any]]
    ) -> Result:
        if isinstance(statement, Insert):
            return insert(self.transaction, table, statement, given, self)
        if isinstance(statement, Update):
            return update(self.transaction, table, statement, given, self)
        return delete(self.transaction, table, statement, given, self)

    def exec_driver_sql(self, statement: str, *_: object, **__: object) -> NoReturn:
        """Refuse SQL."""
        raise refused(statement)

    def scalar(self, statement: object, *_: object, **__: object) -> NoReturn:
        """Refuse a question."""
        raise refused(statement)

    def scalars(self, statement: object, *_: object, **__: object) -> NoReturn:
        """Refuse a question."""
        raise refused(statement)

    # What the session does with a connection

    def begin(self) -> "MemoryTransaction":
        """Begin."""
        return MemoryTransaction(self)

    def begin_nested(self) -> "MemorySavepoint":
        """Set a savepoint."""
        return MemorySavepoint(self)

    def in_transaction(self) -> bool:
        """Whether somebody else has begun a transaction here, which nobody can."""
        return False

    def commit(self) -> None:
        """Keep what was done."""
        engine, transaction = self.engine, self._transaction
        if transaction is None:
            self._refuse_if_lost()
            return
        failure = engine.faults.due("commit") if engine.faults.watching else None
        self._transaction = None
        with engine.store.lock:
            if failure is None or failure.kept:
                transaction.commit()
            else:
                transaction.rollback()
        if failure is not None:
            raise failure.error

    def rollback(self) -> None:
        """Undo what was done."""
        self._lost = False
        if self._transaction is not None:
            faults = self.engine.faults
            failure = faults.due("rollback") if faults.watching else None
            self._undo()
            if failure is not None:
                raise failure.error

    def abort(self) -> None:
        """Undo what was done since the last savepoint, so that nobody waits for it; a failed flush does so itself."""
        if self._transaction is not None:
            with self.engine.store.lock:
                self._transaction.abort(self.savepoints[-1] if self.savepoints else None)

    def lose(self) -> None:
        """Undo what was done, as the server does when its client is gone; refuse everything until `rollback`."""
        self._undo()
        self._lost = True

    def meet(self, operation: Operation) -> None:
        """Fail if the operation is to."""
        if self.engine.faults.watching:
            self.engine.faults.meet(operation)

    def _undo(self) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            with self.engine.store.lock:
                transaction.rollback()

    def _refuse_if_lost(self) -> None:
        if self._lost:
            raise NeedsRollback("the connection was lost: call rollback()")

    def invalidate(self) -> None:
        """Undo what was done; there is no connection to throw away."""
        self._undo()

    def close(self) -> None:
        """Undo what was not committed, and give the connection back."""
        if not self._closed:
            self._closed = True
            self.engine.open.discard(self)
            if self._transaction is not None or self._lost:
                self.rollback()

    def execution_options(self, **options: object) -> "MemoryConnection":
        """Refuse options, which nobody here would follow."""
        raise UnitOfWorkError(f"the twin has no execution options: leave out {', '.join(options)}")
