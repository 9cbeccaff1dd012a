"""The databases that are compared: each is opened once, and emptied before each history."""

from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from tempfile import TemporaryDirectory
from typing import Protocol

import attrs
from sqlalchemy import URL, Connection, make_url

from properties.twin.memory_side import MemorySide
from properties.twin.model import mapping
from properties.twin.observing import Rows
from servers import Server, mariadb, postgresql
from unitofwork import Database, EngineOptions, SqlAlchemyDatabase
from unitofwork.adapters.memory.database import MemoryDatabase
from unitofwork.adapters.sqlalchemy import engines

LOCK_TIMEOUT = 0.03
"""Both units are used by one thread: what waits for the other one would wait for ever. In seconds."""


class Side(Protocol):
    """A database that can be emptied, and looked into from outside of any unit."""

    @property
    def database(self) -> Database:
        """The database itself."""
        ...

    def empty(self) -> None:
        """Remove all rows, and start the generated keys anew."""
        ...

    def rows(self) -> Rows:
        """The committed rows of every table, in the order of its columns."""
        ...


@attrs.frozen
class SqlSide:
    """A SQL database."""

    database: SqlAlchemyDatabase
    _connection: Connection
    _emptying: tuple[str, ...]

    def empty(self) -> None:
        for statement in self._emptying:
            self._connection.exec_driver_sql(statement)

    def rows(self) -> Rows:
        tables = mapping().metadata.sorted_tables
        filled = self._connection.exec_driver_sql(_filled()).one()
        return {
            table.name: [tuple(row) for row in self._connection.execute(table.select())] if there else []
            for table, there in zip(tables, filled, strict=True)
        }


@contextmanager
def opened(url: URL | str) -> Generator[SqlSide]:
    """A SQL database that is empty as yet."""
    options = EngineOptions(lock_timeout=LOCK_TIMEOUT, ping_after=None)
    database = SqlAlchemyDatabase(url, mapping(), options=options)
    outside = engines.create(url)
    try:
        database.create_schema()
        with outside.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield SqlSide(database, connection, tuple(_emptying(connection)))
    finally:
        outside.dispose()
        database.dispose()


@cache
def _filled() -> str:
    """Asks which tables have rows at all, so that only these are read."""
    tables = mapping().metadata.sorted_tables
    return "SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM {table.name})" for table in tables)


@contextmanager
def side(name: str) -> Generator[Side]:
    """A side by its database's name, with a server of its own where it needs one.

    Raises:
        ServerMissing: this machine has none.
    """
    with ExitStack() as stack:
        if name == "memory":
            twin = MemoryDatabase(mapping())
            yield MemorySide.of(twin, twin.store)
            return
        if name == "sqlite":
            url = make_url(f"sqlite:///{stack.enter_context(TemporaryDirectory())}/twin.db")
        else:
            url = stack.enter_context(SERVERS[name]()).create_database()
        yield stack.enter_context(opened(url))


SERVERS: Mapping[str, Callable[[], AbstractContextManager[Server]]] = {"postgresql": postgresql, "mariadb": mariadb}

SIDES = ("memory", "postgresql", "mariadb", "sqlite")
"""What can be compared."""


def _emptying(connection: Connection) -> list[str]:
    return EMPTYING[connection.dialect.name]()


def _tables() -> list[str]:
    return [table.name for table in reversed(mapping().metadata.sorted_tables)]


def _postgresql() -> list[str]:
    """One round trip: deleting a few rows costs a twentieth of truncating the tables."""
    unlinked = "UPDATE nodes SET parent_id = NULL; UPDATE employees SET mentor_id = NULL"
    deleted = "; ".join(f"DELETE FROM {table}" for table in _tables())
    generated = [table.name for table in mapping().metadata.sorted_tables if table.autoincrement_column is not None]
    restarted = ", ".join(f"setval('{name}_id_seq', 1, false)" for name in generated)
    return [f"{unlinked}; {deleted}; SELECT {restarted}"]


def _sqlite() -> list[str]:
    unlinked = ["UPDATE nodes SET parent_id = NULL", "UPDATE employees SET mentor_id = NULL"]
    return [*unlinked, *(f"DELETE FROM {table}" for table in _tables()), "DELETE FROM sqlite_sequence"]


def _mariadb() -> list[str]:
    tables = [f"TRUNCATE {table}" for table in _tables()]
    return ["SET foreign_key_checks = 0", *tables, "SET foreign_key_checks = 1"]


EMPTYING: Mapping[str, Callable[[], list[str]]] = {
    "postgresql": _postgresql,
    "sqlite": _sqlite,
    "mariadb": _mariadb,
    "mysql": _mariadb,
}
