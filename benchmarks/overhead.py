"""What a unit of work costs beside the plain session that it wraps.

Both do the same work on databases of their own, with the same settings. The plain side is SQLAlchemy alone: a plain
mapping and a plain session. A ratio can be below 1: the unit runs statements that are built once, where the session
builds each of them anew.

Run it by ``make bench``; ``--help`` lists what can be chosen.
"""

import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from alternately import Comparison, Side, main
from attrs import field
from sqlalchemy import Column, Integer, String, Table, create_engine
from sqlalchemy.orm import Session, registry

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, repository
from unitofwork.adapters.sqlalchemy import EngineOptions, engines
from unitofwork.adapters.sqlalchemy.engines.backend import READ_ONLY


def users_table(mapping: registry) -> Table:
    return Table(
        "users",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30), nullable=False),
        Column("fullname", String(60), nullable=False),
    )


@entity
class User:
    """Mapped by this library."""

    name: str
    fullname: str
    id: int | None = field(default=None)


@entity
class PlainUser:
    """The same, mapped by SQLAlchemy alone."""

    name: str
    fullname: str
    id: int | None = field(default=None)


class Accounts(UnitOfWork):
    """As an application writes it."""

    users = repository(User)


@contextmanager
def small_unit_on_sqlite() -> Generator[Comparison]:
    """Begin, get by key, change a column, commit."""
    with tempfile.TemporaryDirectory() as folder, unit(Path(folder)) as ours, plain(Path(folder)) as theirs:
        yield Comparison(ours, theirs, at_most=1.0)


@contextmanager
def unit(folder: Path) -> Generator[Side]:
    """The work done through this library."""
    mapping = registry()
    map_entity(mapping, User, users_table(mapping))
    database = SqlAlchemyDatabase(f"sqlite:///{folder / 'unit.db'}", mapping)
    database.create_schema()
    with Accounts(database) as uow:
        uow.users.add(User("sandy", "Sandy Cheeks"))
        uow.commit()
    names = map(str, count())

    def work() -> None:
        with Accounts(database) as uow:
            uow.users.get_one(1).fullname = next(names)
            uow.commit()

    yield Side("unit of work", work, database.engine)
    database.dispose()


@contextmanager
def plain(folder: Path) -> Generator[Side]:
    """The same work done on SQLAlchemy's own session."""
    mapping = registry()
    mapping.map_imperatively(PlainUser, users_table(mapping))
    engine = create_engine(f"sqlite:///{folder / 'plain.db'}")
    engines.backend_of(engine).prepare(engine, EngineOptions())
    writing = engine.execution_options(**{READ_ONLY: False})
    mapping.metadata.create_all(engine)
    with Session(writing) as session:
        session.add(PlainUser("sandy", "Sandy Cheeks"))
        session.commit()
    names = map(str, count())

    def work() -> None:
        with Session(writing, expire_on_commit=False) as session:
            session.get_one(PlainUser, 1).fullname = next(names)
            session.commit()

    yield Side("plain session", work, writing)
    engine.dispose()


if __name__ == "__main__":
    sys.exit(main(__doc__, {"small unit, SQLite": small_unit_on_sqlite}))
