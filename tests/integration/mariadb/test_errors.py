"""What only MariaDB tells, and what its clusters do: as there is no cluster here, the driver is made to raise that."""

from collections.abc import Iterator
from typing import Any

import pymysql
import pytest
from sqlalchemy import URL
from sqlalchemy.orm import Session as PlainSession

from contract.model import Accounts, User, mapping
from unitofwork import SqlAlchemyDatabase
from unitofwork.adapters.sqlalchemy.engines.mariadb_connection import QuietConnection
from unitofwork.domain.errors import (
    CommitOutcomeUnknown,
    DatabaseUnavailable,
    Deadlock,
    PersistenceError,
    UniqueViolation,
)


@pytest.fixture
def database(mariadb_url: URL) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase(mariadb_url, mapping())
    made.create_schema()
    yield made
    made.dispose()


def fail(monkeypatch: pytest.MonkeyPatch, method: str, code: int) -> None:
    """Make the driver's next call of a method raise what a cluster's node answers."""

    def failing(*_: Any, **__: Any) -> None:
        monkeypatch.undo()
        raise pymysql.err.OperationalError(code, "injected")

    monkeypatch.setattr(QuietConnection, method, failing)


@pytest.mark.parametrize(
    ("code", "kind", "retryable"),
    [
        pytest.param(1213, Deadlock, True, id="certification failed"),
        pytest.param(1180, CommitOutcomeUnknown, False, id="error during commit"),
        pytest.param(1047, DatabaseUnavailable, False, id="no quorum"),
        pytest.param(2013, CommitOutcomeUnknown, False, id="connection lost"),
    ],
)
def test_a_commit_that_a_node_refuses(
    database: SqlAlchemyDatabase,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    kind: type[PersistenceError],
    retryable: bool,
) -> None:
    with Accounts(database) as uow:
        uow.users.add(User("sandy"))
        uow.flush()
        fail(monkeypatch, "commit", code)
        with pytest.raises(kind) as caught:
            uow.commit()
        assert type(caught.value) is kind
        assert caught.value.retryable is retryable
        uow.rollback()
        assert uow.users.count() == 0
        uow.users.add(User("sandy"))
        uow.commit()
    with Accounts(database) as uow:
        assert uow.users.count() == 1


@pytest.mark.parametrize(
    ("code", "replaced"), [(1047, True), (1053, True), (1927, True), (2006, True), (1205, False), (1213, False)]
)
def test_a_node_that_is_not_ready_loses_its_connections_and_others_keep_them(
    database: SqlAlchemyDatabase, monkeypatch: pytest.MonkeyPatch, code: int, replaced: bool
) -> None:
    def session() -> object:
        with database.engine.connect() as connection:
            return connection.connection.driver_connection

    before = session()
    with Accounts(database) as uow:
        uow.users.count()
        fail(monkeypatch, "query", code)
        with pytest.raises(PersistenceError):
            uow.users.count()
    assert (session() is not before) is replaced


def test_a_commit_that_fails_is_not_committed_by_the_next_user(
    database: SqlAlchemyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever uses the engine without care, as ``with Session() as s: ...; s.commit()`` does when COMMIT fails."""
    with pytest.raises(Deadlock), PlainSession(database.engine) as session:
        session.add(User("sandy"))
        session.flush()
        fail(monkeypatch, "commit", 1213)
        session.commit()
    with Accounts(database) as uow:
        uow.commit()
        assert uow.users.count() == 0


def test_a_value_that_holds_the_text_of_an_error_deceives_nobody(database: SqlAlchemyDatabase) -> None:
    name = "x' for key 'PRIMARY"
    with Accounts(database) as uow:
        uow.users.add(User(name))
        uow.commit()
        uow.users.add(User(name))
        with pytest.raises(UniqueViolation) as caught:
            uow.flush()
    assert caught.value.columns == ("name",)
    assert name not in str(caught.value)
