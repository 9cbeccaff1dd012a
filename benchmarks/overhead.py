"""What a unit of work costs beside the plain session that it wraps.

Both do the same work on databases of their own, with the same settings. The plain side is SQLAlchemy alone: a plain
mapping and a plain session. A ratio can be below 1: the unit runs statements that are built once, where the session
builds each of them anew.

Run it by ``make bench``; ``--help`` lists what can be chosen.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from itertools import count, cycle

import attrs
from alternately import Comparison, Figures, Side, main
from databases import NAMES, fresh
from sqlalchemy import URL, Column, Engine, Integer, String, Table, create_engine, select
from sqlalchemy.orm import Session, registry

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, repository
from unitofwork.adapters.sqlalchemy import EngineOptions, engines
from unitofwork.adapters.sqlalchemy.engines.backend import READ_ONLY

NAMED_THE_SAME = 10
KEYS = range(1, 201)


def users_table(mapping: registry) -> Table:
    return Table(
        "users",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30), nullable=False, index=True),
        Column("fullname", String(60), nullable=False),
    )


@entity
class User:
    """Mapped by this library."""

    name: str
    fullname: str
    id: int | None = attrs.field(default=None)


@entity
class PlainUser:
    """The same, mapped by SQLAlchemy alone."""

    name: str
    fullname: str
    id: int | None = attrs.field(default=None)


class Accounts(UnitOfWork):
    """As an application writes it."""

    users = repository(User)


def name_of(key: int) -> str:
    return f"user {key // NAMED_THE_SAME}"


def opened(url: URL) -> SqlAlchemyDatabase:
    """A database with users, by this library."""
    mapping = registry()
    map_entity(mapping, User, users_table(mapping))
    database = SqlAlchemyDatabase(url, mapping)
    database.create_schema()
    with Accounts(database) as uow:
        uow.users.insert_many({"id": key, "name": name_of(key), "fullname": "Full Name"} for key in KEYS)
        uow.commit()
    return database


def opened_plainly(url: URL) -> tuple[Engine, registry]:
    """The same, by SQLAlchemy alone."""
    mapping = registry()
    mapping.map_imperatively(PlainUser, users_table(mapping))
    options = EngineOptions()
    made = create_engine(url)
    backend = engines.backend_of(made)
    backend.prepare(made, options)
    engine = backend.bind(made.execution_options(**{READ_ONLY: False}), False, None, options)
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(PlainUser(name_of(key), "Full Name", key) for key in KEYS)
        session.commit()
    return engine, mapping


Work = Callable[[], object]


@contextmanager
def compared(
    database: str,
    unit_work: Callable[[SqlAlchemyDatabase], Generator[Work]],
    plain_work: Callable[[Engine], Generator[Work]],
    at_most: float,
) -> Generator[Comparison]:
    with fresh(database) as url, fresh(database) as plain_url:
        ours, (engine, mapping) = opened(url), opened_plainly(plain_url)
        with contextmanager(unit_work)(ours) as unit, contextmanager(plain_work)(engine) as plain:
            yield Comparison(
                Side("unit of work", unit, ours.engine), Side("plain session", plain, engine), at_most, pieces=20
            )
        ours.dispose()
        engine.dispose()
        ours.mapping.dispose()
        mapping.dispose()


# Begin, get by key, change a column, commit


def small_unit(database: SqlAlchemyDatabase) -> Generator[Work]:
    names = map(str, count())

    def work() -> None:
        with Accounts(database) as uow:
            uow.users.get_one(1).fullname = next(names)
            uow.commit()

    yield work


def small_plain_unit(engine: Engine) -> Generator[Work]:
    names = map(str, count())

    def work() -> None:
        with Session(engine, expire_on_commit=False) as session:
            session.get_one(PlainUser, 1).fullname = next(names)
            session.commit()

    yield work


# Get a row that is not loaded: nobody keeps the one before


def get(database: SqlAlchemyDatabase) -> Generator[Work]:
    keys = cycle(KEYS)
    with Accounts(database) as uow:
        yield lambda: uow.users.get(next(keys))


def get_plainly(engine: Engine) -> Generator[Work]:
    keys = cycle(KEYS)
    with Session(engine) as session:
        yield lambda: session.get(PlainUser, next(keys))


# Find the ten rows of one name


def find(database: SqlAlchemyDatabase) -> Generator[Work]:
    names = cycle({name_of(key) for key in KEYS[10:-1]})
    with Accounts(database) as uow:
        yield lambda: uow.users.find(name=next(names))


def find_plainly(engine: Engine) -> Generator[Work]:
    names = cycle({name_of(key) for key in KEYS[10:-1]})
    column = getattr(PlainUser, "name")  # noqa: B009  # type checkers see a str there, and not the mapped attribute
    with Session(engine) as session:
        yield lambda: session.scalars(select(PlainUser).where(column == next(names))).all()


FIGURES: Figures = {
    f"{name}, {NAMES[database]}": partial(compared, database, ours, plainly, at_most[database])
    for name, ours, plainly, at_most in (
        ("small unit", small_unit, small_plain_unit, {"sqlite": 0.85, "postgresql": 0.95, "mariadb": 0.95}),
        ("get", get, get_plainly, {"sqlite": 0.65, "postgresql": 1.0, "mariadb": 1.0}),
        ("find ten", find, find_plainly, {"sqlite": 0.6, "postgresql": 1.0, "mariadb": 1.0}),
    )
    for database in NAMES
}

if __name__ == "__main__":
    sys.exit(main(__doc__, FIGURES))
