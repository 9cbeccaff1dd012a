"""Savepoints: how much a transaction had done at some time, and how to go back to it."""

from typing import NamedTuple

import attrs

from unitofwork.adapters.memory.store.undo import Mark
from unitofwork.adapters.memory.store.writing import Writer


class Savepoint(NamedTuple):
    """How much a transaction had done at some time, and put off."""

    done: Mark
    deferred: int


def savepoint_of(done: tuple[int, int, int]) -> Savepoint:
    """What is gone back to when a statement fails: counting before each would cost less than making this."""
    changes, locks, deferred = done
    return Savepoint(Mark(changes, locks), deferred)


_BEGINNING = Savepoint(Mark(0, 0), 0)


@attrs.define(eq=False, repr=False)
class RecoveringWriter(Writer):
    """Writes, and goes back to savepoints."""

    def savepoint(self) -> Savepoint:
        """Remember what was done so far."""
        return Savepoint(self.mark(), len(self._deferred))

    def rollback_to(self, savepoint: Savepoint) -> None:
        """Undo what was done since, and release the rows that were locked since."""
        self._queue.clear()
        self.undo(savepoint.done)
        del self._deferred[savepoint.deferred :]

    def abort(self, savepoint: Savepoint | None) -> None:
        """Undo what was done, all or since a savepoint: as PostgreSQL does at once when a statement fails."""
        self.rollback_to(savepoint or _BEGINNING)
