"""A database of this run's own on a server, so that nothing is touched that was there."""

from collections.abc import Generator
from contextlib import contextmanager
from secrets import token_hex

from sqlalchemy import URL, Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import registry

from unitofwork.adapters.sqlalchemy import SqlAlchemyDatabase, engines
from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.entrypoints.testing.settings import worker

_DROP = {"postgresql": "DROP DATABASE {name} WITH (FORCE)"}


@contextmanager
def own_database(url: str) -> Generator[URL]:
    """Create a database, and drop it at the end of the block, even while somebody is connected to it.

    Raises:
        UnitOfWorkError: it may not be created.
        DatabaseUnavailable, ConnectionLost: the server cannot be reached.
    """
    name = f"unitofwork_{worker()}_{token_hex(6)}"
    given = engines.parsed_url(url)
    _reach(given)
    try:
        _administer(given, f"CREATE DATABASE {name}")
    except SQLAlchemyError as error:
        raise UnitOfWorkError(
            "no database could be created beside the one of the URL, for tests to have one of their own: let the user"
            " create databases, or name an empty one and set uow_in_place = true"
        ) from error
    try:
        yield given.set(database=name)
    finally:
        _administer(given, _DROP.get(given.get_backend_name(), "DROP DATABASE {name}").format(name=name))


@contextmanager
def database_in_place(url: str, mapping: registry) -> Generator[URL]:
    """The database of the URL itself, if it is empty.

    Raises:
        UnitOfWorkError: it holds tables.
    """
    given = engines.parsed_url(url)
    schemas = {None, *(table.schema for table in mapping.metadata.tables.values())}
    _reach(given)
    with _connected(given) as connection:
        inspector = inspect(connection)
        there = sorted({name for schema in schemas for name in inspector.get_table_names(schema)})
    if there:
        names = ", ".join(there[:5]) + ", ..." * (len(there) > 5)
        raise UnitOfWorkError(
            f"the database holds tables that this run did not make ({names}), and is left alone: name an empty one, or"
            " set uow_in_place = false"
        )
    yield given


def _reach(url: URL) -> None:
    """Connect once as a database does, which says by one of our errors that it cannot."""
    database = SqlAlchemyDatabase(url, registry())
    try:
        database.engine.connect().close()
    finally:
        database.dispose()


def _administer(url: URL, statement: str) -> None:
    with _connected(url) as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text(statement))


@contextmanager
def _connected(url: URL) -> Generator[Connection]:
    """A plain connection, which sends nothing by itself before CREATE DATABASE."""
    engine = engines.create(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
