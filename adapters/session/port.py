"""The session port over SQLAlchemy's session, but for what asks the database: an adapter adds that."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from functools import wraps
from operator import attrgetter
from typing import Any, TypeAlias, TypeVar, cast

from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Mapper

from unitofwork.adapters.session.keys import KeyLookups
from unitofwork.adapters.session.merging import merge
from unitofwork.adapters.session.orm_session import OrmSession
from unitofwork.adapters.session.private import has_changes
from unitofwork.adapters.session.refreshing import load_left
from unitofwork.adapters.session.refusing import misused, refuse_other_units, refuse_second, refuse_unloadable, state_of
from unitofwork.adapters.session.reuse import CLOSED
from unitofwork.adapters.session.savepoint import OrmSavepoint
from unitofwork.adapters.session.translation import raise_as, row_is_gone
from unitofwork.domain.entity import EntityState
from unitofwork.domain.lock import Lock
from unitofwork.domain.outbox import Envelope
from unitofwork.domain.ports import Exclusively, Savepoint

T = TypeVar("T")
M = TypeVar("M", bound=Callable[..., Any])


def typed(method: M) -> M:
    """Raise every error of a method as ours, and note those that end the transaction."""

    @wraps(method)
    def call(self: "EntitySession", /, *args: Any) -> Any:
        try:
            return method(self, *args)
        except BaseException as error:
            raise_as(self.raw.typed(error), error)

    return cast(M, call)


GiveBack: TypeAlias = Callable[[Any], None]
"""Takes a session of SQLAlchemy's that a unit of work has closed."""


