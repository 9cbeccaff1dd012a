"""What a unit of work costs beside the plain session that it wraps.

Both do the same small piece of work (begin, get by key, change a column, commit) on databases of their own, with the
same settings, alternately in one process. The plain side is SQLAlchemy alone: a plain mapping and a plain session.
Printed are the ratio of the medians and each side's statements. It can be below 1: the unit gets by a statement that is
built once, where ``Session.get`` builds it anew each time.

Run it by ``make bench``; ``--rounds N`` measures longer, ``--at-most R`` fails if the ratio is above R.
"""

import argparse
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import field
from sqlalchemy import Column, Engine, Integer, String, Table, create_engine, event
from sqlalchemy.orm import Session, registry

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, repository
from unitofwork.adapters.sqlalchemy.engines import sqlite

UNITS_A_ROUND = 50


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
def with_unit_of_work(folder: Path) -> Iterator[tuple[Engine, Callable[[str], None]]]:
    """Give the engine, and the work done through this library."""
    mapping = registry()
    map_entity(mapping, User, users_table(mapping))
    database = SqlAlchemyDatabase(f"sqlite:///{folder / 'unit.db'}", mapping)
    database.create_schema()
    with Accounts(database) as uow:
        uow.users.add(User("sandy", "Sandy Cheeks"))
        uow.commit()

    def work(fullname: str) -> None:
        with Accounts(database) as uow:
            uow.users.get_one(1).fullname = fullname
            uow.commit()

    yield database.engine, work
    database.dispose()


@contextmanager
def with_plain_session(folder: Path) -> Iterator[tuple[Engine, Callable[[str], None]]]:
    """Give the engine, and the same work done on SQLAlchemy's own session."""
    mapping = registry()
    mapping.map_imperatively(PlainUser, users_table(mapping))
    engine = create_engine(f"sqlite:///{folder / 'plain.db'}")
    sqlite.prepare(engine)
    writing = engine.execution_options(**{sqlite.READ_ONLY: False})
    mapping.metadata.create_all(engine)
    with Session(writing) as session:
        session.add(PlainUser("sandy", "Sandy Cheeks"))
        session.commit()

    def work(fullname: str) -> None:
        with Session(writing, expire_on_commit=False) as session:
            session.get_one(PlainUser, 1).fullname = fullname
            session.commit()

    yield writing, work
    engine.dispose()


def statements(engine: Engine, work: Callable[[str], None]) -> list[str]:
    """What one piece of work sends, first words only."""
    sent: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(" ".join(statement.split()[:2]))

    def note_commit(_conn: object) -> None:
        sent.append("COMMIT")

    for name, listener in (("before_cursor_execute", note), ("commit", note_commit)):
        event.listen(engine, name, listener)
    work("counted")
    for name, listener in (("before_cursor_execute", note), ("commit", note_commit)):
        event.remove(engine, name, listener)
    return sent


def seconds(work: Callable[[str], None]) -> float:
    """How long one round takes."""
    start = time.perf_counter()
    for number in range(UNITS_A_ROUND):
        work(f"{start} {number}")
    return time.perf_counter() - start


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description="the cost of a unit of work beside a plain session")
    parser.add_argument("--rounds", type=int, default=60, help=f"of {UNITS_A_ROUND} units each")
    parser.add_argument("--at-most", type=float, help="fail if the ratio is above this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with with_unit_of_work(folder) as (unit_engine, unit), with_plain_session(folder) as (plain_engine, plain):
            sent, plain_sent = statements(unit_engine, unit), statements(plain_engine, plain)
            unit_seconds, plain_seconds = alternately(unit, plain, options.rounds)
    ratio = statistics.median(u / p for u, p in zip(unit_seconds, plain_seconds, strict=True))
    print(f"a small unit (begin, get, change, commit) on SQLite: {ratio:.3f} x the plain session")
    for label, times, names in (("unit of work", unit_seconds, sent), ("plain session", plain_seconds, plain_sent)):
        each = statistics.median(times) / UNITS_A_ROUND * 1e6
        print(f"  {label:13}  {each:7.0f} us  {len(names)} statements: {', '.join(names)}")
    if sent != plain_sent:
        print("the statements differ", file=sys.stderr)
        return 1
    if options.at_most is not None and ratio > options.at_most:
        print(f"{ratio:.3f} is above {options.at_most}", file=sys.stderr)
        return 1
    return 0


def alternately(
    first: Callable[[str], None], second: Callable[[str], None], rounds: int
) -> tuple[list[float], list[float]]:
    """Time both in turn, the order changing each round, without the garbage collector."""
    seconds(first), seconds(second)
    times: tuple[list[float], list[float]] = ([], [])
    gc.disable()
    for number in range(rounds):
        pairs = [(first, times[0]), (second, times[1])]
        for work, noted in reversed(pairs) if number % 2 else pairs:
            noted.append(seconds(work))
        gc.collect()
    gc.enable()
    return times


if __name__ == "__main__":
    sys.exit(main())
