"""What many rows at once cost beside the driver's own ``executemany``, and beside the session's ``add_all``.

The driver is given tuples that are ready for it, in one call; this library is given mappings, which it checks. Both
commit. The driver's own statements are not seen; the unit's are the ones that are listed.

Run it by ``make bench``; ``--help`` lists what can be chosen.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import attrs
from alternately import Comparison, Figures, Side, main
from databases import NAMES, fresh
from sqlalchemy import Column, Engine, Integer, String, Table, text
from sqlalchemy.orm import Session, registry

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, repository

ROWS: list[dict[str, Any]] = [
    {"name": f"user {number}", "fullname": f"Full Name {number}", "age": number % 90} for number in range(100_000)
]
NEW = [tuple(row.values()) for row in ROWS]
FEWER = ROWS[:20_000]


@entity
class User:
    name: str
    fullname: str | None = None
    age: int | None = None
    id: int | None = None


class PlainUser:
    """The same, mapped by SQLAlchemy alone."""

    def __init__(self, name: str, fullname: str | None = None, age: int | None = None) -> None:
        self.name = name
        self.fullname = fullname
        self.age = age


class Accounts(UnitOfWork):
    users = repository(User)


INSERT = {
    "sqlite": "INSERT INTO users (name, fullname, age) VALUES (?, ?, ?)",
    "postgresql": "INSERT INTO users (name, fullname, age) VALUES (%s, %s, %s)",
    "mariadb": "INSERT INTO users (name, fullname, age) VALUES (%s, %s, %s)",
}
_ON_CONFLICT = " ON CONFLICT (name) DO UPDATE SET fullname = excluded.fullname, age = excluded.age"
UPSERT = {
    "sqlite": INSERT["sqlite"] + _ON_CONFLICT,
    "postgresql": INSERT["postgresql"] + _ON_CONFLICT,
    "mariadb": INSERT["mariadb"] + " ON DUPLICATE KEY UPDATE fullname = VALUES(fullname), age = VALUES(age)",
}
INSERTED_AT_MOST = {"sqlite": 1.5, "postgresql": 0.4, "mariadb": 1.3}


@attrs.frozen
class Kept:
    """A database with an empty table, which is unique by name where rows are to be upserted."""

    database: SqlAlchemyDatabase

    @property
    def engine(self) -> Engine:
        return self.database.engine

    def fill(self, rows: list[dict[str, Any]]) -> None:
        """Make the table hold just these rows; deleting others would keep a server busy long after."""
        with self.engine.begin() as connection:
            sqlite = self.engine.dialect.name == "sqlite"
            connection.execute(text("DELETE FROM users" if sqlite else "TRUNCATE TABLE users"))
        with Accounts(self.database) as uow:
            uow.users.insert_many(rows)
            uow.commit()

    def by_unit(self, work: Callable[[Accounts], object]) -> None:
        """Do a piece of work in a unit, and commit it."""
        with Accounts(self.database) as uow:
            work(uow)
            uow.commit()

    def by_driver(self, statement: str) -> None:
        """Let the driver run a statement for all rows, and commit it."""
        pooled = self.engine.raw_connection()
        try:
            cursor = pooled.cursor()
            if self.engine.dialect.name == "sqlite":
                cursor.execute("BEGIN IMMEDIATE")
            cursor.executemany(statement, NEW)
            pooled.commit()
        finally:
            pooled.close()

    def by_session(self) -> None:
        """Let the session insert fewer rows, as entities, and commit them."""
        with Session(self.engine) as session:
            session.add_all([PlainUser(row["name"], row["fullname"], row["age"]) for row in FEWER])
            session.commit()


@contextmanager
def kept(database: str, *, unique: bool = False) -> Generator[Kept]:
    with fresh(database) as url:
        mapping = registry()
        table = Table(
            "users",
            mapping.metadata,
            Column("id", Integer, primary_key=True),
            Column("name", String(30), nullable=False, unique=unique),
            Column("fullname", String(60)),
            Column("age", Integer),
        )
        map_entity(mapping, User, table)
        plain = registry(metadata=mapping.metadata)
        plain.map_imperatively(PlainUser, table)
        opened = SqlAlchemyDatabase(url, mapping)
        opened.create_schema()
        try:
            yield Kept(opened)
        finally:
            opened.dispose()
            mapping.dispose()
            plain.dispose()


@contextmanager
def inserting(database: str) -> Generator[Comparison]:
    """Insert 100,000 rows into an empty table."""
    with kept(database) as users:
        empty = partial(users.fill, [])
        ours = partial(users.by_unit, lambda uow: uow.users.insert_many(ROWS))
        yield Comparison(
            Side("insert_many", ours, users.engine, empty),
            Side("driver's executemany", partial(users.by_driver, INSERT[database]), users.engine, empty),
            at_most=INSERTED_AT_MOST[database],
            pieces=1,
            rounds=7,
            equal=False,
        )


@contextmanager
def upserting(database: str) -> Generator[Comparison]:
    """Upsert 100,000 rows, of which every other one is there."""
    with kept(database, unique=True) as users:
        half = partial(users.fill, ROWS[::2])
        ours = partial(users.by_unit, lambda uow: uow.users.upsert_many(ROWS, key="name"))
        yield Comparison(
            Side("upsert_many", ours, users.engine, half),
            Side("driver's executemany", partial(users.by_driver, UPSERT[database]), users.engine, half),
            at_most=1.5,
            pieces=1,
            rounds=7,
            equal=False,
        )


@contextmanager
def adding(database: str) -> Generator[Comparison]:
    """Insert 20,000 rows into an empty table."""
    with kept(database) as users:
        empty = partial(users.fill, [])
        ours = partial(users.by_unit, lambda uow: uow.users.insert_many(FEWER))
        yield Comparison(
            Side("insert_many", ours, users.engine, empty),
            Side("session's add_all", users.by_session, users.engine, empty),
            at_most=1 / 15,
            pieces=1,
            rounds=11,
            equal=False,
        )


_MEASURED: dict[str, Callable[[str], AbstractContextManager[Comparison]]] = {
    "insert_many of 100,000 rows": inserting,
    "upsert_many of 100,000 rows": upserting,
    "insert_many instead of add_all": adding,
}

FIGURES: Figures = {
    f"{what}, {name}": partial(figure, database)
    for what, figure in _MEASURED.items()
    for database, name in NAMES.items()
}

if __name__ == "__main__":
    sys.exit(main(__doc__, FIGURES))
