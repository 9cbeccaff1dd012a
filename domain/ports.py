"""The ports: what an adapter provides so that a unit of work can run on it.

`Database` opens sessions; a `Session` is one conversation with the database, from one transaction to the next, with the
entities that take part in it. `UnitOfWork` and `Repository` are written once over these two. A `Codec` writes messages
as text, and a `Publisher` hands them on.
"""

from collections.abc import Callable, Collection, Coroutine, Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ParamSpec, Protocol, TypeAlias, TypeVar, TypeVarTuple

from unitofwork.domain.entity import EntityState
from unitofwork.domain.isolation import Isolation
from unitofwork.domain.lock import Lock
from unitofwork.domain.messages import Event
from unitofwork.domain.outbox import Encoded, Envelope
from unitofwork.domain.query import Query

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Database(Protocol):
    """Where entities are kept."""

    def session(
        self, *, read_only: bool, isolation: Isolation | None, autoflush: bool, expire_on_commit: bool
    ) -> "Session":
        """Open a session; its transaction starts with its first operation.

        Args:
            read_only: whether to refuse changes.
            isolation: how far each transaction is kept apart from others, at least; None is the database's choice.
            autoflush: whether a question first sends what was changed.
            expire_on_commit: whether attributes are loaded afresh after each commit.
        """
        ...

    def dispose(self) -> None:
        """Close idle connections; a session that is open keeps its own until it is closed."""
        ...


