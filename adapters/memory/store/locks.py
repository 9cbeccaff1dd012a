"""Row locks, by PostgreSQL's table of conflicts; what would wait for one raises at once."""

from enum import IntEnum
from typing import TYPE_CHECKING

from unitofwork.domain.errors import LockTimeout
from unitofwork.domain.lock import Strength

if TYPE_CHECKING:
    from unitofwork.adapters.memory.store.undo import Undo


class Mode(IntEnum):
    """How strongly a row is locked; the stronger includes the weaker."""

    KEY_SHARE = 0
    """Nobody deletes the row or changes its key: taken on a row that another comes to refer to."""
    SHARE = 1
    """Nobody changes or deletes the row."""
    NO_KEY_UPDATE = 2
    """As it is taken by an update that leaves the row's keys alone."""
    UPDATE = 3
    """As it is taken by a deletion, and by an update of a key."""


MODES = {Strength.UPDATE: Mode.UPDATE, Strength.SHARE: Mode.SHARE}

_EXCLUDED = Mode.UPDATE + Mode.KEY_SHARE


def conflict(one: int, other: int) -> bool:
    """Whether two transactions cannot hold these modes on one row.

    PostgreSQL's table: each mode conflicts with the strongest ones, with one more of them for each step in strength.
    """
    return one + other >= _EXCLUDED


def held_by_other(holders: "dict[Undo, Mode]", me: "Undo", mode: Mode) -> bool:
    """Whether somebody else holds what conflicts with the mode."""
    return any(conflict(mode, held) for holder, held in holders.items() if holder is not me)


def would_wait(table: str) -> LockTimeout:
    """Say that another transaction is in the way."""
    return LockTimeout(
        f"another unit of work has changed or locked a row of {table} that this one needs:"
        " commit it or roll it back first"
    )
