"""A shop in two databases that commit in two phases, and how a process dies in between."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from integration.binds.conftest import Places
from integration.binds.shop import Line, Order, Shop, mapping
from unitofwork import EngineOptions, InDoubt, SqlAlchemyDatabase
from unitofwork.domain.errors import PersistenceError

PATIENCE = 10.0
"""How long, in seconds, a server may take to notice that a client is gone."""


def shop_database(places: Places) -> SqlAlchemyDatabase:
    binds: dict[Any, Any] = {Order: places.orders.url, Line: places.orders.url}
    return SqlAlchemyDatabase(
        places.users.url, mapping(), binds=binds, twophase=True, options=EngineOptions(lock_timeout=1)
    )


def kept(database: SqlAlchemyDatabase) -> tuple[list[str], list[int]]:
    """The names of the users, and the numbers of the orders."""
    with Shop(database) as uow:
        return [user.name for user in uow.users.find()], sorted(order.number for order in uow.orders.find())


BEFORE = (["sandy"], [1])
AFTER = (["sandy squirrel"], [1, 2])


def change(uow: Shop) -> None:
    """What `dying` does, too."""
    sandy = uow.users.find_one(name="sandy")
    sandy.name = "sandy squirrel"
    uow.orders.add(Order(2, sandy))
    uow.flush()


def die(places: Places, name: str, number: int) -> None:
    """Let another process make the change, and kill itself just before that event happens for the number-th time."""
    urls = [place.url.render_as_string(hide_password=False) for place in (places.users, places.orders)]
    child = subprocess.run(
        [sys.executable, "-m", "integration.binds.dying", *urls, name, str(number)],
        cwd=Path(__file__).parents[3],
        timeout=60,
        check=False,
        capture_output=True,
        text=True,
    )
    assert child.returncode == -9, child.stderr


def eventually(act: Callable[[], None]) -> None:
    """Try until a server has noticed that a client is gone."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except PersistenceError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


# A process that dies


def the_one(database: SqlAlchemyDatabase) -> InDoubt:
    (found,) = database.in_doubt()
    return found


def on(database: SqlAlchemyDatabase, name: str, number: int, act: Callable[[Connection], None]) -> None:
    """Act just before an event happens for the number-th time."""
    happened = 0

    def count(connection: Connection, *_: object) -> None:
        nonlocal happened
        happened += 1
        if happened == number:
            act(connection)

    for engine in database.engines:
        event.listen(engine, name, count)
