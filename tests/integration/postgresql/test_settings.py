"""Settings go with the connection's start-up, and how a unit begins with its BEGIN."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.orm import Session as PlainSession

from contract.model import Accounts, Team, mapping
from unitofwork import EngineOptions, Isolation, SqlAlchemyDatabase, orm_session
from unitofwork.domain.errors import DatabaseUnavailable


@pytest.fixture
def database(postgresql_url: URL) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase(postgresql_url, mapping())
    made.create_schema()
    yield made
    made.dispose()


def setting(database: SqlAlchemyDatabase, name: str) -> Any:
    with Accounts(database).begin(read_only=True) as uow:
        return orm_session(uow.session).scalar(text(f"SHOW {name}"))


DEFAULTS = {
    "lock_timeout": "5s",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "default_transaction_isolation": "read committed",
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_defaults(database: SqlAlchemyDatabase, name: str) -> None:
    assert setting(database, name) == DEFAULTS[name]


def test_the_options_are_the_session_s(postgresql_url: URL) -> None:
    options = EngineOptions(
        lock_timeout=0.25,
        statement_timeout=1.5,
        idle_in_transaction_timeout=9,
        isolation=Isolation.SNAPSHOT,
        connect_timeout=3,
        network_timeout=40,
    )
    database = SqlAlchemyDatabase(postgresql_url, mapping(), options=options)
    assert setting(database, "lock_timeout") == "250ms"
    assert setting(database, "statement_timeout") == "1500ms"
    assert setting(database, "idle_in_transaction_session_timeout") == "9s"
    for read_only in (False, True):
        with Accounts(database).begin(read_only=read_only) as uow:
            assert orm_session(uow.session).scalar(text("SHOW transaction_isolation")) == "repeatable read"
            assert orm_session(uow.session).scalar(text("SHOW transaction_read_only")) == ("on" if read_only else "off")
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        told = driver.info.get_parameters()
        assert (told["connect_timeout"], told["keepalives_idle"], told["tcp_user_timeout"]) == ("3", "20", "40000")
    database.dispose()


def test_what_is_none_is_left_to_the_server(postgresql_url: URL) -> None:
    """Nothing is said at start-up then, which a pooler in between might not take."""
    options = EngineOptions(lock_timeout=None, isolation=None, connect_timeout=None, network_timeout=None)
    database = SqlAlchemyDatabase(postgresql_url, mapping(), options=options)
    assert setting(database, "lock_timeout") == "0"
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        assert "options" not in driver.info.get_parameters()
    database.dispose()


def test_what_the_url_says_counts(postgresql_url: URL) -> None:
    url = postgresql_url.update_query_dict({"options": "-c lock_timeout=7s", "connect_timeout": "4"})
    database = SqlAlchemyDatabase(url, mapping())
    assert setting(database, "lock_timeout") == "7s"
    assert setting(database, "default_transaction_isolation") == "read committed"
    database.dispose()


def test_an_engine_that_is_given_has_the_settings_too(postgresql_url: URL) -> None:
    database = SqlAlchemyDatabase(create_engine(postgresql_url), mapping())
    assert setting(database, "lock_timeout") == "5s"
    database.dispose()


@pytest.mark.parametrize("drivername", ["postgresql", "postgresql+psycopg"])
def test_the_driver_need_not_be_named(postgresql_url: URL, drivername: str) -> None:
    database = SqlAlchemyDatabase(postgresql_url.set(drivername=drivername), mapping())
    assert setting(database, "server_version")
    database.dispose()


@pytest.mark.parametrize("drivername", ["postgresql+psycopg2", "postgresql+pg8000"])
def test_a_driver_that_is_not_supported_is_refused_with_the_one_that_is(postgresql_url: URL, drivername: str) -> None:
    with pytest.raises(ValueError, match="use postgresql, which is by psycopg") as caught:
        SqlAlchemyDatabase(postgresql_url.set(drivername=drivername, password="hush-4711"), mapping())
    assert "hush-4711" not in str(caught.value)


@pytest.mark.parametrize("read_only", [False, True])
def test_the_pool_gets_its_connections_back_as_they_were(database: SqlAlchemyDatabase, read_only: bool) -> None:
    for isolation in (None, *Isolation):
        with Accounts(database).begin(read_only=read_only, isolation=isolation) as uow:
            uow.users.count()
        with database.engine.pool.connect() as raw:
            driver: Any = raw.driver_connection
            assert (driver.autocommit, driver.read_only, driver.isolation_level) == (False, None, None)
            assert driver.info.transaction_status.name == "IDLE"


def test_others_may_use_the_engine_as_they_like(database: SqlAlchemyDatabase) -> None:
    with Accounts(database).begin(read_only=True) as uow:
        uow.teams.count()
    with PlainSession(database.engine) as session:
        session.add(Team("red"))
        session.flush()
        session.rollback()
    with Accounts(database) as uow:
        assert uow.teams.count() == 0


def test_a_unit_that_only_reads_can_have_savepoints_and_go_back_to_them(database: SqlAlchemyDatabase) -> None:
    with Accounts(database).begin(read_only=True) as uow:
        with uow.savepoint():
            assert uow.teams.count() == 0
        with pytest.raises(RuntimeError), uow.savepoint():
            raise RuntimeError
        assert uow.teams.count() == 0


def test_a_pool_that_gives_none_in_time_says_so(postgresql_url: URL) -> None:
    database = SqlAlchemyDatabase(
        postgresql_url, mapping(), options=EngineOptions(pool_size=1, max_overflow=0, pool_timeout=0.01)
    )
    with database.engine.connect(), Accounts(database) as uow, pytest.raises(DatabaseUnavailable):
        uow.teams.count()
    database.dispose()
