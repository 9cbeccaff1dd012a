"""What became of a transaction whose COMMIT was not answered."""

from enum import Enum


class Outcome(Enum):
    """What a database tells of a transaction."""

    COMMITTED = "committed"
    """Kept: going on as after a commit is right."""

    ROLLED_BACK = "rolled back"
    """Not kept: running the unit of work again is right."""

    IN_PROGRESS = "in progress"
    """Not ended yet, as while the server has not noticed that its client is gone: ask again."""

    UNKNOWN = "unknown"
    """The database has no record of it: it is too long ago, or its id was not known when the connection was lost."""
