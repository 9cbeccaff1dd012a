"""The database port over a SQLAlchemy engine."""

from typing import cast

from sqlalchemy import URL, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.orm import registry
from sqlalchemy.pool import ConnectionPoolEntry

from unitofwork.adapters.orm import check_registry
from unitofwork.adapters.sqlalchemy import engines
from unitofwork.adapters.sqlalchemy.engines import sqlite
from unitofwork.adapters.sqlalchemy.errors.sqlite import Parameters, classify
from unitofwork.adapters.sqlalchemy.keys import KeyLookups
from unitofwork.adapters.sqlalchemy.lazy_loading import guard
from unitofwork.adapters.sqlalchemy.orm_session import OrmSession
from unitofwork.adapters.sqlalchemy.session import SqlAlchemySession


class SqlAlchemyDatabase:
    """A SQL database that keeps the entities of a registry.

    Args:
        url_or_engine: a URL, for which an engine is made with this library's settings; or an engine that has not
            connected yet, which is given them. Nothing connects before a unit of work asks for something.
        mapping: the registry that the application's classes were mapped with. It is checked here.

    Raises:
        ValueError: the URL is none, or the database is not supported.
        MappingError: the mapping does not fit the classes.
    """

    def __init__(self, url_or_engine: str | URL | Engine, mapping: registry) -> None:
        check_registry(mapping)
        guard(mapping)
        self.mapping = mapping
        """The registry that the entities are mapped with."""
        engine = url_or_engine if isinstance(url_or_engine, Engine) else engines.create(url_or_engine)
        engines.prepare(engine)
        self.engine = engine.execution_options(**{sqlite.READ_ONLY: False})
        """The engine of units that may write. Others may share its pool; what runs on this one raises our errors."""
        self._reading = engine.execution_options(**{sqlite.READ_ONLY: True})
        self._keys = KeyLookups(mapping, engine.dialect)
        event.listen(engine, "handle_error", self._typed)

    def session(self, *, read_only: bool, autoflush: bool, expire_on_commit: bool) -> SqlAlchemySession:
        """Open a session; it takes a connection from the pool with its first operation."""
        return SqlAlchemySession(
            OrmSession(
                self._reading if read_only else self.engine,
                read_only=read_only,
                autoflush=autoflush,
                expire_on_commit=expire_on_commit,
            ),
            self._keys,
        )

    def create_schema(self) -> None:
        """Create the mapping's tables that are missing."""
        self.mapping.metadata.create_all(self.engine)

    def drop_schema(self) -> None:
        """Drop the mapping's tables, with all that is in them."""
        self.mapping.metadata.drop_all(self.engine)

    def dispose(self) -> None:
        """Close idle connections; a unit of work that is open keeps its own until it is closed."""
        pool = self.engine.pool
        self.engine.dispose()
        event.listen(pool, "checkin", _close)  # nobody takes what comes back to a pool that was replaced

    def _typed(self, context: ExceptionContext) -> BaseException | None:
        if context.engine is not self.engine and context.engine is not self._reading:
            return None
        return classify(
            context.original_exception,
            self.mapping,
            context.connection,
            context.statement,
            cast(Parameters, context.parameters),
        )

    def __repr__(self) -> str:
        return f"<SqlAlchemyDatabase {self.engine.url.render_as_string(hide_password=True)}>"


def _close(_connection: object, record: ConnectionPoolEntry) -> None:
    record.invalidate()
