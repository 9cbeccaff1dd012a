"""A small application: money goes from one account to another, which can be told of and must never be wrong."""

from functools import cache
from typing import Any

from sqlalchemy import Column, Integer, String, Table
from sqlalchemy.orm import registry

from unitofwork import (
    AsyncUnitOfWork,
    Command,
    Event,
    Inbox,
    MemoryDatabase,
    UnitOfWork,
    awaited,
    entity,
    map_entity,
    record,
    repository,
    value,
)
from unitofwork.adapters.messages import MessageTypes, MsgspecCodec
from unitofwork.adapters.orm import inbox_table
from unitofwork.domain.outbox import ProcessedMessage
from unitofwork.domain.ports import Database

INBOX = Inbox(MsgspecCodec(MessageTypes()))


@value
class Withdrawn(Event):
    name: str
    amount: int


@value
class Deposited(Event):
    name: str
    amount: int


@value
class Move(Command[int]):
    """Give patrick some of sandy's money; what sandy has left is the answer."""

    amount: int


@value
class Open(Command[None]):
    """Open an account."""

    name: str


@entity
class Account:
    name: str
    balance: int = 0
    version: int | None = None
    id: int | None = None

    def withdraw(self, amount: int) -> None:
        self.balance -= amount
        record(self, Withdrawn(self.name, amount))

    def deposit(self, amount: int) -> None:
        self.balance += amount
        record(self, Deposited(self.name, amount))


class Bank(UnitOfWork):
    accounts = repository(Account)

    def __init__(self, database: Database, *, inbox: Inbox | None = None, **options: Any) -> None:
        super().__init__(database, inbox=inbox, **options)
        self.subscribe(lambda _: None)  # what happened is for a bus to tell, if there is one


class AsyncBank(AsyncUnitOfWork[Bank]):
    accounts = awaited(Bank.accounts)


@cache
def mapping() -> registry:
    made = registry()
    columns: tuple[Column[Any], ...] = (
        Column("id", Integer, primary_key=True),
        Column("name", String(30), unique=True),
        Column("balance", Integer, nullable=False),
        Column("version", Integer, nullable=False),
    )
    accounts = Table("accounts", made.metadata, *columns)
    map_entity(made, Account, accounts, version_id_col=accounts.c.version)
    inbox_table(made.metadata)
    return made


def opened() -> MemoryDatabase:
    """A bank where sandy has 100, and patrick nothing."""
    database = MemoryDatabase(mapping())
    with Bank(database) as uow:
        uow.accounts.add_all([Account("sandy", 100), Account("patrick")])
        uow.commit()
    return database


def move(uow: Bank, amount: int) -> int:
    """Give patrick some of sandy's money; return what sandy has left."""
    sandy, patrick = uow.accounts.find_one(name="sandy"), uow.accounts.find_one(name="patrick")
    sandy.withdraw(amount)
    patrick.deposit(amount)
    return sandy.balance


def transfer(uow: Bank, amount: int) -> int:
    """Do so in a transaction of its own."""
    with uow:
        left = move(uow, amount)
        uow.commit()
        return left


def balances(database: MemoryDatabase) -> dict[object, object]:
    """What is committed."""
    return {row["name"]: row["balance"] for row in database.committed(Account)}


def noted(database: MemoryDatabase) -> list[object]:
    """The messages that are committed as handled."""
    return [row["id"] for row in database.committed(ProcessedMessage)]
