"""The life of a unit of work: which move is legal in which phase.

::

                 begin            close
    NEW ──────────────────▶ BEGUN ─────▶ CLOSED ──▶ begin again
                  rollback ▲  │ an error ended
                           │  ▼ the transaction
                           FAILED

Flush, commit and rollback lead from BEGUN to BEGUN: after a commit the unit goes on, in a new transaction.
"""

from enum import Enum

from unitofwork.domain.errors import AlreadyBegun, NeedsRollback, NotBegun, UnitClosed, UnitOfWorkError


class Phase(Enum):
    """Where a unit of work is in its life."""

    __hash__ = object.__hash__  # Enum's own is a function in Python, and every move is looked up

    NEW = "new"
    BEGUN = "begun"
    FAILED = "failed"
    CLOSED = "closed"


class Move(Enum):
    """What can be asked of a unit of work."""

    __hash__ = object.__hash__

    BEGIN = "begin"
    WORK = "work"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    CLOSE = "close"


NEW, BEGUN, FAILED, CLOSED = Phase  # Python 3.11 takes long to find a member by its class
BEGIN, WORK, COMMIT, ROLLBACK, CLOSE = Move

_NOT_BEGUN = (NotBegun, "the unit of work has not begun: enter it by `with`, or call begin()")
_BEGUN = (AlreadyBegun, "the unit of work has begun already: close it first, or use another one")
_FAILED = (NeedsRollback, "an earlier error ended the transaction: call rollback(), or leave the unit of work")
_CLOSED = (UnitClosed, "the unit of work is closed: enter it again by `with`, or call begin()")

MOVES: dict[Phase, dict[Move, Phase | tuple[type[UnitOfWorkError], str]]] = {
    NEW: {
        BEGIN: BEGUN,
        WORK: _NOT_BEGUN,
        COMMIT: _NOT_BEGUN,
        ROLLBACK: _NOT_BEGUN,
        CLOSE: CLOSED,
    },
    BEGUN: {
        BEGIN: _BEGUN,
        WORK: BEGUN,
        COMMIT: BEGUN,
        ROLLBACK: BEGUN,
        CLOSE: CLOSED,
    },
    FAILED: {
        BEGIN: _FAILED,
        WORK: _FAILED,
        COMMIT: _FAILED,
        ROLLBACK: BEGUN,
        CLOSE: CLOSED,
    },
    CLOSED: {
        BEGIN: BEGUN,
        WORK: _CLOSED,
        COMMIT: _CLOSED,
        ROLLBACK: _CLOSED,
        CLOSE: CLOSED,
    },
}
"""For each phase and move the phase that follows, or the error that refuses the move."""
