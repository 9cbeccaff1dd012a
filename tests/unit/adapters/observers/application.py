"""A small application to observe."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Column, Integer, String, Table
from sqlalchemy.orm import registry

from unitofwork import AsyncUnitOfWork, MemoryDatabase, UnitOfWork, awaited, entity, map_entity, repository


@entity
class User:
    name: str
    id: int | None = None


class Accounts(UnitOfWork):
    users = repository(User)


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    users = awaited(Accounts.users)


@contextmanager
def opened() -> Generator[MemoryDatabase]:
    """A database of its own."""
    mapping = registry()
    key, name = Column("id", Integer, primary_key=True), Column("name", String(30), unique=True)
    map_entity(mapping, User, Table("users", mapping.metadata, key, name))
    yield MemoryDatabase(mapping)
    mapping.dispose()
