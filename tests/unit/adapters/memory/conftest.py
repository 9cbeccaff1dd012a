"""A database in memory with the contract's application and a user in it; or both kinds, for a mapping of a test's."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import registry

from contract.model import Accounts, Address, User, mapping
from unitofwork import Database, MemoryDatabase, SqlAlchemyDatabase


@pytest.fixture
def database() -> MemoryDatabase:
    """An empty database."""
    return MemoryDatabase(mapping())


@pytest.fixture
def sandy(database: MemoryDatabase) -> int:
    """The key of a committed user with two addresses."""
    with Accounts(database) as uow:
        user = User("sandy", "Sandy Cheeks", 30, [Address("sandy@example.org"), Address("cheeks@example.org")])
        uow.users.add(user)
        uow.commit()
        assert user.id is not None
        return user.id


@pytest.fixture(params=["memory", "sqlite"])
def either(request: pytest.FixtureRequest, mapping: registry) -> Iterator[Database]:
    """The twin, then SQLite, each empty and with the mapping of the test's module: both tell a story alike."""
    if request.param == "memory":
        yield MemoryDatabase(mapping)
        return
    made = SqlAlchemyDatabase("sqlite://", mapping)
    made.create_schema()
    yield made
    made.dispose()
