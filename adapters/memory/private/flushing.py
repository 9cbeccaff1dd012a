"""What a flush in one pass uses of SQLAlchemy's inside."""
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeVar, cast

import attrs
from sqlalchemy import Column, Table
from sqlalchemy.orm import Mapper, RelationshipProperty, Session
from sqlalchemy.orm.base import LoaderCallableStatus, PassiveFlag

from unitofwork.adapters.memory.private import State

_NO_VALUE = LoaderCallableStatus.NO_VALUE


@attrs.frozen
class FlushingDetails:
    """What a mapper has worked out for its flushes of a table.

    Attributes:
        written: the attributes that are written, with their columns.
        none_is_given: the columns in which None is a value of its own.
        given_as_none: the keys of columns that are given None if they are given nothing.
        fetched: the columns whose values the database makes.
        owners: the keys in a state's parents of the owners without any of which an entity is not kept.
        order: what decides which class comes first where nothing else does.
        identity_class: that of the class's identities.
    """

    written: dict[str, Column[Any]]
    none_is_given: frozenset[Column[Any]]
    given_as_none: frozenset[str]
    fetched: tuple[Column[Any], ...]
    owners: tuple[int, ...]
    order: str
    identity_class: type


def flushing_details(mapper: Mapper[Any], table: Table) -> FlushingDetails:
    """What a mapper has worked out for its flushes of a table."""
    inside: Any = mapper
    fetched = inside._server_default_cols[table]
    return FlushingDetails(
        dict(inside._propkey_to_col[table]),
        inside._insert_cols_evaluating_none[table],
        inside._insert_cols_as_none[table],
        tuple(column for column in table.columns if column in fetched),
        tuple(id(owner.__mapper__.class_manager[name].impl.parent_token) for name, owner in inside._delete_orphans),
        inside._sort_key,
        inside._identity_class,
    )


def is_plain_to_flush(mapper: Mapper[Any]) -> bool:
    """Whether a flush of the mapper's entities writes one row each, and nothing before or after."""
    inside: Any = mapper
    return (
        mapper.inherits is None
        and mapper.polymorphic_on is None
        and len(list(mapper.self_and_descendants)) == 1
        and mapper.batch
        and not mapper.legacy_is_orphan
        and mapper.eager_defaults == "auto"
        and mapper.version_id_col is None
        and not inside._readonly_props
        and not any(inside._insert_orm_defaults.values())
    )


def hears_refresh_flush(mapper: Mapper[Any]) -> bool:
    """Whether somebody wants to be told of what a flush makes for entities."""
    events: Any = mapper.class_manager.dispatch
    return bool(events.refresh_flush)


def synchronised(relationship: RelationshipProperty[Any]) -> Iterable[tuple[Column[Any], Column[Any]]]:
    """The columns that a flush copies for a relationship, each with where it copies it to."""
    pairs: Any = relationship.synchronize_pairs
    return cast("Iterable[tuple[Column[Any], Column[Any]]]", pairs)


Changes: TypeAlias = tuple[Collection[State], set[State], Collection[State]]
"""What a session has to flush: states that are new, in the order in which they were added; modified; deleted."""


_EVENTS = ("before_flush", "after_flush", "after_flush_postexec")
_flush_listeners = attrgetter(*[f"{event}.{whose}" for event in _EVENTS for whose in ("listeners", "parent_listeners")])


def changes_of(session: Session) -> Changes | None:
    """What the session has to flush; None if somebody listens to its flushes."""
    if any(_flush_listeners(session.dispatch)):
        return None
    return session._new, session.identity_map._modified, session._deleted


def pending_mutations(state: State) -> Mapping[str, object] | None:
    """The collections to which something was added without loading them."""
    pending: Mapping[str, object] | None = state.__dict__.get("_pending_mutations")
    return pending


def told_of_rows(mapper: Mapper[Any]) -> Any:
    """The mapper's listeners to rows that are written or were, each by the name of its event."""
    listeners: Any = mapper.dispatch
    return listeners


def tell(listeners: Any, mapper: Mapper[Any], connection: Any, states: Iterable[State]) -> None:
    """Tell listeners of rows; calling SQLAlchemy's collection of them would cost as much as they do."""
    each = (*listeners.parent_listeners, *listeners.listeners)
    if each:
        for state in states:
            for listener in each:
                listener(mapper, connection, state)


def hears_only(listeners: Any, one: Callable[..., object] | None) -> bool:
    """Whether there is this listener and no other."""
    return (*listeners.parent_listeners, *listeners.listeners) == (one,)


def is_changed(state: State, name: str, value: object) -> bool:
    """Whether an attribute that was set has another value than its row."""
    return state.manager[name].impl.is_equal(value, state.committed_state[name]) is not True


def is_heard(mapper: Mapper[Any], name: str) -> bool:
    """Whether somebody wants to be told when an attribute is set."""
    attribute: Any = mapper.class_manager[name]
    return bool(attribute.impl.dispatch.set)


