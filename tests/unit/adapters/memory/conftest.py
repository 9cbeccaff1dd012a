"""A database in memory with the contract's application, and a user in it."""

import pytest

from contract.model import Accounts, Address, User, mapping
from unitofwork import MemoryDatabase


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
