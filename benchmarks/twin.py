"""What a unit test saves on the in-memory twin, beside a plain session on SQLite in memory.

Both sides map the same classes to the same 14 tables. The plain side is SQLAlchemy alone: a plain session on
``sqlite://``, as tests often have it. A ratio of 0.1 is ten times faster.

The use case is four small units of work: add a user with two addresses; change the user and append an address; find the
user and load the addresses lazily; delete the user. In the store means a row as the twin's sessions find it, before an
entity is made of it.

Run it by ``make bench``; ``--help`` lists what can be chosen.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache, partial
from itertools import count, cycle
from typing import Any

import attrs
from alternately import Comparison, Figures, Side, main
from sqlalchemy import Column, Engine, ForeignKey, Integer, String, Table, create_engine, select
from sqlalchemy.orm import Session, registry, relationship

from unitofwork import MemoryDatabase, UnitOfWork, entity, map_entity, repository, where

TABLES = 14
ROWS = 10_000
MICROSECONDS = 100
"""The most that making a database may take, whatever it takes on SQLite."""


@entity
class User:
    name: str
    fullname: str
    addresses: list["Address"] = attrs.field(factory=list["Address"])
    id: int | None = None


@entity
class Address:
    email_address: str
    user: User | None = None
    id: int | None = None


class Accounts(UnitOfWork):
    users = repository(User)
    addresses = repository(Address)


@cache
def mapping() -> registry:
    """Map users and addresses, and a dozen kinds of things that users own."""
    made = registry()
    users = _table(made, "users", Column("fullname", String(60), nullable=False))
    addresses = Table(
        "addresses",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("email_address", String(60), nullable=False, unique=True),
        Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    )
    to_addresses = relationship(
        Address, back_populates="user", cascade="all, delete-orphan", order_by=addresses.columns.id
    )
    map_entity(made, User, users, properties={"addresses": to_addresses})
    map_entity(made, Address, addresses, properties={"user": relationship(User, back_populates="addresses")})
    for number in range(TABLES - 2):
        thing: type[Any] = entity(type(f"Thing{number}", (), {"__annotations__": _FIELDS, "id": None}))
        table = _table(made, f"things_{number}", Column("owner_id", ForeignKey("users.id"), nullable=False))
        map_entity(made, thing, table, properties={"owner": relationship(User)})
    return made


_FIELDS = {"name": str, "owner": User, "id": int | None}


def _table(made: registry, name: str, *columns: Column[Any]) -> Table:
    unique = Column("name", String(30), nullable=False, unique=True)
    return Table(name, made.metadata, Column("id", Integer, primary_key=True), unique, *columns)


def plain() -> Engine:
    """A database of SQLite, with the tables."""
    engine = create_engine("sqlite://")
    mapping().metadata.create_all(engine)
    return engine


# The use case

_numbers = count()


def use_case(database: MemoryDatabase) -> None:
    name = f"user {next(_numbers)}"
    with Accounts(database) as uow:
        user = User(name, "Full Name", [Address(f"{name}@example.org"), Address(f"{name}@example.com")])
        uow.users.add(user)
        uow.commit()
        key = user.id
    with Accounts(database) as uow:
        user = uow.users.get_one(key)
        user.fullname = "Another Name"
        user.addresses.append(Address(f"{name}@example.net"))
        uow.commit()
    with Accounts(database) as uow:
        assert len(uow.users.find_one(name=name).addresses) == 3
    with Accounts(database) as uow:
        uow.users.delete(uow.users.get_one(key))
        uow.commit()


def plain_use_case(engine: Engine) -> None:
    name = f"user {next(_numbers)}"
    with Session(engine, expire_on_commit=False) as session:
        user = User(name, "Full Name", [Address(f"{name}@example.org"), Address(f"{name}@example.com")])
        session.add(user)
        session.commit()
        key = user.id
    with Session(engine, expire_on_commit=False) as session:
        user = session.get_one(User, key)
        user.fullname = "Another Name"
        user.addresses.append(Address(f"{name}@example.net"))
        session.commit()
    with Session(engine, expire_on_commit=False) as session:
        assert len(session.scalars(select(User).filter_by(name=name)).one().addresses) == 3
    with Session(engine, expire_on_commit=False) as session:
        session.delete(session.get_one(User, key))
        session.commit()


@contextmanager
def using_one_database() -> Generator[Comparison]:
    database, engine = MemoryDatabase(mapping()), plain()
    yield Comparison(
        Side("twin", partial(use_case, database), database),
        Side("plain session", partial(plain_use_case, engine), engine),
        at_most=1 / 10,
        pieces=5,
        equal=False,
    )
    engine.dispose()


@contextmanager
def using_fresh_databases() -> Generator[Comparison]:
    def on_a_fresh_one() -> None:
        engine = plain()
        plain_use_case(engine)
        engine.dispose()

    yield Comparison(
        Side("twin", lambda: use_case(MemoryDatabase(mapping())), None),
        Side("plain session", on_a_fresh_one, Engine),
        at_most=1 / 20,
        pieces=5,
        equal=False,
    )


@contextmanager
def making() -> Generator[Comparison]:
    yield Comparison(
        Side("twin", lambda: MemoryDatabase(mapping()), None),
        Side("create_all()", lambda: plain().dispose(), Engine),
        at_most=1 / 20,
        pieces=10,
        equal=False,
        microseconds=MICROSECONDS,
    )


# Questions of 10,000 users, asked in one unit that keeps none of them

Ask = Callable[[], object]


@contextmanager
def asking(
    ours: Callable[[MemoryDatabase], Generator[Ask]],
    theirs: Callable[[Engine], Generator[Ask]],
    at_most: float,
    pieces: int = 50,
) -> Generator[Comparison]:
    database, engine = MemoryDatabase(mapping()), plain()
    with Accounts(database) as uow, Session(engine) as session:
        uow.users.add_all(map(_user, range(ROWS)))
        uow.commit()
        session.add_all(map(_user, range(ROWS)))
        session.commit()
    with contextmanager(ours)(database) as ask, contextmanager(theirs)(engine) as ask_plainly:
        yield Comparison(
            Side("twin", ask, database),
            Side("plain session", ask_plainly, engine),
            at_most=at_most,
            pieces=pieces,
            rounds=40,
            equal=False,
        )
    engine.dispose()


def _user(number: int) -> User:
    return User(_name(number), f"Full Name {number % 100}")


def _name(number: int) -> str:
    return f"user {number}"


def get_row(database: MemoryDatabase) -> Generator[Ask]:
    store, keys = database.store, cycle(range(1, ROWS + 1))
    users = store.table(mapping().metadata.tables["users"])
    transaction = store.begin(None)
    yield lambda: transaction.by_key(users, (next(keys),))
    transaction.rollback()


def find_row(database: MemoryDatabase) -> Generator[Ask]:
    store, names = database.store, cycle([(_name(number),) for number in range(ROWS)])
    users = store.table(mapping().metadata.tables["users"])
    transaction, unique = store.begin(None), (mapping().metadata.tables["users"].columns.name,)
    yield lambda: transaction.find(users, unique, next(names))
    transaction.rollback()


def get(database: MemoryDatabase) -> Generator[Ask]:
    keys = cycle(range(1, ROWS + 1))
    with Accounts(database) as uow:
        yield lambda: uow.users.get_one(next(keys))


def plain_get(engine: Engine) -> Generator[Ask]:
    keys = cycle(range(1, ROWS + 1))
    with Session(engine) as session:
        yield lambda: session.get_one(User, next(keys))


def find(database: MemoryDatabase) -> Generator[Ask]:
    names = cycle(map(_name, range(ROWS)))
    with Accounts(database) as uow:
        yield lambda: uow.users.find(name=next(names))


def plain_find(engine: Engine) -> Generator[Ask]:
    names = cycle(map(_name, range(ROWS)))
    with Session(engine) as session:
        yield lambda: session.scalars(select(User).filter_by(name=next(names))).all()


def scan(database: MemoryDatabase) -> Generator[Ask]:
    with Accounts(database) as uow:
        yield lambda: uow.users.find(where(User.fullname) == "Full Name 7", where(User.name).endswith("77"))


def plain_scan(engine: Engine) -> Generator[Ask]:
    columns = mapping().metadata.tables["users"].columns
    with Session(engine) as session:
        yield lambda: session.scalars(
            select(User).where(columns.fullname == "Full Name 7", columns.name.endswith("77", autoescape=True))
        ).all()


FIGURES: Figures = {
    "use case": using_one_database,
    "use case, a fresh database each time": using_fresh_databases,
    f"make a database of {TABLES} tables": making,
    "get by key in the store": partial(asking, get_row, plain_get, 1 / 40),
    "search on a unique column in the store": partial(asking, find_row, plain_find, 1 / 15),
    "get an entity by key": partial(asking, get, plain_get, 1 / 2),
    "find an entity by a unique column": partial(asking, find, plain_find, 1 / 2),
    f"scan of {ROWS:,} rows": partial(asking, scan, plain_scan, 1.5, pieces=2),
}

if __name__ == "__main__":
    sys.exit(main(__doc__, FIGURES))
