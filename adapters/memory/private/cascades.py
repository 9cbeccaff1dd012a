"""SQLAlchemy's cascades from an entity to what is related to it, along the relationships that have them alone.

The entities come in the order in which SQLAlchemy finds them, by which new rows are numbered. Who was found
and is to be gone through is on a stack, the next one last, beside those who have ways left that were not gone yet.
"""
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from sqlalchemy.orm import Mapper, RelationshipProperty, Session
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.orm.base import LoaderCallableStatus, PassiveFlag
from sqlalchemy.orm.collections import InstrumentedList

from unitofwork.adapters.memory.private.states import State
from unitofwork.domain.messages import EVENTS

_SAVED, _DELETED = "unitofwork.save-update", "unitofwork.delete"
"""Where a class keeps its ways, by the cascade that they have."""
_EVERYTHING = PassiveFlag.PASSIVE_OFF | PassiveFlag.NO_RAISE
_NO_VALUE, _NO_RESULT = LoaderCallableStatus.NO_VALUE, LoaderCallableStatus.PASSIVE_NO_RESULT

_Way: TypeAlias = tuple[str, bool, RelationshipProperty[Any], Any, tuple[Any, ...]]
"""Along a relationship that has a cascade.

Its name, whether it is to many, itself, the manager of the class that it is to, and the ways that come after it.
"""
_Step: TypeAlias = tuple[State, Any, tuple[_Way, ...], bool]
"""An entity with its state, the ways that are left to be gone from it, and whether it was found just now."""
_Known: TypeAlias = tuple[int, tuple[_Way, ...]]

Notice: TypeAlias = Callable[[Any, object], None]
"""Listens to ``after_attach``, for entities that have recorded events: is given a session, and who came into it."""


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
    if session._transaction is None and not state._deleted:  # of whom it is refused below, and nothing is begun
        session._autobegin_t()
    new, here = session._new, session.hash_key
    present: dict[Any, State] = session.identity_map._dict
    visited: set[State] = set()
    manager: Any = state.manager
    further = _ways(manager.mapper, _SAVED)
    steps: list[_Step] = [(state, state.obj(), further, True)]
    while steps:
        state, entity, ways, is_new = steps.pop()
        if is_new:
            if not plainly or state.key is not None or state.session_id:
                session._save_or_update_impl(state)
                new, present = session._new, session.identity_map._dict  # whoever is told may have emptied the session
            else:  # as SQLAlchemy does it, where nobody is told
                if state not in new:
                    new[state] = entity
                    state.insert_order = len(new)
                state.session_id = here
                if state.modified and state._strong_obj is None:
                    state._strong_obj = entity
                if notice is not None and EVENTS in entity.__dict__:
                    notice(session, entity)
        values, changed = entity.__dict__, state.committed_state
        for name, many, relationship, wanted, rest in ways:
            value, former = values.get(name), changed.get(name)
            pending: Iterable[Any]
            if former is not None and former is not _NO_VALUE and not (many and not former):
                pending = _all_pending(state, name)
            elif value is None:
                continue
            elif value.__class__ is InstrumentedList:
                pending = value
            elif not many and not isinstance(value, LoaderCallableStatus):
                pending = (value,)
            else:
                pending = _all_pending(state, name)
            found: list[_Step] = []
            for each in pending:
                related = instance_state(each)
                if related in visited or (
                    related in new if related.key is None else present.get(related.key) is related
                ):
                    continue
                if related.manager is not manager:
                    manager = related.manager
                    further = _ways(manager.mapper, _SAVED)
                if manager is not wanted and not _fits(relationship, related):
                    _refuse(relationship, "save-update", state)
                visited.add(related)
                found.append((related, each, further, True))
            if found:
                if rest:
                    steps.append((state, entity, rest, False))
                found.reverse()
                steps += found
                break


