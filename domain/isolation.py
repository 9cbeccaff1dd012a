"""How far a transaction is kept apart from those that run at the same time."""

from enum import Enum


class Isolation(Enum):
    """What a transaction sees of others. A database may keep it further apart than was asked, and never less."""

    READ_COMMITTED = "read committed"
    """Each question sees what was committed before it."""

    SNAPSHOT = "snapshot"
    """Every question sees what was committed before the first one."""

    SERIALIZABLE = "serializable"
    """The outcome is as if transactions ran one after the other; one that would spoil that raises `Conflict`."""
