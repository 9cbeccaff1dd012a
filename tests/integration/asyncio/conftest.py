"""The databases on asyncio, each by a driver."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlalchemy import URL, make_url
from sqlalchemy.orm import registry

from contract import model
from unitofwork import AsyncSqlAlchemyDatabase, EngineOptions

SERVERS = {"psycopg": "postgresql", "asyncpg": "postgresql", "aiomysql": "mariadb"}
DRIVERS = ("aiosqlite", *SERVERS)

Open: TypeAlias = Callable[[], AbstractAsyncContextManager[AsyncSqlAlchemyDatabase]]
"""Opens the empty database of a test, inside its event loop."""


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(driver: str, request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    if driver == "aiosqlite":
        return make_url(f"sqlite:///{tmp_path / 'asyncio.db'}")
    served: URL = request.getfixturevalue(f"{SERVERS[driver]}_url")
    return served.set(drivername=f"{SERVERS[driver]}+{driver}")


@pytest.fixture
def mapping() -> registry:
    return model.mapping()


@pytest.fixture
def opened(url: URL, mapping: registry) -> Open:
    @asynccontextmanager
    async def open_database() -> AsyncGenerator[AsyncSqlAlchemyDatabase]:
        options = EngineOptions(pool_size=5, max_overflow=0, pool_timeout=20)
        database = AsyncSqlAlchemyDatabase(url, mapping, options=options)
        try:
            await database.create_schema()
            yield database
        finally:
            await database.aclose()

    return open_database
