"""SQLite's connections, of Python's own driver or behind aiosqlite, which keeps each in a thread of its own.

What is used here of aiosqlite's connection is not public: `_conn`, the connection of Python's driver; `_execute`, which
runs a function in its thread; `_tx`, the queue of what that thread is to run.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import AdaptedConnection
from sqlalchemy.engine.interfaces import DBAPIConnection

R = TypeVar("R")


def in_driver(connection: DBAPIConnection | None, do: Callable[[sqlite3.Connection], R]) -> R:
    """Do something with the connection of Python's driver, in the thread that it is in.

    Raises:
        MissingGreenlet: the thread is another one, and nothing can be awaited here.
    """
    if isinstance(connection, AdaptedConnection):
        return connection.run_async(lambda driver: driver._execute(do, driver._conn))
    assert isinstance(connection, sqlite3.Connection)
    return do(connection)


def is_in_transaction(connection: DBAPIConnection) -> bool:
    """Whether a transaction is open; nothing is awaited for that."""
    driver: Any = connection.driver_connection if isinstance(connection, AdaptedConnection) else connection
    return bool(driver.in_transaction)


def give_up(connection: DBAPIConnection, do: Callable[[sqlite3.Connection], object]) -> None:
    """Do the last thing with a connection that is thrown away, whatever it is in the middle of; wait for nothing."""
    if isinstance(connection, AdaptedConnection):
        driver: Any = connection.driver_connection
        if driver is not None and driver._connection is not None:
            raw: sqlite3.Connection = driver._connection
            raw.interrupt()  # nobody waits for it any more
            driver._tx.put_nowait((None, lambda: do(raw)))
    else:
        assert isinstance(connection, sqlite3.Connection)
        do(connection)
