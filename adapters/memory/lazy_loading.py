"""Lazy loading: what a relationship refers to, when it is first read."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Mapper, RelationshipProperty, Session
from sqlalchemy.orm.attributes import set_committed_value

from unitofwork.adapters.memory.along import NOTHING, kept, leads_back
from unitofwork.adapters.memory.loading import Loader, loader_of
from unitofwork.adapters.memory.private.lazy_loading import (
    AT_HAND,
    AT_ONCE,
    EMPTY,
    NEVER_SET,
    NO_RESULT,
    OTHER_CLASS,
    READING,
    WAS_SET,
    held,
    is_pending,
    is_there_already,
    key_columns,
    key_of_related,
    may_ask,
    may_ask_rows,
    may_autoflush,
    raises,
    take_in_list,
    values_of,
)
from unitofwork.adapters.memory.private.states import State, state_of
from unitofwork.adapters.memory.questions.following import related_of
from unitofwork.adapters.memory.questions.related import Related
from unitofwork.adapters.memory.questions.storing import storing_of
from unitofwork.adapters.session.lazy_loading import loads_when_read
from unitofwork.adapters.session.private import autoflush

if TYPE_CHECKING:
    from unitofwork.adapters.memory.rows_session import RowsSession


@attrs.frozen(eq=False)
class Way:
    """How a relationship is loaded when it is simply read, of an entity that has a row.

    Attributes:
        relationship: the relationship.
        mapper: of the entities whose attribute it is.
        loader: of what is related.
        related: how the records of that are found.
        many: whether it is a collection.
        names: the attributes that say what is related.
        here: gives their values out of an entity's dictionary; raises KeyError if one is not loaded.
        by_key: whether they are the key of it.
        is_plain: whether the mapping forbids nothing.
    """

    relationship: RelationshipProperty[Any]
    mapper: Mapper[Any]
    loader: Loader
    related: Related
    many: bool
    names: tuple[str, ...]
    here: Callable[[dict[str, Any]], tuple[Any, ...]]
    by_key: bool
    is_plain: bool

    def key(self, here: tuple[Any, ...]) -> Any:
        """The identity key of what is related, given its key."""
        return self.loader.mapper.identity_key_from_primary_key(here)


def way_of(relationship: RelationshipProperty[Any]) -> Way:
    """The way of a relationship, made once."""
    info: dict[Any, Any] = relationship.info
    way: Way | None = info.get(_CACHE)
    if way is None:
        keys, mapper = key_columns(relationship), relationship.parent
        columns = related_of(relationship).columns if keys is None else keys
        names = tuple(mapper.get_property_by_column(column).key for column in columns)
        way = info[_CACHE] = Way(
            relationship,
            mapper,
            loader_of(relationship.mapper),
            related_of(relationship),
            bool(relationship.uselist),
            names,
            storing_of(names, (None,) * len(names)),
            keys is not None,
            loads_when_read(relationship),
        )
    return way


_CACHE = "unitofwork.way"


def load_lazily(
    session: "RowsSession",
    state: State,
    relationship: RelationshipProperty[Any] | None,
    passive: Any,
    theirs: Any = None,
) -> Any:
    """What a relationship refers to, for SQLAlchemy to set; or one of its symbols for why there is nothing to set.

    Args:
        session: the session.
        state: of the entity.
        relationship: the relationship; None for a deferred column.
        passive: how it is asked for.
        theirs: how SQLAlchemy loads a deferred column, by executing a statement.

    Raises:
        InvalidRequestError: the mapping forbids to load it.
    """
    if relationship is None:
        return theirs(state, passive)
    way: Way = relationship.info.get(_CACHE) or way_of(relationship)
    if state.key is not None and way.is_plain and state.manager.mapper is way.mapper:
        if way.by_key:
            found = _held_already(session, way, state)
            if found is NO_RESULT and (passive is READING or passive is AT_ONCE):
                found = _simply_by_key(session, way, state)
            if found is not NO_RESULT:
                return found
        elif passive is READING or passive is AT_ONCE:
            found = _simply(session, way, state)
            if found is not NO_RESULT:
                return found
    if is_pending(state, relationship):
        return EMPTY
    key = key_of_related(session, relationship, state, passive)
    if not may_ask(state, passive, by_key=key is not None):
        return NO_RESULT
    if relationship.lazy == "raise" and raises(relationship, passive):
        raise InvalidRequestError
    if key is not None:
        return _by_key(session, relationship, state, key, passive)
    return _by_columns(session, relationship, state, passive)


def held_already(session: Session, relationship: RelationshipProperty[Any], state: State) -> Any:
    """The entity that is referred to, if that is plain and no more than a look into the session; or `NO_RESULT`."""
    way: Way = relationship.info.get(_CACHE) or way_of(relationship)
    if way.is_plain and way.by_key and state.manager.mapper is way.mapper:
        return _held_already(session, way, state)
    return NO_RESULT


def _held_already(session: Session, way: Way, state: State) -> Any:
    """The entity that is referred to, if the session has it and nothing was changed that says which; or `NO_RESULT`."""
    values, changed = vars(state.obj()), state.committed_state
    for name in way.names:
        if values.get(name) is None or name in changed:
            return NO_RESULT
    if way.relationship.key in values:
        return NO_RESULT
    entity = session.identity_map.get(way.key(way.here(values)))
    if entity is None or state_of(entity).expired or state_of(entity).mapper is not way.loader.mapper:
        return NO_RESULT
    return entity


def _simply(session: "RowsSession", way: Way, state: State) -> Any:
    """What a relationship refers to, where nothing else has to be loaded or asked before; else `NO_RESULT`."""
    values = vars(state.obj())
    try:
        here = way.here(values)  # before a flush changes it, as SQLAlchemy does
    except KeyError:
        return NO_RESULT
    wanted = kept(state)
    along = wanted.get(way.relationship, NOTHING) if wanted else NOTHING
    autoflush(session)
    found = session.found(way.loader, way.related.find, way.related.stored(here), along)
    if way.many:
        return WAS_SET if take_in_list(state, values, way.relationship.key, found) else found
    return found[0] if found else None


def _simply_by_key(session: "RowsSession", way: Way, state: State) -> Any:
    """The same, where what is referred to is known by its key."""
    try:
        here = way.here(vars(state.obj()))
    except KeyError:
        return NO_RESULT
    if None in here:
        return None
    if way.key(here) in session.identity_map:
        return NO_RESULT
    autoflush(session)
    return session.by_key(way.loader, here, along=kept(state).get(way.relationship, NOTHING))


def load_at_once(session: "RowsSession", relationship: RelationshipProperty[Any], state: State) -> None:
    """Load what a relationship refers to while its entity is loaded afresh, unless it is there.

    To a class that is on the way already SQLAlchemy does not go again, unless it was told to: it takes who is at hand.
    """
    told_to = relationship in kept(state) or not leads_back(state, relationship)
    value = load_lazily(session, state, relationship, AT_ONCE if told_to else AT_HAND)
    if value is not WAS_SET and value is not NO_RESULT:
        set_committed_value(state.obj(), relationship.key, value)


def _by_key(
    session: "RowsSession", relationship: RelationshipProperty[Any], state: State, key: list[Any], passive: Any
) -> Any:
    if NO_RESULT in key:
        return NO_RESULT
    if NEVER_SET in key:
        return NEVER_SET
    if None in key:
        return None
    if is_there_already(state, relationship.key, passive):
        return WAS_SET
    entity = held(session, relationship, state, key, passive)
    if entity is not None:
        return None if entity is OTHER_CLASS else entity
    if not may_ask_rows(passive):
        return NO_RESULT
    if raises(relationship, passive):
        raise InvalidRequestError
    if may_autoflush(state, passive):
        autoflush(session)
    return session.by_key(loader_of(relationship.mapper), key, along=kept(state).get(relationship, NOTHING))


def _by_columns(session: "RowsSession", relationship: RelationshipProperty[Any], state: State, passive: Any) -> Any:
    related = related_of(relationship)
    values = values_of(state, related.columns, passive)
    if is_there_already(state, relationship.key, passive):
        return WAS_SET
    if NEVER_SET in values or (state.key is None and None in values):
        return None
    if raises(relationship, passive):
        raise InvalidRequestError
    if may_autoflush(state, passive):
        autoflush(session)
    return _related(session, relationship, state, values)


def _related(session: "RowsSession", relationship: RelationshipProperty[Any], state: State, here: list[Any]) -> Any:
    along = kept(state).get(relationship, NOTHING)
    found = session.related(related_of(relationship), loader_of(relationship.mapper), here, along)
    return found if relationship.uselist else next(iter(found), None)
