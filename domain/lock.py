"""Row locks: how a question keeps others away from what it finds, until the unit commits or rolls back."""

from enum import Enum

import attrs


class Strength(Enum):
    """Whom a lock keeps away."""

    UPDATE = "for update"
    SHARE = "for share"


class WhenTaken(Enum):
    """What to do about an entity that somebody else has locked."""

    WAIT = "wait"
    REFUSE = "nowait"
    SKIP = "skip locked"


@attrs.frozen
class Lock:
    """A lock on the rows of the entities that a question finds: `FOR_UPDATE`, `FOR_SHARE`, or one made from these."""

    strength: Strength
    when_taken: WhenTaken = WhenTaken.WAIT

    def nowait(self) -> "Lock":
        """The same, but an entity that is locked already raises `LockTimeout` at once."""
        return attrs.evolve(self, when_taken=WhenTaken.REFUSE)

    def skip_locked(self) -> "Lock":
        """The same, but entities that are locked already are left out."""
        return attrs.evolve(self, when_taken=WhenTaken.SKIP)

    def __str__(self) -> str:
        words = self.strength.value
        return words if self.when_taken is WhenTaken.WAIT else f"{words} {self.when_taken.value}"


FOR_UPDATE = Lock(Strength.UPDATE)
"""Nobody else changes, deletes or locks the entities."""

FOR_SHARE = Lock(Strength.SHARE)
"""Nobody else changes or deletes the entities, or locks them for update; others may share the lock."""


def check_lock(lock: object) -> None:
    """Refuse what is neither a lock nor None.

    Raises:
        TypeError: saying what to give.
    """
    if lock is not None and not isinstance(lock, Lock):
        raise TypeError(f"{type(lock).__name__} is no lock: give FOR_UPDATE or FOR_SHARE")
