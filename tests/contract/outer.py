"""A transaction that was begun outside of any unit of work, for units to join."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeAlias

from sqlalchemy import Connection, Transaction
from sqlalchemy.orm.session import JoinTransactionMode

from unitofwork import Database, MemoryDatabase, SqlAlchemyDatabase
from unitofwork.adapters.memory import OuterTransaction
from unitofwork.adapters.memory.transactions import MemorySavepoint


class Outer(Protocol):
    """What a test may do with an outer transaction."""

    def joined(self, mode: JoinTransactionMode) -> Database:
        """A database whose units run inside it."""
        ...

    def savepoint(self) -> None:
        """Set a savepoint in it."""
        ...

    def is_active(self) -> bool:
        """Whether it is still open, or its savepoint if there is one."""
        ...

    def commit(self) -> None:
        """Keep it."""
        ...

    def rollback(self) -> None:
        """Undo it; harmless if a unit did."""
        ...


BeginOuter: TypeAlias = Callable[[Database], AbstractContextManager[Outer]]
"""Begins an outer transaction, which is undone at the end of the block if it is still open."""


class OuterOnConnection:
    """A transaction on a connection of SQLAlchemy's."""

    def __init__(self, database: SqlAlchemyDatabase, connection: Connection) -> None:
        self._database = database
        self._connection = connection
        self._root = connection.begin()
        self._innermost: Transaction = self._root

    def joined(self, mode: JoinTransactionMode) -> Database:
        return self._database.joined(self._connection, join_transaction_mode=mode)

    def savepoint(self) -> None:
        self._innermost = self._connection.begin_nested()

    def is_active(self) -> bool:
        return self._innermost.is_active

    def commit(self) -> None:
        self._root.commit()

    def rollback(self) -> None:
        if self._root.is_active:
            self._root.rollback()


@contextmanager
def begin_on_connection(database: Database) -> Generator[Outer]:
    """Begin on a connection of a SQL database."""
    assert isinstance(database, SqlAlchemyDatabase)
    with database.engine.connect() as connection:
        outer = OuterOnConnection(database, connection)
        yield outer
        assert not connection.closed, "a unit closed its owner's connection"


class OuterInMemory:
    """A transaction of a database in memory."""

    def __init__(self, database: MemoryDatabase, begun: OuterTransaction) -> None:
        self._database = database
        self._begun = begun
        self._savepoint: MemorySavepoint | None = None

    def joined(self, mode: JoinTransactionMode) -> Database:
        return self._database.joined(self._begun, join_transaction_mode=mode)

    def savepoint(self) -> None:
        self._savepoint = self._begun.savepoint()

    def is_active(self) -> bool:
        return (self._savepoint or self._begun).is_active

    def commit(self) -> None:
        self._begun.commit()

    def rollback(self) -> None:
        self._begun.rollback()


@contextmanager
def begin_in_memory(database: Database) -> Generator[Outer]:
    """Begin in memory."""
    assert isinstance(database, MemoryDatabase)
    with database.transaction() as begun:
        yield OuterInMemory(database, begun)