class EntitySession:
    """Keeps entities by SQLAlchemy's session, which is at hand as ``raw`` for what the port does not say."""

    def __init__(self, raw: OrmSession, keys: KeyLookups, give_back: GiveBack | None = None) -> None:
        self.raw = raw
        self._keys = keys
        self._give_back = give_back

    @property
    def autoflush(self) -> bool:
        """Whether a question first sends what was changed."""
        return self.raw.autoflush

    @autoflush.setter
    def autoflush(self, on: bool) -> None:
        self.raw.autoflush = on

    @property
    def exclusively(self) -> Exclusively:
        """What runs the loading of attributes."""
        return self.raw.exclusively

    @exclusively.setter
    def exclusively(self, run: Exclusively) -> None:
        self.raw.exclusively = run

    failure: BaseException | None = cast(Any, property(attrgetter("raw.failure")))
    """The error that ended the transaction, until it is rolled back; asked for before each operation."""

    @typed
    def flush(self) -> None:
        """Send what was changed."""
        self.raw.flush()

    def commit(self, messages: Sequence[Envelope] = (), tell: bool = False) -> None:
        """Flush, and keep the transaction; roll it back if that fails, or its connection would carry it to the pool."""
        try:
            if messages:
                self.raw.refuse_to_write()
                if has_changes(self.raw):
                    self.raw.flush()
                self.write_messages(messages, tell)
            self.raw.commit()
        except BaseException as error:
            ours = self.raw.failed(error)
            with suppress(Exception):  # a connection that cannot even be rolled back is thrown away
                self.raw.rollback()
            raise_as(ours, error)

    def write_messages(self, messages: Sequence[Envelope], tell: bool) -> None:
        """Write messages to the outbox, and let those who listen know of them if they are to be told."""
        raise NotImplementedError

    def fail(self, error: BaseException) -> None:
        """Refuse everything until the transaction is rolled back."""
        if self.raw.failure is None:
            self.raw.failure = error

    @typed
    def rollback(self) -> None:
        """Undo the transaction."""
        self.raw.rollback()
        self.raw.failure = None

    def savepoint(self) -> Savepoint:
        """Flush, and set a savepoint."""
        return OrmSavepoint(self.raw)

    def close(self) -> None:
        """Roll back what is open, give the connection back, detach every entity."""
        raw = self.raw
        try:
            raw.close()
            if self._give_back is not None:
                self.raw = CLOSED  # for it may be another unit's by the next time that this one is used
                self._give_back(raw)
        except BaseException as error:
            raise_as(self.raw.typed(error), error)

    @typed
    def invalidate(self) -> None:
        """Close, and throw the connection away."""
        self.raw.invalidate()

    @typed
    def add(self, entity: object) -> None:
        """Take in an entity."""
        state = state_of(entity)
        refuse_other_units(self.raw, entity, state)
        refuse_second(self.raw, self._keys, entity, state)
        self.raw.add(entity)

    @typed
    def delete(self, entity: object) -> None:
        """Remove an entity's row at the next flush."""
        state = state_of(entity)
        if state.key is None:
            raise misused(entity, "has no row to delete: expunge it if it was only added")
        refuse_other_units(self.raw, entity, state)
        # else a second DELETE would find no row; what never was deleted, which most was not, is not looked at further
        if not (state.was_deleted and state.deleted and state.session is self.raw):
            self.raw.delete(entity)

    @typed
    def upsert(self, entity: T, fields: Collection[str] | None) -> T:
        """Copy an entity onto the managed one of its identity."""
        return merge(self.raw, entity, fields)

    @typed
    def refresh(self, entity: object, fields: Collection[str] | None) -> None:
        """Load the entity's attributes afresh."""
        refuse_unloadable(self.raw, entity, fields)
        try:
            self.raw.refresh(entity, fields)
            load_left(state_of(entity), fields)
        except InvalidRequestError as error:
            if type(error) is InvalidRequestError:  # what is wrong with the entity or the names was found above
                raise row_is_gone(type(entity)) from error
            raise

    @typed
    def expire(self, entity: object, fields: Collection[str] | None) -> None:
        """Load the entity's attributes afresh when they are next read."""
        refuse_unloadable(self.raw, entity, fields)
        self.raw.expire(entity, fields)

    @typed
    def expire_all(self) -> None:
        """Expire every entity."""
        self.raw.expire_all()

    @typed
    def expunge(self, entity: object) -> None:
        """Detach an entity."""
        if state_of(entity).session is not self.raw:
            raise misused(entity, "is not in this unit of work")
        self.raw.expunge(entity)

    @typed
    def expunge_all(self) -> None:
        """Detach every entity, one by one: a stream that is open goes on with the identity map that there is."""
        for entity in list(self.raw):
            if entity in self.raw:  # and did not go with another one
                self.raw.expunge(entity)

    @typed
    def get(self, entity_type: type[T], key: object, lock: Lock | None) -> T | None:
        """The entity with this key."""
        lookup = self._keys.of(entity_type)
        if lock is not None:
            self.raw.prepare_to_lock()
        try:
            return lookup.find(self.raw, key, lock)
        except Exception as error:
            raise_as(self.raw.reading(error, entity_type), error)

    @typed
    def key_names(self, entity_type: type[object]) -> tuple[str, ...]:
        """The attributes that are the type's primary key."""
        return self._keys.of(entity_type).names

    def key(self, entity: object) -> tuple[object, ...] | None:
        """The entity's primary key, as its row has it."""
        identity = state_of(entity).identity
        return None if identity is None else tuple(identity)

    @property
    def recording(self) -> tuple[object, ...]:
        """The entities that have recorded events here."""
        return self.raw.recorded() if self.raw.recording else ()

    def state(self, entity: object) -> EntityState:
        """Where the entity stands towards this session."""
        state = state_of(entity)
        if state.session_id != self.raw.hash_key:
            return EntityState.TRANSIENT if state.key is None else EntityState.DETACHED
        if state.key is None:
            return EntityState.PENDING
        return EntityState.DELETED if state.deleted else EntityState.PERSISTENT

    @typed
    def is_modified(self, entity: object) -> bool:
        """Whether an attribute differs from its committed value."""
        return self.raw.is_modified(entity)

    @property
    def new(self) -> tuple[object, ...]:
        """The pending entities, in the order in which they were added."""
        return tuple(self.raw.new)

    @property
    def dirty(self) -> tuple[object, ...]:
        """The persistent entities with an attribute that was set."""
        return tuple(self.raw.dirty)

    @property
    def deleted(self) -> tuple[object, ...]:
        """The entities that the next flush deletes."""
        return tuple(self.raw.deleted)

    def __contains__(self, entity: object) -> bool:
        return state_of(entity).session is self.raw and entity in self.raw

    def __iter__(self) -> Iterator[object]:
        return iter(self.raw)

    def _mapper(self, entity_type: type) -> Mapper[Any]:
        return self._keys.of(entity_type).mapper  # refuses a type that is not the database's
