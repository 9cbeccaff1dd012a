"""What a unit of work has changed and not ended yet, and what became of it."""

from unitofwork.domain.errors import CommitOutcomeUnknown
from unitofwork.domain.observation import Changes, UnitOutcome


class Balance:
    """What was sent since the transaction began, and how the one before ended."""

    __slots__ = ("ended", "open")

    def __init__(self) -> None:
        self.open = Changes()
        """What was sent, and neither kept nor undone."""
        self.ended: UnitOutcome | None = None
        """How the last transaction ended; None if none has."""

    def committed(self) -> None:
        """All was kept."""
        self.open, self.ended = Changes(), UnitOutcome.COMMITTED

    def rolled_back(self) -> None:
        """All was undone."""
        self.open, self.ended = Changes(), UnitOutcome.ROLLED_BACK

    def not_committed(self, error: BaseException) -> None:
        """A commit raised."""
        self.ended = UnitOutcome.UNKNOWN if isinstance(error, CommitOutcomeUnknown) else UnitOutcome.FAILED


def outcome_of(ended: UnitOutcome | None, left: Changes, *, failed: bool, dropped: bool) -> UnitOutcome:
    """What became of a unit.

    Args:
        ended: how its last transaction ended; None if none has.
        left: what was changed since.
        failed: whether an error ended it: that of its transaction, or one that left its block.
        dropped: whether it was never closed.
    """
    if dropped:
        return UnitOutcome.NEVER_CLOSED
    if ended is UnitOutcome.UNKNOWN:
        return ended
    if failed and (left or ended is not UnitOutcome.COMMITTED):  # else what went wrong came after all was kept
        return UnitOutcome.FAILED
    if left:
        return UnitOutcome.LEFT
    return UnitOutcome.READ if ended is None else ended
