"""SQLAlchemy's cascades from an entity to what is related to it, along the relationships that have them alone.

The entities come in the order in which SQLAlchemy finds them, by which new rows are numbered.
"""
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from sqlalchemy.orm import Mapper, RelationshipProperty, Session
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.orm.base import LoaderCallableStatus, PassiveFlag
from sqlalchemy.orm.collections import InstrumentedList

from unitofwork.adapters.memory.private import State, is_in

_CACHE = "unitofwork.cascades"
_Known: TypeAlias = tuple[int, dict[str, tuple[RelationshipProperty[Any], ...]]]
_EVERYTHING = PassiveFlag.PASSIVE_OFF | PassiveFlag.NO_RAISE

Notice: TypeAlias = Callable[[Any, object], None]
"""Listens to ``after_attach``: is given a session, and an entity that it has taken in."""


def add(session: Session, state: State, notice: Notice | None = None) -> None:
    """Take in an entity, and what it cascades to.

    Args:
        session: takes them in.
        state: the entity's.
        notice: what listens to every session of this class, so that it is called even where nobody else listens.
    """
    state._orphaned_outside_of_session = False
    events: Any = session.dispatch
    plainly = not (
        len(events.after_attach) != (notice is not None) or events.before_attach or events.transient_to_pending
    )
    if session._transaction is None:
        session._autobegin_t()
    _take_in(session, state, notice, plainly=plainly)
    visited: set[State] = set()
    ways = [_saved_along(session, state, visited)]
    while ways:
        for related in ways[-1]:
            _take_in(session, related, notice, plainly=plainly)
            ways.append(_saved_along(session, related, visited))
            break
        else:
            ways.pop()


def _take_in(session: Session, state: State, notice: Notice | None, *, plainly: bool) -> None:
    if not plainly or state.key is not None or state.session_id:
        session._save_or_update_impl(state)
        return
    entity: Any = state.obj()
    new = session._new
    if state not in new:
        new[state] = entity
        state.insert_order = len(new)
    state.session_id = session.hash_key
    if state.modified and state._strong_obj is None:
        state._strong_obj = entity
    if notice is not None:
        notice(session, entity)


def _saved_along(session: Session, state: State, visited: set[State]) -> Iterator[State]:
    """What is saved with an entity: who is related to it, and who was before it was changed."""
    values, changed = vars(state.obj()), state.committed_state
    for relationship in _cascading(state.manager.mapper, "save-update"):
        name = relationship.key
        if name in values or name in changed:
            found: list[State] = []
            value, former = values.get(name), changed.get(name)
            for related, entity in _all_pending(relationship, state, value, former):
                if related is None or entity is None or related in visited or is_in(session, related):
                    continue
                if related.manager.mapper is not relationship.mapper and not _fits(relationship, related):
                    _refuse(relationship, "save-update", state)
                visited.add(related)
                found.append(related)
            yield from found


def _all_pending(
    relationship: RelationshipProperty[Any], state: State, value: Any, former: Any
) -> Iterable[tuple[State | None, object]]:
    """Who is related, and who was, each with its state."""
    if not former or former is LoaderCallableStatus.NO_VALUE:
        if value.__class__ is InstrumentedList:
            return [(instance_state(entity), entity) for entity in value]
        if value is None:
            return ()
        if not relationship.uselist and not isinstance(value, LoaderCallableStatus):
            return ((instance_state(value), value),)
    return state.manager[relationship.key].impl.get_all_pending(state, state.dict)


def delete(session: Session, state: State, entity: object) -> None:
    """Have an entity with a row deleted by the next flush, and what it cascades to."""
    attaches = session._before_attach(state, entity)
    if state in session._deleted:
        return
    session.identity_map.add(state)
    if attaches:
        session._after_attach(state, entity)
    visited: set[State] = set()
    cascaded: list[tuple[State, object]] = []
    ways = [_deleted_along(state, visited)]
    while ways:
        for related, its_entity in ways[-1]:
            cascaded.append((related, its_entity))
            if _cascading(related.manager.mapper, "delete"):
                ways.append(_deleted_along(related, visited))
                break
        else:
            ways.pop()
    deleted = session._deleted
    deleted[state] = entity
    for related, its_entity in cascaded:
        if related.session_id == session.hash_key and session.identity_map.contains_state(related):
            deleted.setdefault(related, its_entity)
        else:
            session._delete_impl(related, its_entity, False)


def _deleted_along(state: State, visited: set[State]) -> Iterator[tuple[State, object]]:
    """What is deleted with an entity, loaded if need be, each with its state."""
    for relationship in _cascading(state.manager.mapper, "delete"):
        how = PassiveFlag.PASSIVE_NO_INITIALIZE if relationship.passive_deletes else _EVERYTHING
        found: list[tuple[State, object]] = []
        for related, entity in relationship._value_as_iterable(state, state.dict, relationship.key, passive=how):
            if entity is None or related in visited:
                continue
            if related.manager.mapper is not relationship.mapper and not _fits(relationship, related):
                _refuse(relationship, "delete", state)
            visited.add(related)
            found.append((related, entity))
        yield from found


def _fits(relationship: RelationshipProperty[Any], related: State) -> bool:
    """Whether an entity is of the class that a relationship is to."""
    mapper, wanted = related.manager.mapper, relationship.mapper.class_manager.mapper
    return mapper is wanted or mapper.isa(wanted)


def _refuse(relationship: RelationshipProperty[Any], cascade: str, state: State) -> None:
    """Have SQLAlchemy refuse a related entity."""
    for _ in relationship.cascade_iterator(cascade, state, state.dict, set()):
        pass


def _cascading(mapper: Mapper[Any], cascade: str) -> tuple[RelationshipProperty[Any], ...]:
    """The relationships of a class that have a cascade, found out again when an attribute was added."""
    info: dict[str, _Known] = mapper.class_manager.info  # pyright: ignore[reportUnknownMemberType]  # a bare dict
    count, known = info.get(_CACHE) or (0, {})
    if count != len(mapper._props):
        count, known = info[_CACHE] = (len(mapper._props), {})
    found = known.get(cascade)
    if found is None:
        props = mapper._props.values()
        found = known[cascade] = tuple(
            each for each in props if isinstance(each, RelationshipProperty) and cascade in each.cascade
        )
    return found
