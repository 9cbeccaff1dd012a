"""The unit of work: one business transaction, kept whole or not at all. Written once for every adapter."""

import warnings
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from inspect import iscoroutinefunction
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from unitofwork.domain.entity import EntityState
from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.isolation import Isolation
from unitofwork.domain.ports import Database, Session
from unitofwork.service_layer.arguments import check_messages, check_names, refuse_database
from unitofwork.service_layer.callbacks import Callback
from unitofwork.service_layer.cursor import WITHOUT_SECRET, Cursors
from unitofwork.service_layer.declared_repository import DeclaredRepository
from unitofwork.service_layer.events import Subscriber
from unitofwork.service_layer.inbox import Inbox
from unitofwork.service_layer.life_cycle import LifeCycle
from unitofwork.service_layer.once import once
from unitofwork.service_layer.outbox import Outbox
from unitofwork.service_layer.phases import BEGUN
from unitofwork.service_layer.repository import Repository
from unitofwork.service_layer.savepoints import noting, savepoint

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class UnitOfWork:
    """Keeps what a use case changes, whole or not at all.

    ::

        with Accounts(database) as uow:
            sandy = uow.users.get_one(2)
            sandy.fullname = "Sandy Squirrel"
            uow.commit()

    Nothing but `commit` commits: leaving the block without it rolls back. After a commit the unit goes on, in a new
    transaction. A unit is used by one thread or task at a time, and can be begun again after it is closed.

    Every method but `begin` and `close` raises `NotBegun`, `UnitClosed` or `NeedsRollback` where the life cycle does
    not allow it, and every one `WrongThread` while another thread or task is in the middle of an operation.

    Args:
        database: where the entities are kept.
        autoflush: whether a question first sends what was changed, so that its answer knows of it.
        expire_on_commit: whether attributes are loaded afresh after each commit. By default they stay as they are, and
            stay readable after the unit is closed.
        cursor_secret: what the cursors of pages are sealed with, so that nobody who does not know it can make one; at
            least 16 random bytes, the same for all that serve the same pages. Without it a cursor that was damaged, or
            handed out for another question, is still refused, but one can be forged.
        outbox: keeps the events that entities record, for a relay to publish. Without it they are given to those who
            `subscribe`, and to nobody else; where nobody does, the first commit that drops some warns (`EventWarning`).
        inbox: notes which messages were handled, for `once`.

    Raises:
        UnitOfWorkError: one of these is something else, such as a URL for the database or a codec for the outbox.
    """

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        check_names(cls, DeclaredRepository, {*dir(UnitOfWork), "life"})

    def __init__(
        self,
        database: Database,
        *,
        autoflush: bool = True,
        expire_on_commit: bool = False,
        cursor_secret: bytes = b"",
        outbox: Outbox | None = None,
        inbox: Inbox | None = None,
    ) -> None:
        if isinstance(database, type) or not hasattr(database, "session"):
            refuse_database(type(self), database)
        if outbox is not None or inbox is not None:
            check_messages(type(self), outbox, inbox)
        self._entered = False
        cursors = WITHOUT_SECRET if cursor_secret == b"" else Cursors(cursor_secret)
        self.life = LifeCycle(type(self), database, autoflush, expire_on_commit, cursors, outbox, inbox)
        """What repositories are made with; not meant for service functions."""

    def begin(self, *, read_only: bool = False, isolation: Isolation | None = None) -> Self:
        """Begin, and return the unit, so that ``with unit.begin(read_only=True):`` can be written.

        Args:
            read_only: refuse changes, and let the database save what only changes need.
            isolation: how far each transaction of the unit is kept apart from those of others, at least. By default
                it is what the database was opened with: READ COMMITTED, unless its options say otherwise.

        Raises:
            AlreadyBegun: it has begun, and is not closed.
        """
        self.life.begin(read_only, isolation)
        return self

    def flush(self) -> None:
        """Send what was changed: generated keys are set, the transaction stays open, others do not see it.

        Raises:
            ConstraintViolation, InvalidValue, Conflict: the database refuses it. The transaction is rolled back then,
                and every operation but `rollback` and `close` raises `NeedsRollback`.
        """
        self.life.working().flush()

    def commit(self) -> None:
        """Flush, and keep what was changed. The unit goes on, in a new transaction.

        Raises:
            ConstraintViolation, InvalidValue, Conflict: the database refuses it; nothing is kept.
            UnitOfWorkError: a savepoint is open.
        """
        self.life.commit()

    def rollback(self) -> None:
        """Undo what was not committed: new entities are transient again, the others as their rows are.

        Raises:
            UnitOfWorkError: a savepoint is open.
        """
        self.life.rollback()

    def close(self) -> None:
        """Roll back what is open, give the connection back, and detach every entity. Twice is harmless."""
        self._entered = False
        self.life.close()

    def invalidate(self) -> None:
        """Close, and throw the connection away instead of giving it back, for one that can no longer be trusted.

        For instance when a timeout or a cancellation broke off what was being sent. The next unit gets another one.
        """
        self._entered = False
        self.life.close(invalidate=True)

    def __enter__(self) -> Self:
        if self._entered or self.life.reached is not BEGUN:
            self.begin()
        self._entered = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
            return
        self.life.raised(error)
        with noting(error, "the unit of work could not be closed cleanly"):
            self.close()

    def __del__(self) -> None:
        life: LifeCycle | None = getattr(self, "life", None)
        if life is None or life.reached is not BEGUN:
            return
        file, line = life.begun_at
        try:
            warnings.warn_explicit(
                f"a {type(self).__name__} that was begun here was never closed: use it in a `with` block",
                ResourceWarning,
                file,
                line,
                source=self,
            )
        finally:
            life.dropped()

    def after_commit(self, callback: Callback) -> None:
        """Call this once when the transaction is committed, and never if it is not.

        Callbacks run in the order in which they are registered, for this transaction alone. The unit is in its next
        transaction by then: what a callback does with it, and registers, belongs to that one. An error in a callback
        undoes nothing, keeps no other from running, and is logged by the logger ``unitofwork``. A savepoint that is
        rolled back drops what was registered inside it; after `CommitOutcomeUnknown` nothing is called.

        Args:
            callback: takes no arguments; what it returns is ignored.
        """
        self.life.working()
        self.life.exclusively(self.life.callbacks.after_commit, callback)

    def after_rollback(self, callback: Callback) -> None:
        """Call this once when the transaction is undone: by `rollback`, by `close`, or by a commit that failed.

        As `after_commit` in all else. What is registered inside a savepoint is called when that is rolled back. The
        unit is closed by then if `close` undid it, and needs `rollback` if a commit failed.

        Args:
            callback: takes no arguments; what it returns is ignored.
        """
        self.life.working()
        self.life.exclusively(self.life.callbacks.after_rollback, callback)

    def subscribe(self, subscriber: Subscriber) -> None:
        """Give the events of each commit of this unit to a function, in the same transaction, before it is kept.

        The function may use the unit, but not commit it; what its entities record is given to it in its turn. What it
        raises ends the transaction, and `commit` raises it.

        Args:
            subscriber: is given the events, in the order in which they were recorded; what it returns is ignored.

        Raises:
            UnitOfWorkError: it is no function, or a coroutine function, which nobody awaits.
        """
        self.life.exclusively(self.life.events.subscribe, subscriber)

    def once(self, message_id: str, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Do what a message asks for, unless that was done before; return the answer, the first one if it was.

        The message is noted as handled in this transaction, so that both are kept or neither is::

            uow.once(request.headers["Idempotency-Key"], transfer, uow, 1, 2, 50)
            uow.commit()

        What is done besides, in the same transaction or outside of it, is done again if the message comes again.

        Args:
            message_id: what the message is known by, whoever handles it included; at most 255 characters.
            work: takes the arguments that follow, and does not end the transaction. Its answer is of plain values.

        Raises:
            Conflict: another transaction handles the message at the same time; `run` finds the answer then. A unique
                value of the work's own may be what the two meet at first, which is a `UniqueViolation`.
            InvalidMessage: the answer cannot be kept as text. The transaction can only be rolled back then.
            UnitOfWorkError: the unit has no inbox; or the work is a coroutine function, or ends the transaction.
        """
        if iscoroutinefunction(work):
            raise UnitOfWorkError("once() is for functions that nobody has to await: use AsyncUnitOfWork.once")
        return once(self.life, message_id, partial(work, *args, **kwargs))

    @contextmanager
    def savepoint(self) -> Generator[None, None, None]:
        """Do a part that can be undone alone: leaving the block by an exception goes back to where it was entered.

        Entities are then as they were there. Savepoints nest.
        """
        with savepoint(self.life):
            yield

    @contextmanager
    def no_autoflush(self) -> Generator[None, None, None]:
        """Ask questions inside the block without sending what was changed."""
        session = self.life.working()
        before, session.autoflush = session.autoflush, False
        try:
            yield
        finally:
            session.autoflush = before

    def repository(self, entity_type: type[T]) -> Repository[T]:
        """The repository of a type, which need not be declared."""
        return Repository(self.life, entity_type)

    @property
    def session(self) -> Session:
        """The adapter's session, for what only that adapter offers; it does not see who else is using it."""
        return self.life.unguarded()

    @property
    def new(self) -> Collection[object]:
        """The pending entities, in the order in which they were added."""
        return self.life.working().new

    @property
    def dirty(self) -> Collection[object]:
        """The persistent entities with an attribute that was set, even to the value it had; see `is_modified`."""
        return self.life.working().dirty

    @property
    def deleted(self) -> Collection[object]:
        """The entities that the next flush deletes."""
        return self.life.working().deleted

    def __contains__(self, entity: object) -> bool:
        """Whether the entity is pending or persistent here."""
        return entity in self.life.working()

    def __iter__(self) -> Iterator[object]:
        """Every pending and persistent entity."""
        return iter(self.life.working())

    def state(self, entity: object) -> EntityState:
        """Where the entity stands towards this unit."""
        return self.life.working().state(entity)

    def is_modified(self, entity: object) -> bool:
        """Whether an attribute differs from its committed value."""
        return self.life.working().is_modified(entity)

    def refresh(self, entity: object, *fields: str) -> None:
        """Load the entity's attributes afresh, all or those named; what was changed in them and not flushed is lost.

        Raises:
            NotFound: its row is gone.
            UnitOfWorkError: it is not persistent here.
        """
        self.life.working().refresh(entity, fields or None)

    def expire(self, entity: object, *fields: str) -> None:
        """Load the entity's attributes, all or those named, afresh when they are next read.

        Raises:
            UnitOfWorkError: it is not persistent here.
        """
        self.life.working().expire(entity, fields or None)

    def expire_all(self) -> None:
        """Expire every entity."""
        self.life.working().expire_all()

    def expunge(self, entity: object) -> None:
        """Detach one entity, with those that its relationships cascade to.

        Raises:
            UnitOfWorkError: it is not here.
        """
        self.life.working().expunge(entity)

    def expunge_all(self) -> None:
        """Detach every entity."""
        self.life.working().expunge_all()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}, {self.life.phase.value}>"
