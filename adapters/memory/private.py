"""What the twin uses of SQLAlchemy that is not public: here, so that a new release breaks in one known place.

What it shares with the SQL adapter is in `adapters.session`.
"""
# pyright: reportPrivateUsage=false

from collections.abc import Collection, Generator, Iterable, Mapping, Set
from contextlib import contextmanager
from typing import Any, TypeAlias, cast

import attrs
from sqlalchemy import Column, Delete, Insert, Select, Table, Update
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import InstanceState, Mapper, RelationshipProperty, Session
from sqlalchemy.orm.base import LoaderCallableStatus, PassiveFlag

State: TypeAlias = InstanceState[Any]

_NONE: Mapping[str, Any] = {}

# The connection


def connection_in_use(session: Session, engine: object) -> Any:
    """The connection of the session's open transaction, if it has one already and nothing has gone wrong."""
    transaction: Any = session._transaction
    if transaction is None or not transaction.is_active:
        return None
    held = transaction._connections.get(engine)
    return None if held is None else held[0]


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


def attach(session: Session, state: State, key: Any) -> None:
    """Make a new instance of the session's: it has a row."""
    state.key = key
    state.session_id = session.hash_key
    session.identity_map._add_unpresent(state, key)


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


AT_ONCE = PassiveFlag.PASSIVE_OFF | PassiveFlag.NO_RAISE
"""How what comes along with an entity is loaded, whatever the mapping says of reading it."""

WAS_SET = LoaderCallableStatus.ATTR_WAS_SET
EMPTY = LoaderCallableStatus.ATTR_EMPTY
NEVER_SET = LoaderCallableStatus.NEVER_SET
NO_RESULT = LoaderCallableStatus.PASSIVE_NO_RESULT
OTHER_CLASS = LoaderCallableStatus.PASSIVE_CLASS_MISMATCH


# Loading


def hears_load(mapper: Mapper[Any]) -> bool:
    """Whether somebody wants to be told of instances that are loaded."""
    return bool(mapper.class_manager.dispatch.load)


def tell_loaded(state: State) -> None:
    """Tell those who want to know that an instance was loaded."""
    state.manager.dispatch.load(state, None)


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


# Flushing in one pass


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
    """

    written: dict[str, Column[Any]]
    none_is_given: frozenset[Column[Any]]
    given_as_none: frozenset[str]
    fetched: tuple[Column[Any], ...]
    has_owners: bool
    order: str


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


@attrs.frozen
class Changes:
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
    return state.mapper._is_orphan(state)


def pending_mutations(state: State) -> Set[str]:
    """The collections to which something was added without loading them."""
    pending: Mapping[str, Any] = state.__dict__.get("_pending_mutations", _NONE)
    return pending.keys()


def is_in(session: Session, state: State) -> bool:
    """Whether the session has the entity, new or with a row."""
    return session._contains_state(state)


def before_saving(state: State, connection: Any) -> None:
    """Tell the mapper's listeners that a row is about to be written."""
    events: Any = state.mapper.dispatch
    (events.before_update if state.key else events.before_insert)(state.mapper, connection, state)


def after_saving(state: State, connection: Any, *, is_new: bool) -> None:
    """Tell the mapper's listeners that a row was written."""
    events: Any = state.mapper.dispatch
    (events.after_insert if is_new else events.after_update)(state.mapper, connection, state)


def around_deleting(states: Iterable[State], connection: Any, *, before: bool) -> None:
    """Tell the mapper's listeners that rows are about to be deleted, or were."""
    for state in states:
        events: Any = state.mapper.dispatch
        (events.before_delete if before else events.after_delete)(state.mapper, connection, state)


def is_changed(state: State, name: str, value: object) -> bool:
    """Whether an attribute that was set has another value than its row."""
    return state.manager[name].impl.is_equal(value, state.committed_state[name]) is not True


def set_quietly(state: State, name: str, value: object) -> None:
    """Set an attribute as a flush does."""
    state.manager[name].impl.set(state, state.dict, value, None)


def expire_some(state: State, names: Iterable[str]) -> None:
    """Have attributes loaded when they are next read."""
    state._expire_attributes(state.dict, names)


def find_referred(states: Iterable[State], name: str) -> None:
    """Look in the session for what deleted entities refer to, as SQLAlchemy does until it has found it for one."""
    for state in states:
        how = PassiveFlag.PASSIVE_NO_FETCH_RELATED | PassiveFlag.LOAD_AGAINST_COMMITTED | PassiveFlag.NO_RAISE
        if not state.manager[name].impl.get_history(state, state.dict, how).empty():
            return


def key_order(mapper: Mapper[Any]) -> Any:
    """By what a flush sorts entities that have rows."""
    inside: Any = mapper
    return inside._persistent_sortkey_fn


@contextmanager
def flushing(session: Session, saved: set[State], deleted: set[State]) -> Generator[None]:
    """Around writing what was changed: the transaction is rolled back on an error, and else entities are as written."""
    session._autobegin_t()
    try:
        session._warn_on_events = True
        try:
            yield
        finally:
            session._warn_on_events = False
        if deleted:
            session._remove_newly_deleted(deleted)
        if saved:
            session._register_persistent(saved)
    except BaseException:
        session._autobegin_t()._begin().rollback(_capture_exception=True)
        raise


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
