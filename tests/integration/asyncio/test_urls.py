"""Which driver a URL means on asyncio, and what is said of one that does not fit."""

import pytest
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from contract import model
from unitofwork import AsyncSqlAlchemyDatabase, SqlAlchemyDatabase


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///accounts.db", "aiosqlite"),
        ("sqlite+aiosqlite:///accounts.db", "aiosqlite"),
        ("postgresql://sandy@localhost/accounts", "psycopg"),
        ("postgresql+psycopg://sandy@localhost/accounts", "psycopg"),
        ("postgresql+asyncpg://sandy@localhost/accounts", "asyncpg"),
    ],
)
def test_a_url_means_a_driver_for_asyncio(url: str, driver: str) -> None:
    database = AsyncSqlAlchemyDatabase(url, model.mapping())
    assert (database.engine.dialect.driver, database.engine.dialect.is_async) == (driver, True)


def test_an_engine_is_taken_as_it_is() -> None:
    engine = create_async_engine("postgresql+asyncpg://sandy:secret@localhost/accounts")
    database = AsyncSqlAlchemyDatabase(engine, model.mapping())
    assert database.engine.pool is engine.pool
    assert repr(database) == "<AsyncSqlAlchemyDatabase postgresql+asyncpg://sandy:***@localhost/accounts>"


@pytest.mark.parametrize("url", ["sqlite+pysqlite://", "mysql+pymysql://sandy:secret@localhost/accounts"])
def test_a_driver_that_is_not_for_asyncio_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is not for asyncio: leave out the driver") as caught:
        AsyncSqlAlchemyDatabase(url, model.mapping())
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite+aiosqlite://", "postgresql+asyncpg://sandy:secret@localhost/accounts"])
def test_a_driver_for_asyncio_is_refused_without_it(url: str) -> None:
    with pytest.raises(ValueError, match="is for asyncio: use AsyncSqlAlchemyDatabase") as caught:
        SqlAlchemyDatabase(url, model.mapping())
    assert "secret" not in str(caught.value)


def test_engines_are_told_apart_too() -> None:
    with pytest.raises(ValueError, match="sqlite by aiosqlite is for asyncio"):
        SqlAlchemyDatabase(create_async_engine("sqlite+aiosqlite://").sync_engine, model.mapping())
    with pytest.raises(ValueError, match="sqlite by pysqlite is not for asyncio"):
        AsyncSqlAlchemyDatabase(create_engine("sqlite://"), model.mapping())  # type: ignore[arg-type]  # the mistake
