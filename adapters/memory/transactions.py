"""A connection's transaction and its savepoints, as the session ends them."""

from typing import TYPE_CHECKING

import attrs

from unitofwork.adapters.memory.store import Savepoint, Transaction

if TYPE_CHECKING:
    from unitofwork.adapters.memory.engine import MemoryConnection


@attrs.define(eq=False)
class MemoryTransaction:
    """A transaction of a connection, as the session ends it."""

    connection: "MemoryConnection"
    is_active: bool = True

    def commit(self) -> None:
        """Keep what was done."""
        self.is_active = False
        self.connection.commit()

    def rollback(self) -> None:
        """Undo what was done."""
        self.is_active = False
        self.connection.rollback()

    def close(self) -> None:
        """Undo what was not committed."""
        if self.is_active:
            self.rollback()


@attrs.define(eq=False, init=False)
class MemorySavepoint:
    """A savepoint of a connection, as the session ends it."""

    is_active: bool
    _connection: "MemoryConnection"
    _transaction: Transaction
    _mark: Savepoint
    _outer: tuple[Savepoint, ...]

    def __init__(self, connection: "MemoryConnection") -> None:
        self.is_active = True
        self._connection = connection
        self._transaction = connection.transaction
        self._mark = self._transaction.savepoint()
        self._outer = tuple(connection.savepoints)
        connection.savepoints.append(self._mark)
        try:
            connection.meet("savepoint")
        except BaseException:
            connection.lose()  # there is no savepoint that one could go back to
            raise

    def commit(self) -> None:
        """Forget the point."""
        self._end()
        self._connection.meet("release")

    def rollback(self) -> None:
        """Undo what was done since; a transaction that has ended has undone it, or kept it."""
        self._end()
        with self._connection.engine.store.lock:
            self._transaction.rollback_to(self._mark)

    def close(self) -> None:
        """Undo what was not kept."""
        if self.is_active:
            self.rollback()

    def _end(self) -> None:
        self.is_active = False
        self._connection.savepoints[:] = self._outer
