"""Each session has the same settings, whatever the server's own are."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, text

from contract.model import Accounts, Team, User, mapping
from unitofwork import EngineOptions, Isolation, SqlAlchemyDatabase, orm_session
from unitofwork.domain.errors import UniqueViolation


@pytest.fixture
def database(mariadb_url: URL) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase(mariadb_url, mapping())
    made.create_schema()
    yield made
    made.dispose()


def variable(database: SqlAlchemyDatabase, name: str) -> Any:
    with Accounts(database) as uow:
        return orm_session(uow.session).scalar(text(f"SELECT @@{name}"))


DEFAULTS = {
    "tx_isolation": "READ-COMMITTED",
    "innodb_snapshot_isolation": 1,
    "innodb_lock_wait_timeout": 5,
    "lock_wait_timeout": 5,
    "max_statement_time": 0,
    "collation_connection": "utf8mb4_nopad_bin",
    "character_set_client": "utf8mb4",
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_the_defaults(database: SqlAlchemyDatabase, name: str) -> None:
    assert variable(database, name) == DEFAULTS[name]


@pytest.mark.parametrize("mode", ["STRICT_ALL_TABLES", "NO_AUTO_VALUE_ON_ZERO", "ERROR_FOR_DIVISION_BY_ZERO"])
def test_values_are_taken_strictly(database: SqlAlchemyDatabase, mode: str) -> None:
    assert mode in variable(database, "sql_mode").split(",")


def test_the_options_are_the_session_s(mariadb_url: URL) -> None:
    options = EngineOptions(
        lock_timeout=2.4,
        statement_timeout=1.5,
        idle_in_transaction_timeout=9,
        isolation=Isolation.SNAPSHOT,
        connect_timeout=3,
        network_timeout=40,
    )
    database = SqlAlchemyDatabase(mariadb_url, mapping(), options=options)
    assert variable(database, "innodb_lock_wait_timeout") == 3
    assert variable(database, "max_statement_time") == 1.5
    assert variable(database, "idle_transaction_timeout") == 9
    assert variable(database, "tx_isolation") == "REPEATABLE-READ"
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        assert (driver.connect_timeout, driver._read_timeout, driver._write_timeout) == (3, 40, 40)
    database.dispose()


def test_what_is_none_is_left_to_the_server(mariadb_url: URL) -> None:
    options = EngineOptions(lock_timeout=None, isolation=None, connect_timeout=None, network_timeout=None)
    database = SqlAlchemyDatabase(mariadb_url, mapping(), options=options)
    assert variable(database, "innodb_lock_wait_timeout") == variable(database, "GLOBAL.innodb_lock_wait_timeout")
    assert variable(database, "tx_isolation") == variable(database, "GLOBAL.tx_isolation")
    database.dispose()


def test_an_engine_that_is_given_has_the_settings_too(mariadb_url: URL) -> None:
    database = SqlAlchemyDatabase(create_engine(mariadb_url), mapping())
    assert variable(database, "tx_isolation") == "READ-COMMITTED"
    assert variable(database, "collation_connection") == "utf8mb4_nopad_bin"
    database.dispose()


def test_a_url_for_mysql_is_used_for_mariadb(mariadb_url: URL) -> None:
    database = SqlAlchemyDatabase(mariadb_url.set(drivername="mysql+pymysql"), mapping())
    assert variable(database, "innodb_snapshot_isolation") == 1
    database.dispose()


def test_a_driver_that_is_not_supported_is_refused_with_the_one_that_is(mariadb_url: URL) -> None:
    with pytest.raises(ValueError, match="use mariadb, which is by pymysql"):
        SqlAlchemyDatabase(mariadb_url.set(drivername="mariadb+mysqldb"), mapping())


def test_text_is_compared_by_case_and_by_spaces(database: SqlAlchemyDatabase) -> None:
    with Accounts(database) as uow:
        uow.teams.add_all([Team("red"), Team("Red"), Team("red "), Team("réd")])
        uow.commit()
        assert uow.teams.count(name="red") == 1
        assert uow.teams.count(name="RED") == 0
        uow.teams.add(Team("red"))
        with pytest.raises(UniqueViolation):
            uow.flush()


def test_a_key_of_zero_is_a_key(database: SqlAlchemyDatabase) -> None:
    with Accounts(database) as uow:
        uow.users.add(User("nobody", id=0))
        uow.commit()
    with Accounts(database) as uow:
        assert uow.users.get_one(0).name == "nobody"


@pytest.mark.parametrize("read_only", [False, True])
def test_the_pool_gets_its_connections_back_as_they_were(database: SqlAlchemyDatabase, read_only: bool) -> None:
    for isolation in Isolation:
        with Accounts(database).begin(read_only=read_only, isolation=isolation) as uow:
            uow.users.count()
    with Accounts(database).begin(read_only=read_only) as uow:
        orm_session(uow.session).connection(execution_options={"isolation_level": "SERIALIZABLE"})
    assert variable(database, "tx_isolation") == "READ-COMMITTED"
    assert variable(database, "tx_read_only") == 0
    assert variable(database, "in_transaction") == 0
    with Accounts(database) as uow:
        uow.teams.add(Team("red"))
        uow.flush()
        assert orm_session(uow.session).scalar(text("SELECT @@in_transaction")) == 1
        uow.rollback()
        assert uow.teams.count() == 0
