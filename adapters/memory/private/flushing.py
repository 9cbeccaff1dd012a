"""What a flush in one pass uses of SQLAlchemy's inside."""
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Collection, Iterable, Mapping, Set
from typing import Any, NamedTuple, TypeAlias, cast

import attrs
from sqlalchemy import Column, Table
from sqlalchemy.orm import Mapper, RelationshipProperty, Session
from sqlalchemy.orm.base import LoaderCallableStatus, PassiveFlag

from unitofwork.adapters.memory.containers import new_list
from unitofwork.adapters.memory.private import State

_NONE: Mapping[str, Any] = {}


@attrs.frozen
class FlushingDetails:
    """What a mapper has worked out for its flushes of a table.

    Attributes:
        written: the attributes that are written, with their columns.
        none_is_given: the columns in which None is a value of its own.
        given_as_none: the keys of columns that are given None if they are given nothing.
        fetched: the columns whose values the database makes.
        has_owners: whether an entity may be an orphan.
        order: what decides which class comes first where nothing else does.
        identity_class: that of the class's identities.
    """

    written: dict[str, Column[Any]]
    none_is_given: frozenset[Column[Any]]
    given_as_none: frozenset[str]
    fetched: tuple[Column[Any], ...]
    has_owners: bool
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
        bool(inside._delete_orphans),
        inside._sort_key,
        inside._identity_class,
    )


def is_plain_to_flush(mapper: Mapper[Any]) -> bool:
    """Whether a flush of the mapper's entities writes one row each, and nothing before or after."""
    inside: Any = mapper
    events: Any = mapper.class_manager.dispatch
    return (
        mapper.inherits is None
        and mapper.polymorphic_on is None
        and len(list(mapper.self_and_descendants)) == 1
        and mapper.batch
        and mapper.eager_defaults == "auto"
        and mapper.version_id_col is None
        and not inside._readonly_props
        and not any(inside._insert_orm_defaults.values())
        and not events.refresh_flush
    )


def synchronised(relationship: RelationshipProperty[Any]) -> Iterable[tuple[Column[Any], Column[Any]]]:
    """The columns that a flush copies for a relationship, each with where it copies it to."""
    pairs: Any = relationship.synchronize_pairs
    return cast("Iterable[tuple[Column[Any], Column[Any]]]", pairs)


class Changes(NamedTuple):
    """What a session has to flush: states, in the order in which they were added where they are new."""

    new: Collection[State]
    modified: Collection[State]
    deleted: Collection[State]


def changes_of(session: Session) -> Changes | None:
    """What the session has to flush; None if somebody listens to its flushes."""
    events: Any = session.dispatch
    if events.before_flush or events.after_flush or events.after_flush_postexec:
        return None
    return Changes(session._new, session.identity_map._modified, session._deleted)


def is_orphan(state: State) -> bool:
    """Whether the entity has lost an owner without which it is not kept."""
    mapper: Any = state.manager.mapper
    if mapper.legacy_is_orphan or mapper.inherits is not None:
        return bool(mapper._is_orphan(state))
    optimistic, parents = state.key is not None, state.parents
    for name, owner in mapper._delete_orphans:
        if parents.get(id(owner.__mapper__.class_manager[name].impl.parent_token), optimistic) is False:
            return True
    return False


def pending_mutations(state: State) -> Set[str]:
    """The collections to which something was added without loading them."""
    pending: Mapping[str, Any] = state.__dict__.get("_pending_mutations", _NONE)
    return pending.keys()


def told_of_rows(mapper: Mapper[Any]) -> Any:
    """The mapper's listeners to rows that are written or were, each by the name of its event."""
    listeners: Any = mapper.dispatch
    return listeners


def is_changed(state: State, name: str, value: object) -> bool:
    """Whether an attribute that was set has another value than its row."""
    return state.manager[name].impl.is_equal(value, state.committed_state[name]) is not True


Copy: TypeAlias = tuple[str, State | None, State, tuple[tuple[str, str], ...]]
"""A key to copy: what decides which of several comes first; who has the key, and None takes it away; who refers to it;
the attributes, of both."""


