"""What is seen of a unit of work: its life, step by step, as values that hold no data of the application's."""

from datetime import datetime
from enum import Enum
from pathlib import PurePath

import attrs

MOST_STEPS = 1000
"""How many steps of one unit are kept; what comes after them is counted."""


@attrs.frozen
class Place:
    """Where in the application something was called from."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{PurePath(self.file).name}:{self.line}"


class StepKind(Enum):
    """What a step of a unit's life is."""

    BEGIN = "begin"
    CHANGE = "change"
    """One entity: add, delete, upsert."""
    QUESTION = "question"
    LOAD = "load"
    """An attribute that was read, and not loaded before."""
    WRITE = "write"
    """Many rows at once."""
    FLUSH = "flush"
    SAVEPOINT = "savepoint"
    RELEASE = "release"
    BACK = "back to savepoint"
    COMMIT = "commit"
    ROLLBACK = "rollback"
    CLOSE = "close"


class UnitOutcome(Enum):
    """What became of what a unit of work changed."""

    COMMITTED = "committed"
    """All of it was kept."""
    READ = "only read"
    """Nothing was changed, and nothing committed."""
    ROLLED_BACK = "rolled back"
    """It was undone, by `rollback`."""
    LEFT = "left without commit"
    """Changes were never committed, and nobody asked for a rollback."""
    FAILED = "failed"
    """An error ended the unit."""
    UNKNOWN = "commit outcome unknown"
    """The connection was lost in the middle of COMMIT."""
    NEVER_CLOSED = "never closed"
    """The unit was dropped while it was open."""
    OPEN = "still open"
    """It had not ended yet when it was looked at; no record says so that an observer is told of."""


@attrs.frozen
class Statement:
    """One statement that was sent.

    Attributes:
        sql: its text, without values: placeholders, and ``?`` for what was written out; cut off where it is long.
        database: what kind of database it was sent to, such as ``postgresql``; ``memory`` is the twin.
        started: by the monotonic clock of `time.perf_counter`.
        seconds: until the database had answered. Rows that are fetched later are not waited for.
        rows: how many rows it changed or found, where the driver knows without being asked twice.
        error: the name of the error's class, if it failed.
    """

    sql: str
    database: str
    started: float
    seconds: float
    rows: int | None = None
    error: str | None = None

    @property
    def controls(self) -> bool:
        """Whether it begins, sets up, divides or ends a transaction, and asks for and changes nothing."""
        return self.sql.split(None, 1)[0].upper() in _CONTROL if self.sql else False


_CONTROL = frozenset({"BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "SET", "PREPARE", "XA"})


@attrs.frozen
class Changes:
    """How many entities, or rows, were changed."""

    new: int = 0
    dirty: int = 0
    deleted: int = 0

    def __bool__(self) -> bool:
        return self.total > 0

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(self.new + other.new, self.dirty + other.dirty, self.deleted + other.deleted)

    @property
    def total(self) -> int:
        """All of them."""
        return self.new + self.dirty + self.deleted

    def __str__(self) -> str:
        counted = ((self.new, "new"), (self.dirty, "changed"), (self.deleted, "deleted"))
        return ", ".join(f"{count} {what}" for count, what in counted if count) or "nothing"


@attrs.frozen
class Flushed:
    """What a flush sent of one type of entities."""

    entity: str
    changes: Changes


@attrs.frozen
class Step:
    """One operation of a unit of work, with all that it sent.

    Attributes:
        kind: what it is.
        name: its name, such as ``find``.
        started: by the monotonic clock of `time.perf_counter`.
        seconds: how long it took.
        entity: the name of the entities' class, where there is one.
        attributes: what was loaded because it was read.
        count: how many entities it was about or found, or how many rows it changed.
        place: who called it; None if nobody outside of this library did.
        statements: what was sent, in order.
        flushed: what of the entities was sent by the way, by a commit or a question too.
        error: the name of the error's class, if it raised.
    """

    kind: StepKind
    name: str
    started: float
    seconds: float
    entity: str | None = None
    attributes: tuple[str, ...] = ()
    count: int | None = None
    place: Place | None = None
    statements: tuple[Statement, ...] = ()
    flushed: tuple[Flushed, ...] = ()
    error: str | None = None


@attrs.frozen(eq=False)
class UnitBegun:
    """A unit of work that has begun; each is itself alone, so that it can be a key.

    Attributes:
        unit: the name of its class.
        place: where it was begun.
        worker: the name of the thread, or of the task of asyncio.
        at: when.
        started: the same by the monotonic clock of `time.perf_counter`.
    """

    unit: str
    place: Place
    worker: str
    at: datetime
    started: float


@attrs.frozen(eq=False)
class UnitRecord:
    """The life of a unit of work, from `begin` to `close`.

    Attributes:
        begun: how it began.
        outcome: what became of it.
        seconds: from its begin to its end.
        steps: what was done, in order; the first ones, where there are very many.
        left: what was changed and neither committed nor rolled back before it was closed.
        error: the name of the class of the error that ended it.
        further_steps: how many steps there were beyond those in ``steps``.
        statements: how many statements were sent, but for those that ``controls`` is true of.
        sql_seconds: how long the database was waited for.
        busy_seconds: how long its operations took.
    """

    begun: UnitBegun
    outcome: UnitOutcome
    seconds: float
    steps: tuple[Step, ...]
    left: Changes = Changes()
    error: str | None = None
    further_steps: int = 0
    statements: int = 0
    sql_seconds: float = 0.0
    busy_seconds: float = 0.0

    @property
    def waiting_seconds(self) -> float:
        """How long it was open and in no operation."""
        return max(0.0, self.seconds - self.busy_seconds)
