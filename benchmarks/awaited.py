"""What a unit of work on asyncio costs beside a plain ``AsyncSession``.

Both sides have engines with the same settings and the same driver, and send the same statements. The piece of work is a
small unit: get a row by its key, change a column, commit; done by one task after the other, or by fifty at once, each
with a row of its own.

Run it by ``make bench``; ``--help`` lists what can be chosen.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from functools import partial
from itertools import count

from alternately import Comparison, Figures, Side, main
from databases import fresh
from overhead import KEYS, PlainUser, User, name_of, users_table
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import registry

from unitofwork import (
    AsyncSqlAlchemyDatabase,
    AsyncUnitOfWork,
    EngineOptions,
    UnitOfWork,
    awaited,
    map_entity,
    repository,
)
from unitofwork.adapters.sqlalchemy import engines
from unitofwork.adapters.sqlalchemy.engines.backend import READ_ONLY

AT_MOST = 1.10
TASKS = 50

OPTIONS = {
    # One writer at a time: others would wait in SQLite's own way, which knows no order and measures patience.
    "aiosqlite": EngineOptions(pool_size=1, max_overflow=0, pool_timeout=60),
    "asyncpg": EngineOptions(pool_size=10, max_overflow=0, pool_timeout=60),
    "psycopg": EngineOptions(pool_size=10, max_overflow=0, pool_timeout=60),
}
DATABASES = {"aiosqlite": "sqlite", "asyncpg": "postgresql", "psycopg": "postgresql"}


class Accounts(UnitOfWork):
    users = repository(User)


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    users = awaited(Accounts.users)


Unit = Callable[[int, str], Awaitable[None]]
"""Gives the user with a key another name."""


def opened(loop: asyncio.Runner, url: URL, driver: str) -> tuple[AsyncSqlAlchemyDatabase, Unit]:
    """A database with users, and a small unit, by this library."""
    mapping = registry()
    map_entity(mapping, User, users_table(mapping))
    database = AsyncSqlAlchemyDatabase(url, mapping, options=OPTIONS[driver])

    async def fill() -> None:
        await database.create_schema()
        async with AsyncAccounts(database) as uow:
            await uow.users.insert_many({"id": key, "name": name_of(key), "fullname": "Full Name"} for key in KEYS)
            await uow.commit()

    async def unit(key: int, name: str) -> None:
        async with AsyncAccounts(database) as uow:
            (await uow.users.get_one(key)).fullname = name
            await uow.commit()

    loop.run(fill())
    return database, unit


def opened_plainly(loop: asyncio.Runner, url: URL, driver: str) -> tuple[AsyncEngine, registry, Unit]:
    """The same, by SQLAlchemy alone."""
    mapping, options = registry(), OPTIONS[driver]
    mapping.map_imperatively(PlainUser, users_table(mapping))
    made = engines.create(engines.awaited_url(url), options)
    backend = engines.backend_of(made)
    backend.prepare(made, options)
    engine = AsyncEngine(backend.bind(made.execution_options(**{READ_ONLY: False}), False, None, options))

    async def fill() -> None:
        async with engine.begin() as connection:
            await connection.run_sync(mapping.metadata.create_all)
        async with AsyncSession(engine) as session:
            session.add_all(PlainUser(name_of(key), "Full Name", key) for key in KEYS)
            await session.commit()

    async def unit(key: int, name: str) -> None:
        async with AsyncSession(engine, expire_on_commit=False) as session:
            (await session.get_one(PlainUser, key)).fullname = name
            await session.commit()

    loop.run(fill())
    return engine, mapping, unit


@contextmanager
def compared(driver: str, tasks: int) -> Generator[Comparison]:
    names = map(str, count())

    def work(unit: Unit) -> Callable[[], None]:
        async def at_once() -> None:
            await asyncio.gather(*(unit(key, next(names)) for key in KEYS[:tasks]))

        return lambda: loop.run(at_once())

    with fresh(DATABASES[driver]) as url, fresh(DATABASES[driver]) as plain_url, asyncio.Runner() as loop:
        database, unit = opened(loop, _by(driver, url), driver)
        engine, mapping, plain_unit = opened_plainly(loop, _by(driver, plain_url), driver)
        yield Comparison(
            Side("unit of work", work(unit), database.engine.sync_engine),
            Side("AsyncSession", work(plain_unit), engine.sync_engine),
            AT_MOST,
            pieces=1 if tasks > 1 else 20,
            in_order=tasks == 1,
        )
        loop.run(database.aclose())
        loop.run(engine.dispose())
        database.sync.mapping.dispose()
        mapping.dispose()


def _by(driver: str, url: URL) -> URL:
    return url.set(drivername=f"{DATABASES[driver]}+{driver}")


FIGURES: Figures = {
    f"small unit, {how}, {driver}": partial(compared, driver, tasks)
    for how, tasks in (("one after the other", 1), (f"{TASKS} tasks at once", TASKS))
    for driver in OPTIONS
}

if __name__ == "__main__":
    sys.exit(main(__doc__, FIGURES))