def copy_keys(pairs: Iterable[tuple[str, str]], sources: Mapping[State, State | None]) -> None:
    """Copy keys as a flush does, where nobody is told of it.

    Args:
        pairs: attributes of who has the key, each with that of who refers to it.
        sources: who refers, each with who has the key; None takes it away.
    """
    for theirs, own in pairs:
        last: State | None = None
        value: Any = None
        for target, source in sources.items():
            if source is not last:
                last, value = source, None if source is None else _part_of_key(source, theirs)
            there = target.obj().__dict__
            if target.key is None:
                changed = target.committed_state
                if own not in changed:
                    changed[own] = there.get(own, _NO_VALUE)
                there[own] = value
            else:
                target.manager[own].impl.set(target, there, value, None)


def _part_of_key(source: State, name: str) -> Any:
    entity = source.obj()
    return getattr(entity, name) if name not in entity.__dict__ else entity.__dict__[name]


def expire_some(state: State, names: Iterable[str]) -> None:
    """Have attributes loaded when they are next read."""
    state._expire_attributes(state.dict, names)


def find_referred(states: Iterable[State], name: str) -> None:
    """Look in the session for what deleted entities refer to, as SQLAlchemy does until it has found it for one."""
    for state in states:
        values, impl = state.obj().__dict__, state.manager[name].impl
        if name not in values and name not in state.committed_state:
            found = impl.get(state, values, _IN_SESSION)
            if found is not _NO_VALUE and found is not LoaderCallableStatus.PASSIVE_NO_RESULT:
                return
        elif not impl.get_history(state, values, _IN_SESSION).empty():
            return


def take_for_referred(state: State, name: str, entity: object) -> None:
    """Take an entity for what another one refers to, as if that had been loaded."""
    state.obj().__dict__[name] = entity
    state.expired = False
    state.expired_attributes.discard(name)


def may_be_loaded(state: State, name: str) -> bool:
    """Whether an attribute has neither a value nor a change, nor a way to be loaded in that is the entity's own."""
    return name not in state.obj().__dict__ and name not in state.committed_state and not state.callables


_IN_SESSION = PassiveFlag.PASSIVE_NO_FETCH_RELATED | PassiveFlag.LOAD_AGAINST_COMMITTED | PassiveFlag.NO_RAISE


def key_order(mapper: Mapper[Any]) -> Any:
    """By what a flush sorts entities that have rows."""
    inside: Any = mapper
    return inside._persistent_sortkey_fn


@attrs.frozen(eq=False)
class Keyed:
    """A class whose entities are told apart by a primary key.

    Attributes:
        identity_class: that of the class's identities.
        key: the attributes of the primary key.
        owns: whether an entity may have collections.
        only_key: the attribute that alone is the primary key; None if there are several.
    """

    identity_class: type
    key: tuple[str, ...]
    owns: bool
    only_key: str | None


K = TypeVar("K", bound=Keyed)


class Written(Generic[K]):
    """What a flush writes of one class.

    Attributes:
        shape: the class.
        new: entities that had no rows.
        kept: entities that had rows.
        deleted: entities whose rows are deleted.
    """

    __slots__ = ("deleted", "kept", "new", "shape")

    def __init__(self, shape: K) -> None:
        self.shape = shape
        self.new: list[State] = []
        self.kept: list[State] = []
        self.deleted: list[State] = []


W = TypeVar("W", bound=Written[Any])


def flush(session: Session, write: Callable[[Sequence[W]], None], everything: Sequence[W]) -> None:
    """Write what was changed: entities are then as written; on an error, the transaction is rolled back."""
    if session._transaction is None:
        session._autobegin_t()
    try:
        session._warn_on_events = True
        try:
            write(everything)
        finally:
            session._warn_on_events = False
        for written in everything:
            if written.deleted:
                session._remove_newly_deleted(written.deleted)
        _take_for_written(session, everything)
    except BaseException:
        session._autobegin_t()._begin().rollback(_capture_exception=True)
        raise


def _take_for_written(session: Session, everything: Iterable[Written[Any]]) -> None:
    """Do what the session does with the entities that it has written, in one go where nothing is unusual."""
    if session.dispatch.pending_to_persistent:  # somebody listens
        session._register_persistent({state for written in everything for state in (*written.new, *written.kept)})
        return
    transaction: Any = session._transaction
    identities: Any = session.identity_map
    known, reference, modified = identities._dict, identities._wr, identities._modified
    added, dirty = transaction._new, transaction._dirty
    unsaved = session._new
    _held = list(unsaved.values())  # until the end, as nothing else may keep them
    others: set[State] = set()
    for written in everything:
        shape = written.shape
        names, only, identity_class, owns = shape.key, shape.only_key, shape.identity_class, shape.owns
        for state in (*written.new, *written.kept):
            values = state.obj().__dict__
            parts = tuple(map(values.get, names)) if only is None else (values.get(only),)
            if state.key is None:
                key = (identity_class, parts, state.identity_token)
                if key in known or None in parts:
                    others.add(state)
                    continue
                state.key = key
                known[key] = state
                state._instance_dict = reference
                added[state] = True
                unsaved.pop(state, None)
            elif state.key[1] == parts:
                modified.discard(state)
                dirty[state] = True
            else:
                others.add(state)
                continue
            state.committed_state.clear()  # and so on, as SQLAlchemy does with all its states at once
            if owns and "_pending_mutations" in state.__dict__:
                del state.__dict__["_pending_mutations"]
            if state.expired_attributes:
                state.expired_attributes.difference_update(values)
            state.modified = state.expired = state._orphaned_outside_of_session = False
            state._strong_obj = None
    if others:
        session._register_persistent(others)
