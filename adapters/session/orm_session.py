"""SQLAlchemy's session, extended so that it knows the error that ended its transaction."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import Connection, event, inspect, orm
from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.orm.attributes import instance_state

from unitofwork.adapters.session.flush_telling import tell_flush
from unitofwork.adapters.session.held import expire_undone
from unitofwork.adapters.session.private import (
    TakingNothingDeleted,
    connections,
    forget_gone,
    leave_entities,
    undelete,
    written,
)
from unitofwork.adapters.session.translation import raise_as, translated, unreadable
from unitofwork.domain.errors import NeedsRollback, NotFound, PersistenceError, UnitOfWorkError
from unitofwork.domain.messages import has_recorded
from unitofwork.domain.observing import LISTENING
from unitofwork.domain.ports import Exclusively

R = TypeVar("R")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class OrmSession(TakingNothingDeleted):
    """A session that raises our errors from every flush, of its own or of others (autoflush, commit, lazy loads)."""

    may_wait: Callable[[], bool] | None = None
    """Whether the caller is where the database can be waited for; None where it always can, without asyncio."""

    def __init__(self, bind: Any, *, read_only: bool, autoflush: bool, expire_on_commit: bool, **more: Any) -> None:
        super().__init__(bind, autoflush=autoflush, expire_on_commit=expire_on_commit, **more)
        self.read_only = read_only
        self.failure: BaseException | None = None
        """The error that ended the transaction, until it is rolled back."""
        self.written_behind: set[orm.Mapper[Any] | None] = set()
        """Whose rows this transaction changed behind the entities' backs; None for any rows at all."""
        self.exclusively: Exclusively = run
        """What runs the loading of attributes."""
        self.recording: dict[int, object] = {}
        """The entities that recorded events here, by their ids in Python: held, for nothing else may hold them."""

    def recorded(self) -> tuple[object, ...]:
        """The entities that are or were here, are in no other session, and have recorded events."""
        if not self.recording:
            return ()
        for key, each in list(self.recording.items()):  # in place: another thread may record in the meantime
            if not has_recorded(each) or not self._may_have(each):
                del self.recording[key]
        return tuple(self.recording.values())

    def _may_have(self, entity: object) -> bool:
        """Whether the entity is in no other session."""
        return instance_state(entity).session_id == self.hash_key or orm.object_session(entity) in (self, None)

    def refuse_outside_run(self) -> None:
        """Refuse to wait where nothing is awaited, before anything is begun that could not be ended there.

        Raises:
            MissingGreenlet: what SQLAlchemy itself raises, later.
        """
        if self.may_wait is not None and not self.may_wait():
            raise MissingGreenlet("the database can be waited for inside run() only")

    def flush(self, objects: Sequence[object] | None = None) -> None:
        """Flush; a failure ends the transaction."""
        if self.may_wait is not None and (self.new or self.dirty or self.deleted):
            self.refuse_outside_run()
        if self.read_only:
            self._refuse_changes()
        if LISTENING.on:
            tell_flush(self)
        try:
            super().flush(objects)
        except BaseException as error:
            raise_as(self.failed(error), error)

    def find(self, entity_type: type[T], key: tuple[Any, ...]) -> T | None:
        """Do what ``get`` does, which does not recognise our error for an expired entity whose row is gone."""
        try:
            return self.get(entity_type, key)
        except NotFound:
            gone = self.identity_map[inspect(entity_type).identity_key_from_primary_key(key)]
            forget_gone(self, inspect(gone))
            return None

    def close(self) -> None:
        """Close; what the open transaction wrote is as if it had been rolled back.

        SQLAlchemy lets go of the entities before it rolls back, so that what was flushed would pass for committed:
        added to another unit, as when the first one is retried, it would not be written. What was added is transient
        again, what was deleted is not deleted any more, and what was changed is expired.
        """
        self._end(super().close)

    def invalidate(self) -> None:
        """Close in the same way, and throw the connection away."""
        self._end(super().invalidate)

    def leave(self) -> None:
        """Let no entity that the session ever had take it for its own again."""
        leave_entities(self)

    def _end(self, end: Callable[[], None]) -> None:
        self.recording.clear()
        if self.get_transaction() is None and not self.written_behind:
            end()
            return
        flushed, held = written(self), connections(self)
        if self.written_behind:
            expire_undone(self, self.written_behind)
            self.written_behind.clear()
        for state in flushed.added:
            entity = state.obj()
            if entity is not None and state.session in (self, None):  # it may be in another unit by now
                orm.make_transient(entity)
        for state in flushed.changed - flushed.added - flushed.deleted:
            entity = state.obj()
            if entity is not None and state.session is self:
                self.expire(entity)
        try:
            end()
        except BaseException:
            self.give_up(held)
            raise
        finally:
            for state in flushed.deleted:
                undelete(state)

    def commit(self) -> None:
        """Commit."""
        super().commit()
        self.written_behind.clear()

    def rollback(self) -> None:
        """Roll back; a connection that cannot be is thrown away, with what it holds locked."""
        held = connections(self)
        try:
            super().rollback()
        except BaseException:
            self.give_up(held)
            raise
        self.written_behind.clear()

    def prepare_to_lock(self) -> None:
        """Send what was changed, even without autoflush: rows that are locked are read afresh, over all changes."""
        if self.read_only:
            raise UnitOfWorkError("the unit of work is read-only: begin it without read_only=True to lock entities")
        self.flush()

    def reading(self, error: BaseException, entity_type: type) -> BaseException:
        """The error of a question as ours: what is neither SQLAlchemy's nor a flush's came from reading a row."""
        ours = self.typed(error)
        if ours is error and error is not self.failure and not isinstance(error, PersistenceError):
            return unreadable(entity_type) if isinstance(error, Exception) else error
        return ours

    def failed(self, error: BaseException) -> BaseException:
        """Note an error that ended the transaction, and return it as ours."""
        ours = translated(error)
        if self.failure is None:
            self.failure = ours
        return ours

    def typed(self, error: BaseException) -> BaseException:
        """The error as ours; one that came from the database ended the transaction."""
        return self.failed(error) if self.is_of_database(error) else translated(error)

    def is_of_database(self, error: BaseException) -> bool:
        """Whether the database refused something, so that the transaction has ended."""
        raise NotImplementedError

    def load_attribute(
        self,
        state: orm.InstanceState[Any],
        relationship: orm.RelationshipProperty[Any] | None,
        passive: Any,
        theirs: Callable[..., Any],
    ) -> Any:
        """Load what is read: a relationship, or else a deferred column; the last argument is how SQLAlchemy does it."""
        return theirs(state, passive)

    def refuse_after_failure(self) -> None:
        """Refuse what needs a transaction that is alive."""
        if self.failure is not None:
            raise NeedsRollback("an earlier error ended the transaction: call rollback()") from self.failure

    def prepare_to_write(self, *written: orm.Mapper[Any] | None) -> None:
        """Send what was changed, before rows of these mappers (None for any) are changed behind the entities' backs."""
        self.refuse_to_write()
        self.flush()
        self.written_behind.update(written)

    def refuse_to_write(self) -> None:
        """Refuse what would change rows, if the unit is read-only."""
        if self.read_only:
            raise UnitOfWorkError("the unit of work is read-only: begin it without read_only=True to change entities")

    def give_up(self, held: list[Connection]) -> None:
        """Throw away connections whose transaction could not be rolled back; SQLAlchemy would keep them checked out."""
        for connection in held:
            with suppress(Exception):
                connection.invalidate()
                if connection is not self.bind:  # or its owner closes it
                    connection.close()

    def _refuse_changes(self) -> None:
        if self.new or self.deleted or any(self.is_modified(entity) for entity in self.dirty):
            self.refuse_to_write()


@event.listens_for(OrmSession, "after_attach")
def notice_attached(session: OrmSession, entity: object) -> None:
    """Note an entity that has recorded events before it came."""
    if has_recorded(entity):
        session.recording[id(entity)] = entity


def run(operation: Callable[[*Ts], R], /, *args: *Ts) -> R:
    """Run it, whoever else is running something."""
    return operation(*args)
