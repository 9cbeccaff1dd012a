"""What is used of SQLAlchemy's session that is not public: here, so that a new release breaks in one known place.

`lazy_loading` has the two hooks of its attributes.
"""
# pyright: reportPrivateUsage=false

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    CursorResult,
    Delete,
    Dialect,
    Engine,
    Select,
    Table,
    Transaction,
    Update,
    bindparam,
)
from sqlalchemy.orm import Mapper, RelationshipProperty, Session, SessionTransaction, persistence
from sqlalchemy.orm.context import QueryContext, _orm_load_exec_options
from sqlalchemy.orm.loading import _new_runid
from sqlalchemy.orm.unitofwork import UOWTransaction
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import WARN_LINTING
from sqlalchemy.sql.elements import BooleanClauseList


def left_to_others(session: Session) -> list[Transaction]:
    """The transactions that the session's own one runs in, and neither commits nor closes."""
    transaction = session.get_transaction()
    return [] if transaction is None else [held[1] for held in set(transaction._connections.values()) if not held[2]]


def held(session: Session, bind: Engine | Connection) -> Connection | None:
    """The connection on which the session's transaction runs there, if it has begun: asking for it takes ten calls."""
    transaction = session._transaction
    found = None if transaction is None else transaction._connections.get(bind)
    return None if found is None else found[0]


def stand_in(transaction: SessionTransaction, connection: Connection, other: Any) -> Transaction:
    """Let the session's transaction end another one in place of a connection's own, which is returned."""
    held, own, committed, closed = transaction._connections[connection]
    entry: Any = (held, other, committed, closed)
    transaction._connections[connection] = transaction._connections[connection.engine] = entry
    return own


def around_begin(transaction: SessionTransaction, block: Callable[[Engine], AbstractContextManager[None]]) -> None:
    """Let the session's transaction enter a block wherever it may begin one of an engine's connections."""
    begin: Any = transaction._connection_for_bind

    def inside(engine: Engine, options: Any) -> Any:
        with block(engine):
            return begin(engine, options)

    vars(transaction)["_connection_for_bind"] = inside


LOADING = _orm_load_exec_options
"""The execution options of a statement whose rows `entities` reads."""


def entities(
    cursor: CursorResult[Any],
    session: Session,
    statement: Select[Any],
    parameters: Mapping[str, object],
    bind_arguments: dict[str, Any],
) -> list[Any]:
    """The entities in the rows of a SELECT of one class, each once, with what is loaded along with them.

    What `sqlalchemy.orm.loading.instances` does without a `Result` around it, which costs as much as ten rows.
    """
    context, (read, *_) = _loading(cursor, session, statement, parameters, bind_arguments)
    found = [read(row) for row in cursor._raw_all_tuples()]
    _load_later(context)
    return list({id(each): each for each in found}.values()) if context.requires_uniquing else found


def placed_entities(
    cursor: CursorResult[Any],
    session: Session,
    statement: Select[Any],
    parameters: Mapping[str, object],
    bind_arguments: dict[str, Any],
) -> list[tuple[Any, tuple[object, ...]]]:
    """The same, each with what is behind the entity in its row."""
    context, (read, *others) = _loading(cursor, session, statement, parameters, bind_arguments)
    found = [(read(row), tuple([other(row) for other in others])) for row in cursor._raw_all_tuples()]
    _load_later(context)
    return list({id(each[0]): each for each in found}.values()) if context.requires_uniquing else found


def rows_of(cursor: CursorResult[Any]) -> list[tuple[Any, ...]]:
    """All rows, as plain tuples."""
    return list(cursor._raw_all_tuples())


