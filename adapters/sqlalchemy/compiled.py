"""Statements that are run again and again, without what looking anew for their compiled forms costs: as much as a row.

What is used here of SQLAlchemy's connection is not public; `private` has what is used of its session.
"""
# pyright: reportPrivateUsage=false

from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

import attrs
from sqlalchemy import Connection, CursorResult, Delete, Engine, Select, Update
from sqlalchemy.engine.interfaces import CacheStats

from unitofwork.adapters.sqlalchemy.engines.driver_calls import others_execute
from unitofwork.adapters.sqlalchemy.private import LOADING, compiled_for

S = TypeVar("S", bound=Select[Any] | Update | Delete)
T = TypeVar("T")

_CHANGING = ("compiled_cache", "schema_translate_map", "yield_per")
"""Execution options of a connection that change how a statement is compiled or run."""


@attrs.frozen(eq=False)
class _Compiled:
    """What a statement was compiled to for the connections with these execution options, if that can be kept."""

    form: Any
    extracted: Any
    given: Mapping[str, object]
    used: Any


class CompiledStatement(Generic[S]):
    """A statement that is always run with the same parameters' names; it keeps its compiled form for each engine."""

    __slots__ = ("_known", "statement")

    def __init__(self, statement: S) -> None:
        self.statement = statement
        self._known: dict[Engine, _Compiled | None] = {}

    def compile(self, engine: Engine, names: Iterable[str]) -> CacheStats:
        """Compile the statement, before it is first needed; return whether the engine's cache had it."""
        options: Any = engine.get_execution_options()
        found: CacheStats
        form, extracted, values, found = compiled_for(engine, self.statement, names)
        kept = extracted is not None and not values and not any(name in options for name in _CHANGING)
        self._known[engine] = _Compiled(form, extracted, options, options.merge_with(LOADING)) if kept else None
        return found

    def execute(self, connection: Connection, parameters: Mapping[str, object]) -> CursorResult[Any]:
        """Do what `Connection.execute` does; listeners and options that have a say in it take the way through that."""
        engine, dialect = connection.engine, connection.dialect
        found = dialect.CACHE_HIT if engine in self._known else self.compile(engine, parameters)
        known, heard = self._known[engine], _heard(connection)
        if (
            known is None
            or connection._execution_options is not known.given
            or heard.before_execute
            or heard.after_execute
        ):
            return connection.execute(self.statement, parameters, execution_options=LOADING)
        context: Any = dialect.execution_ctx_cls
        return connection._execute_context(
            dialect,
            context._init_compiled,
            known.form,
            [parameters],
            known.used,
            known.form,
            [parameters],
            self.statement,
            known.extracted,
            cache_hit=found,
        )


class CompiledSelect(CompiledStatement[Select[T]], Generic[T]):
    """A SELECT of entities."""

    __slots__ = ()


def run_unanswered(connection: Connection, statement: str, values: tuple[Any, ...]) -> None:
    """Do what `Connection.exec_driver_sql` does, of a statement whose answer nobody reads; nobody is passed over.

    What SQLAlchemy does for those who listen, and for the answer, takes longer than SQLite takes for the statement.
    """
    heard, dialect = _heard(connection), connection.dialect
    if heard.before_cursor_execute or heard.after_cursor_execute or others_execute(dialect) or connection._echo:
        connection.exec_driver_sql(statement, values).close()
        return
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, values)
        cursor.close()
    except BaseException as error:
        connection._handle_dbapi_exception(error, statement, values, cursor, None)


def _heard(connection: Connection) -> Any:
    """Who listens: asking the connection, which asks its engine in turn, takes as long as five of the engine's own."""
    return connection.dispatch if connection._has_events else connection.engine.dispatch