def _all_pending(state: State, name: str) -> list[Any]:
    """Who is related, and who was before that was changed."""
    pending = state.manager[name].impl.get_all_pending(state, state.dict)
    return [entity for _, entity in pending if entity is not None]


def delete(session: Session, state: State, entity: object) -> None:
    """Have an entity with a row deleted by the next flush, and what it cascades to."""
    here = session.hash_key
    present: dict[Any, State] = session.identity_map._dict
    if state.session_id != here or session._transaction is None or present.get(state.key) is not state:
        attaches = session._before_attach(state, entity)
        if state in session._deleted:
            return
        session.identity_map.add(state)
        if attaches:
            session._after_attach(state, entity)
    elif state in session._deleted:
        return
    visited: set[State] = set()
    manager: Any = state.manager
    further = _ways(manager.mapper, _DELETED)
    cascaded: list[_Step] = []
    steps: list[_Step] = [(state, entity, further, False)]
    while steps:
        step = steps.pop()
        whose, its_entity, ways, is_new = step
        if is_new:
            cascaded.append(step)
        for name, _, relationship, wanted, rest in ways:
            found: list[_Step] = []
            goes_on = False
            for each in _all_there(whose, its_entity, name, relationship):
                related = instance_state(each)
                if related in visited:
                    continue
                if related.manager is not manager:
                    manager = related.manager
                    further = _ways(manager.mapper, _DELETED)
                if manager is not wanted and not _fits(relationship, related):
                    _refuse(relationship, "delete", whose)
                visited.add(related)
                found.append((related, each, further, True))
                if further:
                    goes_on = True
            if goes_on:
                if rest:
                    steps.append((whose, its_entity, rest, False))
                found.reverse()
                steps += found
                break
            cascaded += found
    identities: Any = session.identity_map
    deleted, present = session._deleted, identities._dict
    deleted[state] = entity
    for related, its_entity, _, _ in cascaded:
        if related.session_id == here and present.get(related.key) is related:
            deleted.setdefault(related, its_entity)
        else:
            session._delete_impl(related, its_entity, False)


def _all_there(state: State, entity: Any, name: str, relationship: RelationshipProperty[Any]) -> Iterable[Any]:
    """Who is related, loaded if need be."""
    values, how = entity.__dict__, PassiveFlag.PASSIVE_NO_INITIALIZE if relationship.passive_deletes else _EVERYTHING
    value = values[name] if name in values else state.manager[name].impl.get(state, values, how)
    if value.__class__ is InstrumentedList:
        return value
    if value is None or value is _NO_RESULT:
        return ()
    related = relationship._value_as_iterable(state, values, name, passive=how)
    return [entity for _, entity in related if entity is not None]


def _fits(relationship: RelationshipProperty[Any], related: State) -> bool:
    """Whether an entity is of the class that a relationship is to."""
    mapper, wanted = related.manager.mapper, relationship.mapper.class_manager.mapper
    return mapper is wanted or mapper.isa(wanted)


def _refuse(relationship: RelationshipProperty[Any], cascade: str, state: State) -> None:
    """Have SQLAlchemy refuse a related entity."""
    for _ in relationship.cascade_iterator(cascade, state, state.dict, set()):
        pass


def _ways(mapper: Mapper[Any], kept: str) -> tuple[_Way, ...]:
    """The ways of a class that have a cascade, found again when an attribute was added."""
    info: dict[str, _Known] = mapper.class_manager.info  # pyright: ignore[reportUnknownMemberType]  # a bare dict
    known = info.get(kept)
    if known is None or known[0] != len(mapper._props):
        cascade, props = kept.partition(".")[2], list(mapper._props.values())
        ways: tuple[_Way, ...] = ()
        for each in reversed(props):
            if isinstance(each, RelationshipProperty) and cascade in each.cascade:
                ways = ((each.key, bool(each.uselist), each, each.mapper.class_manager, ways), *ways)
        known = info[kept] = (len(props), ways)
    return known[1]