class RowReader:
    """Makes entities of the rows of a SELECT of one class, which may have more columns behind, a few at a time."""

    def __init__(
        self, cursor: CursorResult[Any], session: Session, statement: Select[Any], bind_arguments: dict[str, Any]
    ) -> None:
        self._cursor = cursor
        self._context, (self._read, *self._others) = _loading(cursor, session, statement, {}, bind_arguments)
        self._later = dict(self._context.post_load_paths)
        self.few_at_a_time = not (self._context.requires_uniquing or self._context.loaders_require_buffering)
        """Whether the rows of an entity never follow later, as those of a joined collection may."""

    def all_rows(self) -> Sequence[Any]:
        """All rows at once, as plain tuples."""
        return self._cursor._raw_all_tuples()

    def entities(self, rows: Sequence[Any]) -> list[Any]:
        """The entities in the rows, with what is loaded along with them."""
        context, read = self._context, self._read
        context.partials = {}
        context.post_load_paths.update(self._later)
        found = [read(row) for row in rows]
        _load_later(context)
        return found

    def others(self, row: Any) -> tuple[object, ...]:
        """What is behind the entity in a row."""
        return tuple(read(row) for read in self._others)

    def values(self, row: Any, columns: Iterable[Column[Any]]) -> tuple[object, ...]:
        """What the entity's own columns hold in a row."""
        cursor: Any = self._cursor
        return tuple(cursor._getter(column)(row) for column in columns)


def _loading(
    cursor: CursorResult[Any],
    session: Session,
    statement: Select[Any],
    parameters: Mapping[str, object],
    bind_arguments: dict[str, Any],
) -> tuple[Any, list[Callable[[Any], Any]]]:
    """The context in which rows are read, and what reads them, the entity first."""
    executed: Any = cursor.context
    state = executed.compiled.compile_state
    context: Any = QueryContext(
        state, statement, statement, parameters, session, QueryContext.default_load_options, LOADING, bind_arguments
    )
    context.runid, context.post_load_paths, context.partials = _new_runid(), {}, {}
    try:
        return context, [each.row_processor(context, cursor)[0] for each in state._entities]
    except BaseException:
        cursor.close()
        raise


def _load_later(context: Any) -> None:
    """Load what the rows told to load by further statements, which may tell more."""
    later = context.post_load_paths
    while later:
        loads = list(later.items())
        later.clear()
        for path, load in loads:
            load.invoke(context, path)


def selects_without_join(relationship: RelationshipProperty[Any]) -> bool:
    """Whether what is related is loaded out of its own table alone."""
    loader: Any = relationship._get_strategy((("lazy", "selectin"),))
    return bool(loader.omit_join)


def compiled_for(engine: Engine, statement: Select[Any] | Update | Delete, names: Iterable[str]) -> Any:
    """Compile a statement with these parameters, such that the engine finds it when it is executed.

    It comes with the parameters that stand for the values in the statement, or None if it cannot be cached; then with
    the values given by ``params()``.
    """
    cache: Any = engine._compiled_cache  # pyright: ignore[reportUnknownMemberType]  # a cache of anything
    return _compile(statement, names, engine.dialect, cache)


def compile_update(mapper: Mapper[Any], table: Table, column: ColumnElement[Any], dialect: Dialect) -> None:
    """Compile the UPDATE of one column, such that a flush finds it."""
    base: Any = mapper.base_mapper
    version = mapper.version_id_col
    compared: list[Any] = list(mapper._pks_by_table[table])
    names = [str(column.key)]
    if version is not None and version in mapper._cols_by_table[table]:
        compared.append(version)
        names.append(str(version.key))

    def statement(_: object = None) -> Update:
        clauses = BooleanClauseList._construct_raw(operators.and_)
        for each in compared:
            clauses._append_inplace(each == bindparam(each._label, type_=each.type))
        return table.update().where(clauses)

    kept: Update = base._memo(("update", table), statement)
    compiled, *_ = _compile(kept, [*names, *(each._label for each in compared)], dialect, base._compiled_cache)
    for name in ("_bind_processors", "effective_returning"):  # worked out when they are first asked for
        getattr(compiled, name)


def flush_nothing(session: Session, mapper: Mapper[Any]) -> None:
    """Let the mapper work out what it keeps for all flushes, by one that has no entities."""
    flush: Any = UOWTransaction(session)
    flush.transaction = session.get_transaction() or session.begin()
    steps: Any = persistence
    steps._save_obj(mapper.base_mapper, [], flush)
    steps._delete_obj(mapper.base_mapper, [], flush)
    for name in ("_table_to_equated", "_propkey_to_col"):  # worked out for the first entity alone
        getattr(mapper, name)


def _compile(statement: Any, names: Iterable[str], dialect: Dialect, cache: Any) -> Any:
    return statement._compile_w_cache(
        dialect,
        compiled_cache=cache,
        column_keys=sorted(names),
        linting=dialect.compiler_linting | WARN_LINTING,
    )