class AsyncDatabase(Protocol):
    """Where entities are kept, for units of work on asyncio."""

    @property
    def sync(self) -> Database:
        """The database for the units that work inside `run`; outside of it, what would wait raises `OutsideRun`."""
        ...

    async def run(self, operation: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a synchronous operation, and return its result; other tasks go on while it waits for the database."""
        ...

    def aclose(self) -> Coroutine[Any, Any, None]:
        """Close idle connections; a session that is open keeps its own until it is closed."""
        ...


class Exclusively(Protocol):
    """Runs operations of one thread or task at a time."""

    def __call__(self, operation: Callable[[*Ts], R], /, *args: *Ts) -> R:
        """Run an operation and return its result; it may run others inside it.

        Raises:
            WrongThread: another thread or task is inside an operation.
        """
        ...


class Savepoint(Protocol):
    """A point inside a transaction that one can go back to."""

    def release(self) -> None:
        """Send what was changed, and forget the point."""
        ...

    def rollback(self) -> None:
        """Undo everything since the point; entities are again as they were there."""
        ...


class Session(Protocol):
    """One conversation with the database. Of its own, every method raises a `PersistenceError` and no other error.

    Arguments are given by position.
    """

    @property
    def exclusively(self) -> Exclusively:
        """What must run that which nobody asked the session for, such as loading an attribute that is read."""
        ...

    @exclusively.setter
    def exclusively(self, run: Exclusively) -> None: ...

    @property
    def autoflush(self) -> bool:
        """Whether a question first sends what was changed."""
        ...

    @autoflush.setter
    def autoflush(self, on: bool) -> None: ...

    @property
    def failure(self) -> BaseException | None:
        """The error that ended the transaction, until it is rolled back (to a savepoint, if it is inside one)."""
        ...

    def flush(self) -> None:
        """Send what was changed. On failure the transaction is rolled back, and `failure` is set."""
        ...

    def commit(self, messages: Sequence[Envelope] = (), tell: bool = False) -> None:
        """Flush, write messages to the outbox, and keep the transaction. On failure nothing is kept, `failure` is set.

        Args:
            messages: what is to be published, in this order.
            tell: whether to let those who listen know of it, where the database can; see `News`.
        """
        ...

    def fail(self, error: BaseException) -> None:
        """Take the transaction for failed, by an error from outside: it can only be rolled back."""
        ...

    def rollback(self) -> None:
        """Undo the transaction: new entities are transient again, the others as their rows are."""
        ...

    def savepoint(self) -> Savepoint:
        """Flush, and set a savepoint."""
        ...

    def close(self) -> None:
        """Roll back what is open, give the connection back, detach every entity; one never committed is transient."""
        ...

    def invalidate(self) -> None:
        """Close, and throw the connection away instead of giving it back."""
        ...

    def add(self, entity: object) -> None:
        """Take in an entity, with those that its relationships cascade to."""
        ...

    def delete(self, entity: object) -> None:
        """Remove an entity's row at the next flush."""
        ...

    def upsert(self, entity: T, fields: Collection[str] | None) -> T:
        """Copy an entity onto the managed one of its identity, which is loaded or made; return that one."""
        ...

    def refresh(self, entity: object, fields: Collection[str] | None) -> None:
        """Load the entity's attributes (all, or those named) afresh."""
        ...

    def expire(self, entity: object, fields: Collection[str] | None) -> None:
        """Load the entity's attributes (all, or those named) afresh when they are next read."""
        ...

    def expire_all(self) -> None:
        """Expire every entity."""
        ...

    def expunge(self, entity: object) -> None:
        """Detach an entity, with those that its relationships cascade to."""
        ...

    def expunge_all(self) -> None:
        """Detach every entity."""
        ...

    def get(self, entity_type: type[T], key: object, lock: Lock | None) -> T | None:
        """The entity with this key (a tuple if it is of several columns), without a statement if it is here already.

        With a lock, what was changed is sent first, even without autoflush, and the row is read afresh.
        """
        ...

    def find(self, query: Query[T]) -> list[T]:
        """The entities that answer the query; with a lock, as `get` does with one."""
        ...

    def find_placed(self, query: Query[T]) -> list[tuple[T, tuple[object, ...]]]:
        """As `find`, each entity with its place: the values of the order's keys in its row, as `Query.after` takes it.

        The row's values, since the entity's own may be changed, stale or not loaded.
        """
        ...

    def find_values(self, query: Query[Any], names: tuple[str, ...]) -> list[tuple[Any, ...]]:
        """What the rows that answer the query have in these attributes, each kept in a column; no entity is made.

        Args:
            query: without load and start; with a lock, what was changed is sent first, as by `get` with one.
            names: of the attributes.
        """
        ...

    def stream(self, query: Query[T]) -> Generator[list[T]]:
        """The entities that answer the query, a few at a time, however many there are.

        What was changed is sent first. The generator is closed before the transaction ends, and asked for more by one
        thread at a time; in between everything else can be asked and done.

        Args:
            query: without limit, offset, start and lock.
        """
        ...

    def key_names(self, entity_type: type[object]) -> tuple[str, ...]:
        """The attributes that are the type's primary key."""
        ...

    def count(self, query: Query[T]) -> int:
        """How many entities answer the query, whatever its order, start, limit and offset."""
        ...

    def exists(self, query: Query[T]) -> bool:
        """Whether any entity answers the query, whatever its order, start, limit and offset."""
        ...

    def insert_many(self, entity_type: type, rows: Iterable[Mapping[str, object]]) -> int:
        """Insert rows, each given as its attributes' values, without making entities; return how many.

        What was changed is sent first. On failure some of the rows may be left: call it inside a savepoint.
        """
        ...

    def upsert_many(self, entity_type: type, rows: Iterable[Mapping[str, object]], key: Collection[str] | None) -> int:
        """Insert rows as `insert_many` does, but update those that are there; return how many were given.

        The key's attributes (by default the primary key's) tell which rows are there.
        """
        ...

    def update_where(self, query: Query[T], values: Mapping[str, object]) -> int:
        """Set attributes of all that answers the query, whatever its order and limit; return how many rows that are.

        What was changed is sent first, and what is here of the type is loaded afresh when it is next read.
        """
        ...

    def delete_where(self, query: Query[T]) -> int:
        """Delete the rows of all that answers the query, whatever its order and limit; return how many there were.

        What was changed is sent first, and what is here is loaded afresh when it is next read, or is deleted too.
        """
        ...

    def locks_rows(self, entity_type: type[object]) -> bool:
        """Whether a lock is on rows of the type; otherwise a transaction that writes has the whole database."""
        ...

    def key(self, entity: object) -> tuple[object, ...] | None:
        """The entity's primary key, as its row has it; None if it has no row yet."""
        ...

    @property
    def recording(self) -> Collection[object]:
        """The entities with recorded events that are or were here, and in no other session; they are held for them."""
        ...

    def state(self, entity: object) -> EntityState:
        """Where the entity stands towards this session."""
        ...

    def is_modified(self, entity: object) -> bool:
        """Whether a mapped attribute differs from its committed value."""
        ...

    @property
    def new(self) -> Collection[object]:
        """The pending entities, in the order in which they were added."""
        ...

    @property
    def dirty(self) -> Collection[object]:
        """The persistent entities with an attribute that was set, even to the value it had."""
        ...

    @property
    def deleted(self) -> Collection[object]:
        """The entities that the next flush deletes."""
        ...

    def __contains__(self, entity: object) -> bool:
        """Whether the entity is pending or persistent here."""
        ...

    def __iter__(self) -> Iterator[object]:
        """Every pending and persistent entity."""
        ...


Clock: TypeAlias = Callable[[], datetime]
"""Tells the time, with UTC as its zone."""


class Codec(Protocol):
    """Writes messages as text, and reads them."""

    def encode(self, event: Event) -> Encoded:
        """Write an event.

        Raises:
            UnknownMessage: it is of no kind that has a name.
            InvalidMessage: what is in it cannot be written.
        """
        ...

    def decode(self, content: Encoded) -> Event:
        """Read an event, of an earlier version too.

        Raises:
            UnknownMessage: no kind has the name, or the version is later than what is known here.
            InvalidMessage: the text is not what its kind says.
        """
        ...

    def dump(self, result: object) -> str:
        """Write the answer to a message, of plain values: None, bool, numbers, text, dates, UUID, lists, dicts.

        Raises:
            InvalidMessage: it cannot be written.
        """
        ...

    def load(self, text: str) -> object:
        """Read an answer."""
        ...


class Publisher(Protocol):
    """Hands messages on to whoever is to have them."""

    def publish(self, message: Envelope) -> None:
        """Hand on one message; return when it is sure not to be lost, raise what keeps it from being handed on.

        The same message may come again: if it was handed on, and that could not be noted.
        """
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class News(Protocol):
    """Tells that there are new messages in the outbox, as soon as they are committed."""

    def listen(self, heard: Callable[[int], None]) -> None:
        """Call this, in another thread, with the number of each bucket that has new messages, until `close`.

        News may be lost, as while the connection is: so who listens looks now and then without being told.
        """
        ...

    def close(self) -> None:
        """Stop listening."""
        ...
