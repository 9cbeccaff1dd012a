"""The same adapters, driven through the facade of asyncio."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import registry

from contract.adapters import Adapter, Open, Probe
from contract.embedded import CONCURRENT, SQL, MemoryProbe, SqlProbe
from contract.outer import BeginOuter, Outer, begin_in_memory, begin_on_connection
from judged.driving import Driver, driving, inside_loop
from judged.served import SERVER, create
from servers.plugin import lender
from unitofwork import AsyncSqlAlchemyDatabase, Database, MemoryDatabase
from unitofwork.adapters.memory.awaiting import InsideRun, enter_run
from unitofwork.adapters.sqlalchemy import engines


@contextmanager
def _opened(url: str | URL, mapping: registry, *, create: bool) -> Generator[tuple[Database, Probe]]:
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


def _in_folder(url: Callable[[Path], str]) -> Open:
    """A database of its own for each test."""
    return lambda folder, mapping: _opened(url(folder), mapping, create=True)


def _served(database: str, driver: str) -> Open:
    """The run's server."""

    @contextmanager
    def open_database(_folder: Path, mapping: registry) -> Generator[tuple[Database, Probe]]:
        with lender(database).lent(mapping.metadata, lambda url: create(url, mapping)) as url:
            awaited = url.set(drivername=f"{database}+{driver}")
            with _opened(awaited, mapping, create=False) as opened:
                yield opened

    return open_database


@contextmanager
def _in_memory(_folder: Path, mapping: registry) -> Generator[tuple[Database, Probe]]:
    database = MemoryDatabase(mapping)
    with asyncio.Runner() as loop, database.counting() as statements, driving(Driver(loop, enter_run), database):
        yield database.sync, MemoryProbe(database, statements)


def _begin(begin: BeginOuter) -> BeginOuter:
    """Begin inside the event loop of the test."""

    @contextmanager
    def begin_inside(database: Database) -> Generator[Outer]:
        with inside_loop(begin(database)) as outer:
            yield outer

    return begin_inside


@contextmanager
def _begin_in_memory(database: Database) -> Generator[Outer]:
    assert isinstance(database, InsideRun)
    with begin_in_memory(database.database) as outer:
        yield outer


def _awaited(capabilities: frozenset[str]) -> frozenset[str]:
    """An event loop has one thread, and is ended by an interrupt."""
    return capabilities - {"threads", "interrupts"}


_on_connection = _begin(begin_on_connection)

ON_ASYNCIO = (
    Adapter("memory-asyncio", _in_memory, _awaited(CONCURRENT | {"never_waits"}), _begin(_begin_in_memory)),
    Adapter(
        "sqlite-asyncio",
        _in_folder(lambda folder: f"sqlite:///{folder / 'contract.db'}"),
        _awaited(SQL | {"concurrent_readers"}),
        _on_connection,
    ),
    Adapter("postgresql-asyncio", _served("postgresql", "psycopg"), _awaited(SERVER), _on_connection),
    Adapter("postgresql-asyncpg", _served("postgresql", "asyncpg"), _awaited(SERVER), _on_connection),
    Adapter("mariadb-asyncio", _served("mariadb", "aiomysql"), _awaited(SERVER), _on_connection),
)
