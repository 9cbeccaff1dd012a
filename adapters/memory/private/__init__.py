"""What the twin uses of SQLAlchemy that is not public: here, so that a new release breaks in one known place.

What it shares with the SQL adapter is in `adapters.session`.
"""
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias

import attrs
from sqlalchemy import Column, Delete, Insert, Select, Update
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import InstanceState, Mapper, RelationshipProperty, Session
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.orm.base import LoaderCallableStatus, PassiveFlag
from sqlalchemy.orm.collections import CollectionAdapter, InstrumentedList

State: TypeAlias = InstanceState[Any]

state_of: Callable[[Any], State] = instance_state
"""The state of an entity, which must be one."""

# What a flush sends


def assigned(statement: Insert | Update) -> Mapping[Column[Any], Any]:
    """The SQL expressions that a flush assigns, by column."""
    values: Any = statement._values or {}
    assigned: Mapping[Column[Any], Any] = values
    return assigned


def returned(statement: Insert | Update) -> tuple[Column[Any], ...]:
    """The columns that a flush wants to have back, beside a new row's key."""
    columns: Any = statement._return_defaults_columns or ()
    return tuple(columns)


def compared(statement: Update | Delete) -> Iterable[Any]:
    """The comparisons by which a flush finds a row, each of a column with a parameter."""
    for clause in statement._where_criteria:
        yield from getattr(clause, "clauses", (clause,))


# What an entity is loaded with


@attrs.frozen
class Refresh:
    """An entity that is to be loaded afresh.

    Attributes:
        state: the entity's.
        names: the attributes to load; None for all.
        asked_for: whether the application named them, which means relationships too.
        autoflush: whether what was changed is sent first.
    """

    state: State
    names: Collection[str] | None
    asked_for: bool
    autoflush: bool


def refresh_of(statement: Any, execution_options: Mapping[str, Any]) -> Refresh | None:
    """What a statement of SQLAlchemy's own is to load afresh; None for any other statement."""
    options = execution_options.get("_sa_orm_load_options")
    state = getattr(options, "_refresh_state", None)
    if options is None or state is None:
        return None
    return Refresh(
        state, statement._compile_options._only_load_props, options._is_user_refresh, bool(options._autoflush)
    )


def is_in(session: Session, state: State) -> bool:
    """Whether the session has the entity, new or with a row."""
    if state.key is None:
        return state in session._new
    return session.identity_map._dict.get(state.key) is state


def commit_all(session: Session, state: State) -> None:
    """Take what the entity has for what its row has."""
    state._commit_all(state.dict, session.identity_map)


def commit_some(state: State, names: Collection[str]) -> None:
    """Take what the entity has in these attributes for what its row has."""
    state._commit(state.dict, names)


def reset(state: State, name: str) -> None:
    """Forget what an attribute has, so that it is loaded when it is next read."""
    state._reset(state.dict, name)


def identity_of(mapper: Mapper[Any], state: State) -> Any:
    """The identity key that an entity has, or would have."""
    return state.key or mapper._identity_key_from_state(state)


# Lazy loading


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


# Loading


def tell_loaded(session: Session, state: State) -> None:
    """Tell those who want to know that an instance was loaded."""
    state.manager.dispatch.load(state, None)
    session.dispatch.loaded_as_persistent(session, state)


def hears_refresh(mapper: Mapper[Any]) -> bool:
    """Whether somebody wants to be told of attributes that are loaded afresh."""
    return bool(mapper.class_manager.dispatch.refresh)


def tell_refreshed(state: State, names: Collection[str] | None) -> None:
    """Tell those who want to know that attributes were loaded afresh."""
    if state.manager.dispatch.refresh:
        state.manager.dispatch.refresh(state, None, names)


def unloaded(state: State) -> set[str]:
    """The attributes that have neither a value nor a change."""
    return state.unloaded


# Subqueries


@attrs.frozen(eq=False)
class Selected:
    """What a SELECT says, after it is correlated to those around it.

    Attributes:
        columns: what it gives.
        froms: what it reads: tables, their aliases, joins and whatever else there is.
        where: the conditions, all of which hold.
        order_by: the keys of its order.
        limit: how many rows it gives at the most.
        offset: how many rows it leaves out before those.
        distinct: whether it leaves out what it has given.
        others: the names of its other clauses.
    """

    columns: tuple[Any, ...]
    froms: tuple[Any, ...]
    where: tuple[Any, ...]
    order_by: tuple[Any, ...]
    limit: Any
    offset: Any
    distinct: bool
    others: tuple[str, ...]


_OTHER_CLAUSES = {
    "_group_by_clauses": "GROUP BY",
    "_having_criteria": "HAVING",
    "_post_select_clause": "an extension",
    "_pre_columns_clause": "an extension",
    "_post_criteria_clause": "an extension",
    "_post_body_clause": "an extension",
    "_fetch_clause": "FETCH",
    "_for_update_arg": "FOR UPDATE",
    "_independent_ctes": "WITH",
    "_prefixes": "a prefix",
    "_suffixes": "a suffix",
}


def selected(select: Select[Any], around: Collection[Any], far_around: Collection[Any]) -> Selected | None:
    """What a SELECT says; None where it would have nothing left to read from.

    Args:
        select: of tables, or of entities.
        around: what the SELECT right around it reads.
        far_around: what that and those around it read.
    """
    state: Any = select._compile_state_factory(select, select._default_compiler())
    statement: Any = state.statement
    try:
        froms = state._get_display_froms(far_around, around)
    except InvalidRequestError:
        return None
    clauses = ((getattr(statement, name), word) for name, word in _OTHER_CLAUSES.items())
    others = [word for clause, word in clauses if clause is not None and not (isinstance(clause, tuple) and not clause)]
    return Selected(
        tuple(statement.selected_columns),
        tuple(froms),
        tuple(statement._where_criteria),
        tuple(statement._order_by_clauses),
        statement._limit_clause,
        statement._offset_clause,
        statement._distinct,
        tuple(others),
    )
