"""Units of work inside a transaction that somebody else began and will end, as a test does that undoes what commits."""

from collections.abc import Callable
from random import Random
from typing import cast, get_args

from sqlalchemy.orm.session import JoinTransactionMode

from unitofwork.adapters.memory.awaiting import AwaitedInMemory
from unitofwork.adapters.memory.engine import MemoryConnection, MemoryEngine
from unitofwork.adapters.memory.keys import RowLookups
from unitofwork.adapters.memory.outer import Ended, OuterTransaction
from unitofwork.adapters.memory.rows_session import RowsSession
from unitofwork.adapters.memory.session import MemorySession
from unitofwork.adapters.memory.store import Transaction
from unitofwork.adapters.memory.transactions import MemorySavepoint, MemoryTransaction
from unitofwork.adapters.session.private import connections
from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.isolation import Isolation


class JoinedDatabase(AwaitedInMemory):
    """A database whose units of work all run inside one transaction.

    `MemoryDatabase.joined` makes it, and says what is promised. Units use it one after the other, or one inside
    another.
    """

    def __init__(
        self, outer: OuterTransaction, mode: JoinTransactionMode, keys: RowLookups, shuffle: Random | None
    ) -> None:
        if mode not in get_args(JoinTransactionMode):
            raise ValueError(f"there is no such mode: use one of {', '.join(get_args(JoinTransactionMode))}")
        if not outer.is_active:
            raise UnitOfWorkError("the transaction has ended and cannot be joined: begin another one")
        self._engine = JoinedEngine(outer, mode, shuffle)
        self._keys = keys

    def session(
        self, *, read_only: bool, isolation: Isolation | None, autoflush: bool, expire_on_commit: bool
    ) -> MemorySession:
        """Open a session inside the outer transaction.

        Raises:
            UnitOfWorkError: the outer transaction has ended; or an isolation level is asked for, which only who began
                it could choose.
        """
        if isolation is not None:
            raise UnitOfWorkError("the isolation of an outer transaction is chosen by whoever begins it")
        self._engine.refuse_if_ended()
        raw = JoinedSession(self._engine, read_only=read_only, autoflush=autoflush, expire_on_commit=expire_on_commit)
        return MemorySession(raw, self._keys)

    def dispose(self) -> None:
        """Do nothing: the transaction is its owner's."""


class JoinedEngine(MemoryEngine):
    """Gives connections that all do their work on that of an outer transaction."""

    def __init__(self, outer: OuterTransaction, mode: JoinTransactionMode, shuffle: Random | None) -> None:
        engine = outer.connection.engine
        super().__init__(engine.store, engine.log, engine.isolation, shuffle)
        self.outer = outer
        self.mode: JoinTransactionMode = mode

    def connect(self) -> "JoinedConnection":
        """Open a connection.

        Raises:
            UnitOfWorkError: the outer transaction has ended.
        """
        self.refuse_if_ended()
        return JoinedConnection(self)

    def refuse_if_ended(self) -> None:
        """Refuse what nobody could undo any more: after the outer transaction, a commit would be for good."""
        if self.mode != "control_fully" and not self.outer.is_active:
            raise UnitOfWorkError("the outer transaction has ended: begin another one, and join that")


class JoinedConnection(MemoryConnection):
    """What a unit's session takes for a connection of its own."""

    def __init__(self, engine: JoinedEngine) -> None:
        super().__init__(engine)
        self.has_failed = False
        """Whether the unit leaves with an error that ended its transaction."""
        self._outer = engine.outer
        self._connection = engine.outer.connection
        self._mode = engine.mode
        self._root = engine.outer.root

    @property
    def transaction(self) -> Transaction:
        """The outer transaction.

        Raises:
            UnitOfWorkError: it has ended.
        """
        if not self._root.is_active:
            raise UnitOfWorkError("the outer transaction has ended: roll the unit of work back")
        return self._connection.transaction

    def begin(self) -> Ended:  # type: ignore[override]  # the session only ends it
        """Begin what the unit's commit and rollback end, by the mode."""
        if not self._root.is_active:  # in full control the unit goes on with transactions of its own
            self._root = self._connection.begin()
            return self._root
        inside = self._connection.innermost
        if self._mode == "create_savepoint" or (self._mode == "conditional_savepoint" and inside is not None):
            return self._connection.begin_nested()
        ended = inside or self._root
        return ended if self._mode == "control_fully" else RollbackOnly(self, ended)

    def begin_nested(self) -> MemorySavepoint:
        """Set a savepoint."""
        return self._connection.begin_nested()

    def lose(self) -> None:
        """Undo what was done, the outer transaction with it."""
        self._connection.lose()

    def invalidate(self) -> None:
        """Undo what was done, the outer transaction with it: the connection is lost for all."""
        self._connection.invalidate()
        self._outer.root.is_active = False

    def close(self) -> None:
        """Leave the connection with its owner."""


class RollbackOnly(MemoryTransaction):
    """A transaction that a unit may roll back, and its owner alone commits."""

    def __init__(self, connection: JoinedConnection, ended: Ended) -> None:
        super().__init__(connection)
        self._ended = ended
        self._before = connection.transaction.savepoint()

    def commit(self) -> None:
        """Keep what was done for the owner."""
        self.is_active = False

    def rollback(self) -> None:
        """Undo what the owner and all units did."""
        self.is_active = False
        if self._ended.is_active:
            self._ended.rollback()

    def close(self) -> None:
        """Undo what was not committed; a unit that wrote nothing leaves all as it is."""
        if self.is_active and self._ended.is_active and self._has_written:
            self.rollback()

    @property
    def _has_written(self) -> bool:
        connection = cast(JoinedConnection, self.connection)
        return connection.has_failed or connection.transaction.savepoint().done.changes != self._before.done.changes


class JoinedSession(RowsSession):
    """A session on a connection that is somebody else's."""

    def _end(self, end: Callable[[], None]) -> None:
        for connection in connections(self):
            cast(JoinedConnection, connection).has_failed = self.failure is not None
        super()._end(end)
