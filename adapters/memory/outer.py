"""A transaction that no unit of work began, for units to run in, as a test's that undoes what commits."""

from typing import TypeAlias

from unitofwork.adapters.memory.engine import MemoryConnection, MemoryEngine
from unitofwork.adapters.memory.transactions import MemorySavepoint, MemoryTransaction

Ended: TypeAlias = MemoryTransaction | MemorySavepoint
"""What a unit's commit and rollback may end."""


class OuterTransaction:
    """A transaction on a connection of its own, which whoever began it ends."""

    def __init__(self, engine: MemoryEngine) -> None:
        self._connection = OuterConnection(engine)
        self._root = self._connection.begin()

    @property
    def connection(self) -> "OuterConnection":
        """The connection, for units that join."""
        return self._connection

    @property
    def root(self) -> MemoryTransaction:
        """The transaction itself, whatever savepoints it has."""
        return self._root

    @property
    def is_active(self) -> bool:
        """Whether it is still open."""
        return self._root.is_active

    def savepoint(self) -> MemorySavepoint:
        """Set a savepoint in it."""
        return self._connection.begin_nested()

    def commit(self) -> None:
        """Keep what was done.

        Raises:
            ConstraintViolation, Conflict: as at any commit.
        """
        self._root.commit()

    def rollback(self) -> None:
        """Undo what was done; harmless if a unit did."""
        if self._root.is_active:
            self._root.rollback()

    def close(self) -> None:
        """Undo what was not committed."""
        self._root.close()
        self._connection.close()


class OuterConnection(MemoryConnection):
    """A connection that knows its open savepoints."""

    def __init__(self, engine: MemoryEngine) -> None:
        super().__init__(engine)
        engine.open.add(self)
        self._savepoints: list[MemorySavepoint] = []

    def begin_nested(self) -> MemorySavepoint:
        """Set a savepoint."""
        self._forget_ended()
        savepoint = super().begin_nested()
        self._savepoints.append(savepoint)
        return savepoint

    @property
    def innermost(self) -> MemorySavepoint | None:
        """The savepoint that was set last, of those that are open."""
        self._forget_ended()
        return self._savepoints[-1] if self._savepoints else None

    def _forget_ended(self) -> None:
        """With a savepoint all those end that were set in it."""
        for at, savepoint in enumerate(self._savepoints):
            if not savepoint.is_active:
                del self._savepoints[at:]
                return
