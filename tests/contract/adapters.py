"""The adapters that the contract is run on. To add one, add it to `ADAPTERS`; no test names a database."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeAlias

import attrs
from sqlalchemy import URL, Engine, event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import registry

from contract.driving import Driver, driving
from contract.outer import BeginOuter, begin_driven, begin_in_memory, begin_on_connection
from servers.plugin import lender
from unitofwork import AsyncSqlAlchemyDatabase, Database, MemoryDatabase, SqlAlchemyDatabase
from unitofwork.adapters.memory.awaiting import enter_run
from unitofwork.adapters.sqlalchemy import engines


class Probe(Protocol):
    """What a test may ask of a database from outside of any unit of work."""

    def checked_out(self) -> int:
        """How many connections are in use."""
        ...

    def statements(self) -> list[str]:
        """What was sent since this was last asked, in the database's language; empty where there is none."""
        ...


Open: TypeAlias = Callable[[Path, registry], AbstractContextManager[tuple[Database, Probe]]]
"""Opens an empty database with the schema of a mapping, which may keep files in the folder."""


@attrs.frozen
class Adapter:
    """One way of keeping entities."""

    name: str
    open: Open
    capabilities: frozenset[str]
    begin_outer: BeginOuter = begin_on_connection


class SqlProbe:
    """Watches a SQL database."""

    def __init__(self, engine: Engine) -> None:
        self._checked_out = 0
        self._sent: list[str] = []
        event.listen(engine, "checkout", self._count_out)
        event.listen(engine, "checkin", self._count_in)
        event.listen(engine, "before_cursor_execute", self._note)

    def checked_out(self) -> int:
        return self._checked_out

    def statements(self) -> list[str]:
        sent, self._sent = self._sent, []
        return sent

    def _count_out(self, *_: object) -> None:
        self._checked_out += 1

    def _count_in(self, *_: object) -> None:
        self._checked_out -= 1

    def _note(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self._sent.append(statement)


@contextmanager
def _opened(url: str | URL, mapping: registry, *, create: bool) -> Generator[tuple[Database, Probe]]:
    engine = engines.create(url)
    database = SqlAlchemyDatabase(engine, mapping)
    try:
        if create:
            database.create_schema()
        yield database, SqlProbe(engine)
    finally:
        database.dispose()


def _embedded(url: Callable[[Path], str]) -> Open:
    """A database of its own for each test."""
    return lambda folder, mapping: _opened(url(folder), mapping, create=True)


def _served(database: str) -> Open:
    """A database of the run's server, which one test after the other uses."""

    @contextmanager
    def open_database(_folder: Path, mapping: registry) -> Generator[tuple[Database, Probe]]:
        def create(url: URL) -> None:
            with _opened(url, mapping, create=True):
                pass

        with lender(database).lent(mapping.metadata, create) as url, _opened(url, mapping, create=False) as opened:
            yield opened

    return open_database


@contextmanager
def _opened_awaited(url: str | URL, mapping: registry, *, create: bool) -> Generator[tuple[Database, Probe]]:
    engine = engines.create(engines.awaited_url(url))
    database = AsyncSqlAlchemyDatabase(AsyncEngine(engine), mapping)
    with asyncio.Runner() as loop:
        try:
            if create:
                loop.run(database.create_schema())
            with driving(Driver(loop), database):
                yield database.sync, SqlProbe(engine)
        finally:
            loop.run(database.aclose())


def _embedded_awaited(url: Callable[[Path], str]) -> Open:
    """A database of its own for each test, on asyncio."""
    return lambda folder, mapping: _opened_awaited(url(folder), mapping, create=True)


def _served_awaited(database: str, driver: str) -> Open:
    """The run's server, on asyncio."""

    @contextmanager
    def open_database(_folder: Path, mapping: registry) -> Generator[tuple[Database, Probe]]:
        def create(url: URL) -> None:
            with _opened(url, mapping, create=True):
                pass

        with lender(database).lent(mapping.metadata, create) as url:
            awaited = url.set(drivername=f"{database}+{driver}")
            with _opened_awaited(awaited, mapping, create=False) as opened:
                yield opened

    return open_database


@contextmanager
def _in_memory_awaited(_folder: Path, mapping: registry) -> Generator[tuple[Database, Probe]]:
    database = MemoryDatabase(mapping)
    with asyncio.Runner() as loop, database.counting() as statements, driving(Driver(loop, enter_run), database):
        yield database.sync, MemoryProbe(database, statements)


class MemoryProbe:
    """Watches a database in memory."""

    def __init__(self, database: MemoryDatabase, statements: list[str]) -> None:
        self._database = database
        self._statements = statements

    def checked_out(self) -> int:
        return self._database.checked_out

    def statements(self) -> list[str]:
        sent = self._statements.copy()
        self._statements.clear()
        return sent


@contextmanager
def _in_memory(_folder: Path, mapping: registry) -> Generator[tuple[Database, Probe]]:
    database = MemoryDatabase(mapping)
    with database.counting() as statements:
        yield database, MemoryProbe(database, statements)


_SQL = frozenset({"savepoints", "outer_transaction", "statements", "threads", "interrupts"})


def _awaited(capabilities: frozenset[str]) -> frozenset[str]:
    """An event loop has one thread, and is ended by an interrupt."""
    return capabilities - {"threads", "interrupts"}


_CONCURRENT = _SQL | {"concurrent_readers", "concurrent_writers", "read_committed", "row_locks"}
_SERVER = _CONCURRENT | {"waits"}

ADAPTERS = (
    Adapter(
        "sqlite-file", _embedded(lambda folder: f"sqlite:///{folder / 'contract.db'}"), _SQL | {"concurrent_readers"}
    ),
    Adapter("sqlite-memory", _embedded(lambda _: "sqlite://"), _SQL),
    Adapter("postgresql", _served("postgresql"), _SERVER),
    Adapter("mariadb", _served("mariadb"), _SERVER),
    Adapter("memory", _in_memory, _CONCURRENT | {"never_waits"}, begin_in_memory),
)
"""Without asyncio."""

ON_ASYNCIO = (
    Adapter(
        "memory-asyncio", _in_memory_awaited, _awaited(_CONCURRENT | {"never_waits"}), begin_driven(begin_in_memory)
    ),
    Adapter(
        "sqlite-asyncio",
        _embedded_awaited(lambda folder: f"sqlite:///{folder / 'contract.db'}"),
        _awaited(_SQL | {"concurrent_readers"}),
        begin_driven(begin_on_connection),
    ),
    Adapter(
        "postgresql-asyncio",
        _served_awaited("postgresql", "psycopg"),
        _awaited(_SERVER),
        begin_driven(begin_on_connection),
    ),
    Adapter(
        "postgresql-asyncpg",
        _served_awaited("postgresql", "asyncpg"),
        _awaited(_SERVER),
        begin_driven(begin_on_connection),
    ),
    Adapter(
        "mariadb-asyncio",
        _served_awaited("mariadb", "aiomysql"),
        _awaited(_SERVER),
        begin_driven(begin_on_connection),
    ),
)
"""The same, driven through the facade of asyncio."""
