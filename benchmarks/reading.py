"""What reading much costs: a stream beside the session's own, and a page far from the start beside the first one.

Both streams read 1,000,000 rows and hold none of them; the garbage collector runs as it does in an application. What a
stream adds to the process's memory is printed, where the system tells it, and fails above its limit. Pages have 20
items; page 10,000 is asked for with the cursor of the page before it.

Run it by ``make bench``; ``--help`` lists what can be chosen.
"""

import gc
import sys
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path

from alternately import Comparison, Figures, Side, main
from attrs import field
from databases import NAMES, fresh
from sqlalchemy import Column, Index, Integer, String, Table, select
from sqlalchemy.orm import Session, registry

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, repository, where

STREAMED = 1_000_000
PAGE, SIZE = 10_000, 20
MOST_MEMORY = 10_000
"""How many kilobytes a stream may add."""


@entity
class User:
    name: str
    fullname: str
    age: int | None = None
    kind: int = 0
    id: int | None = field(default=None)


@cache
def mapping() -> registry:
    """Map the users, once."""
    made = registry()
    users = Table(
        "users",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30), nullable=False),
        Column("fullname", String(60), nullable=False),
        Column("age", Integer),
        Column("kind", Integer, nullable=False),
        Index("users_by_name", "name", "id"),
        Index("users_by_age", "age", "id"),
        Index("users_by_kind", "kind", "id"),
    )
    map_entity(made, User, users)
    return made


class Accounts(UnitOfWork):
    users = repository(User)


ORDERS: dict[str, tuple[object, ...]] = {
    "by key": ("id",),
    "by name": ("name",),
    "by name, descending": (where("name").desc(),),
    "by one of three kinds": ("kind",),
    "by age or none": ("age",),
}


@contextmanager
def filled(database: str, rows: int) -> Generator[SqlAlchemyDatabase]:
    """A database with as many rows: few of one name, many of one age, a tenth of them without age."""
    with fresh(database) as url:
        made = SqlAlchemyDatabase(url, mapping())
        made.create_schema()
        with Accounts(made) as uow:
            uow.users.insert_many(
                {
                    "name": f"user {n * 7919 % rows // 3}",
                    "fullname": f"Full Name {n}",
                    "age": n * 31 % 90 if n % 10 else None,
                    "kind": n % 3,
                }
                for n in range(rows)
            )
            uow.commit()
        with made.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE TABLE users" if database == "mariadb" else "ANALYZE users")
            connection.commit()
        yield made
        made.dispose()


@contextmanager
def streaming(database: str) -> Generator[Comparison]:
    """Read every entity, one after the other."""
    with filled(database, STREAMED) as users:

        def ours() -> None:
            with Accounts(users) as uow:
                deque(uow.users.stream(), maxlen=0)

        def theirs() -> None:
            with Session(users.engine) as session:
                deque(session.scalars(select(User).execution_options(yield_per=1000)), maxlen=0)

        added = kilobytes_added(ours)
        if added is not None:
            print(f"stream, {NAMES[database]}: {added:,} kB more (at most {MOST_MEMORY:,})")
            if added > MOST_MEMORY:
                raise SystemExit(f"a stream took {added:,} kB")
        yield Comparison(
            Side("stream", ours, users.engine, gc.enable),
            Side("yield_per(1000)", theirs, users.engine, gc.enable),
            at_most=0.7,
            pieces=1,
            rounds=3,
            equal=False,
        )


def kilobytes_added(work: Callable[[], None]) -> int | None:
    """How much more memory the process has at most during the work than before it; None where no system tells."""
    peak_is_now = Path("/proc/self/clear_refs")
    if not peak_is_now.exists():
        return None
    gc.collect()
    peak_is_now.write_text("5")
    before = _kilobytes("VmRSS")
    work()
    return _kilobytes("VmHWM") - before


def _kilobytes(what: str) -> int:
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what))
    return int(line.split()[1])


@contextmanager
def paging(database: str, order: tuple[object, ...]) -> Generator[Comparison]:
    """Ask for one page in a unit of its own."""
    with filled(database, PAGE * SIZE) as users:
        with Accounts(users) as uow:
            before = uow.users.page(order_by=order, size=(PAGE - 1) * SIZE).next

        def page(after: str | None) -> None:
            with Accounts(users) as uow:
                assert len(uow.users.page(order_by=order, size=SIZE, after=after)) == SIZE

        yield Comparison(
            Side("page 10,000", partial(page, before), users.engine),
            Side("page 1", partial(page, None), users.engine),
            at_most=1.4,  # a key that is not unique takes SQLite two statements
            pieces=20,
            rounds=30,
            equal=False,
        )


FIGURES: Figures = {
    **{f"stream of 1,000,000, {name}": partial(streaming, database) for database, name in NAMES.items()},
    **{
        f"page 10,000 {what}, {name}": partial(paging, database, order)
        for what, order in ORDERS.items()
        for database, name in NAMES.items()
    },
}

if __name__ == "__main__":
    sys.exit(main(__doc__, FIGURES))
