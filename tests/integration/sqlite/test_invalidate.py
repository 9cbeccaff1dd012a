"""A connection that can no longer be trusted is closed, and nobody gets it again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.model import Accounts, User, mapping
from unitofwork import SqlAlchemyDatabase, orm_session


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase(f"sqlite:///{tmp_path / 'accounts.db'}", mapping())
    made.create_schema()
    yield made
    made.dispose()


def connection_of(uow: Accounts) -> object:
    return orm_session(uow.session).connection().connection.dbapi_connection


def test_close_gives_the_connection_back_and_invalidate_does_not(database: SqlAlchemyDatabase) -> None:
    with Accounts(database) as uow:
        kept = connection_of(uow)
    with Accounts(database) as uow:
        assert connection_of(uow) is kept
        uow.users.add(User("never"))
        uow.flush()
        uow.invalidate()
    with Accounts(database) as uow:
        assert connection_of(uow) is not kept
        assert uow.users.count() == 0