def copy_keys(copies: Iterable[Copy]) -> None:
    """Copy keys as a flush does."""
    for _, source, target, pairs in copies:
        here, there = None if source is None else vars(source.obj()), vars(target.obj())
        changed = target.committed_state
        for theirs, own in pairs:
            value = None
            if here is not None and source is not None:
                value = here[theirs] if theirs in here else getattr(source.obj(), theirs)
            impl: Any = target.manager[own].impl
            if target.key is not None or impl.dispatch.set:
                impl.set(target, there, value, None)
                continue
            if own not in changed:
                changed[own] = there.get(own, LoaderCallableStatus.NO_VALUE)
            there[own] = value


def expire_some(state: State, names: Iterable[str]) -> None:
    """Have attributes loaded when they are next read."""
    state._expire_attributes(state.dict, names)


def find_referred(states: Iterable[State], name: str) -> None:
    """Look in the session for what deleted entities refer to, as SQLAlchemy does until it has found it for one."""
    for state in states:
        values, impl = vars(state.obj()), state.manager[name].impl
        if name not in values and name not in state.committed_state:
            found = impl.get(state, values, _IN_SESSION)
            if found is not LoaderCallableStatus.NO_VALUE and found is not LoaderCallableStatus.PASSIVE_NO_RESULT:
                return
        elif not impl.get_history(state, values, _IN_SESSION).empty():
            return


_IN_SESSION = PassiveFlag.PASSIVE_NO_FETCH_RELATED | PassiveFlag.LOAD_AGAINST_COMMITTED | PassiveFlag.NO_RAISE


def key_order(mapper: Mapper[Any]) -> Any:
    """By what a flush sorts entities that have rows."""
    inside: Any = mapper
    return inside._persistent_sortkey_fn


@attrs.define(eq=False)
class Written:
    """What a flush writes of one class.

    Attributes:
        identity_class: that of the class's identities.
        key: the attributes of the primary key.
        new: entities that had no rows.
        kept: entities that had rows.
        deleted: entities whose rows are deleted.
    """

    identity_class: type
    key: tuple[str, ...]
    new: list[State] = attrs.field(factory=new_list)
    kept: list[State] = attrs.field(factory=new_list)
    deleted: list[State] = attrs.field(factory=new_list)


def flush(session: Session, write: Callable[[], None], everything: Collection[Written]) -> None:
    """Write what was changed: entities are then as written; on an error, the transaction is rolled back."""
    if session._transaction is None:
        session._autobegin_t()
    try:
        session._warn_on_events = True
        try:
            write()
        finally:
            session._warn_on_events = False
        for written in everything:
            if written.deleted:
                session._remove_newly_deleted(written.deleted)
        _take_for_written(session, everything)
    except BaseException:
        session._autobegin_t()._begin().rollback(_capture_exception=True)
        raise


def _take_for_written(session: Session, everything: Iterable[Written]) -> None:
    """Do what the session does with the entities that it has written, in one go where nothing is unusual."""
    transaction: Any = session._transaction
    identities: Any = session.identity_map
    known, reference, heard = identities._dict, identities._wr, bool(session.dispatch.pending_to_persistent)
    others: set[State] = set()
    for written in everything:
        names = written.key
        only = names[0] if len(names) == 1 else None
        for state in written.new:
            values = vars(state.obj())
            parts = tuple([values.get(name) for name in names]) if only is None else (values.get(only),)
            key = (written.identity_class, parts, state.identity_token)
            if heard or None in parts or key in known:
                others.add(state)
                continue
            state.key = key
            known[key] = state
            state._instance_dict = reference
            _commit(state, values, identities)
            transaction._new[state] = True
        for state in written.kept:
            values = vars(state.obj())
            parts = tuple([values.get(name) for name in names]) if only is None else (values.get(only),)
            if heard or state.key is None or state.key[1] != parts:
                others.add(state)
                continue
            _commit(state, values, identities)
            transaction._dirty[state] = True
    if others:
        session._register_persistent(others)
    for written in everything:
        for state in written.new:
            session._new.pop(state, None)  # last, as it may be all that keeps the entity


def _commit(state: State, values: dict[str, Any], identities: Any) -> None:
    """Take what an entity has for what its row has."""
    own = state.__dict__
    state.committed_state.clear()
    if "_pending_mutations" in own:
        del own["_pending_mutations"]
    if state.expired_attributes:
        state.expired_attributes.difference_update(values)
    if state.modified:
        identities._modified.discard(state)
    state.modified = state.expired = state._orphaned_outside_of_session = False
    state._strong_obj = None
