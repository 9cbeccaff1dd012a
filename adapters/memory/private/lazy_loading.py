"""How SQLAlchemy loads what is related when it is read, and the flags and symbols by which it says so."""
# pyright: reportPrivateUsage=false

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column
from sqlalchemy.orm import RelationshipProperty, Session
from sqlalchemy.orm.base import LoaderCallableStatus, PassiveFlag
from sqlalchemy.orm.collections import CollectionAdapter, InstrumentedList

from unitofwork.adapters.memory.private.states import State


def is_pending(state: State, relationship: RelationshipProperty[Any]) -> bool:
    """Whether the entity has no row yet, and its relationship is not loaded before it has."""
    return state.key is None and not (relationship.load_on_pending or state._load_pending)


def may_ask(state: State, passive: Any, *, by_key: bool) -> bool:
    """Whether it is wanted at all that something is loaded for the entity, or looked for by key."""
    if not (passive & PassiveFlag.SQL_OK or by_key):
        return False
    return bool(passive & PassiveFlag.NON_PERSISTENT_OK) or state.key is not None


def may_ask_rows(passive: Any) -> bool:
    """Whether what is not in the session may be loaded."""
    return bool(passive & PassiveFlag.SQL_OK and passive & PassiveFlag.RELATED_OBJECT_OK)


def raises(relationship: RelationshipProperty[Any], passive: Any) -> bool:
    """Whether the mapping forbids to load the relationship when it is read."""
    if passive & PassiveFlag.NO_RAISE:
        return False
    if relationship.lazy == "raise":
        return not relationship._use_get or bool(passive & PassiveFlag.RELATED_OBJECT_OK)
    return relationship.lazy == "raise_on_sql"


def key_of_related(session: Session, relationship: RelationshipProperty[Any], state: State, passive: Any) -> Any:
    """The key that the entity refers to, if the relationship is followed by key alone; else None."""
    strategy: Any = relationship._get_strategy((("lazy", "select"),))
    return strategy._get_ident_for_use_get(session, state, passive) if strategy.use_get else None


def key_columns(relationship: RelationshipProperty[Any]) -> tuple[Column[Any], ...] | None:
    """The columns that hold the key of what a relationship refers to, if it is followed by key alone; else None."""
    strategy: Any = relationship._get_strategy((("lazy", "select"),))
    return tuple(strategy._equated_columns[part] for part in strategy.mapper.primary_key) if strategy.use_get else None


def held(session: Session, relationship: RelationshipProperty[Any], state: State, key: Any, passive: Any) -> Any:
    """The entity with this key that the session has; None if it has none."""
    entity: Any = relationship.entity
    return session._identity_lookup(entity, key, passive=passive, lazy_loaded_from=state)


def values_of(state: State, columns: Iterable[Column[Any]], passive: Any) -> list[Any]:
    """What an entity has in columns, as lazy loading sees it: now, or as it was committed."""
    mapper: Any = state.manager.mapper
    get = (
        mapper._get_committed_state_attr_by_column
        if passive & PassiveFlag.LOAD_AGAINST_COMMITTED
        else mapper._get_state_attr_by_column
    )
    how = passive & ~PassiveFlag.INIT_OK
    return [get(state, state.dict, column, how) for column in columns]


def may_autoflush(state: State, passive: Any) -> bool:
    """Whether what was changed is sent before something is loaded for the entity."""
    return state.key is not None and not passive & PassiveFlag.NO_AUTOFLUSH


def is_there_already(state: State, name: str, passive: Any) -> bool:
    """Whether reading what is needed to load an attribute has loaded it."""
    return name in state.dict and not passive & PassiveFlag.DEFERRED_HISTORY_LOAD


_PLAIN: Any = InstrumentedList


def take_in_list(state: State, values: dict[str, Any], name: str, members: Iterable[Any]) -> bool:
    """Give an entity the list of what is related, as it was loaded; say no where there is more to it than that.

    Args:
        state: the entity's.
        values: the entity's dictionary.
        name: of the attribute.
        members: what is related.
    """
    impl: Any = state.manager[name].impl
    if impl.collection_factory is not _PLAIN or impl.dispatch.init_collection or "_pending_mutations" in state.__dict__:
        return False
    loaded: Any = _PLAIN(members)  # without the events of a list that is changed
    CollectionAdapter(impl, state, loaded)
    values[name] = loaded
    state.committed_state.pop(name, None)
    state.expired = False
    state.expired_attributes.discard(name)
    return True


READING = PassiveFlag.PASSIVE_OFF
"""How an attribute that is read is loaded."""

AT_ONCE = PassiveFlag.PASSIVE_OFF | PassiveFlag.NO_RAISE
"""How what comes along with an entity is loaded, whatever the mapping says of reading it."""

AT_HAND = PassiveFlag.PASSIVE_NO_FETCH_RELATED | PassiveFlag.NO_RAISE
"""How it is taken out of the session alone, be it expired, where it is known by its key; else as above."""

WAS_SET = LoaderCallableStatus.ATTR_WAS_SET
EMPTY = LoaderCallableStatus.ATTR_EMPTY
NEVER_SET = LoaderCallableStatus.NEVER_SET
NO_RESULT = LoaderCallableStatus.PASSIVE_NO_RESULT
OTHER_CLASS = LoaderCallableStatus.PASSIVE_CLASS_MISMATCH
