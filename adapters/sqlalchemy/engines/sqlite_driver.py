"""SQLite's connections, of Python's own driver or behind aiosqlite, which keeps each in a thread of its own.

What is used here of aiosqlite's connection is not public: `_conn`, the connection of Python's driver; `_execute`, which
runs a function in its thread; `_tx`, the queue of what that thread is to run.
"""

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakSet

from sqlalchemy import AdaptedConnection
from sqlalchemy.util.concurrency import await_, in_greenlet

from unitofwork.adapters.sqlalchemy.engines.finishing import wait_shortly

R = TypeVar("R")


def in_driver(connection: object, do: Callable[[sqlite3.Connection], R]) -> R:
    """Do something with the connection of Python's driver, in the thread that it is in.

    Raises:
        MissingGreenlet: the thread is another one, and nothing can be awaited here.
    """
    if isinstance(connection, AdaptedConnection):
        done: R = connection.run_async(lambda driver: driver._execute(do, driver._conn))
        return done
    assert isinstance(connection, sqlite3.Connection)
    return do(connection)


def is_in_transaction(connection: object) -> bool:
    """Whether a transaction is open; nothing is awaited for that."""
    driver: Any = connection.driver_connection if isinstance(connection, AdaptedConnection) else connection
    return bool(driver.in_transaction)


class TrackedConnection(sqlite3.Connection):
    """Knows its cursors: a statement that is not read to its end keeps a lock, beyond rollback and close."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Connect."""
        super().__init__(*arguments, **options)
        self.open_cursors: WeakSet[sqlite3.Cursor] = WeakSet()
        self._stopped = False

    def cursor(self, factory: Any = sqlite3.Cursor) -> Any:
        """Make a cursor."""
        made = super().cursor(factory)
        self.open_cursors.add(made)
        return made

    def can_be_stopped(self) -> None:
        """Let `stop` end a statement, by a question that SQLite asks now and then."""
        self.set_progress_handler(lambda: self._stopped, _STEPS)

    def stop(self) -> None:
        """End the statement that is running in another thread; unlike `interrupt`, this ends no ROLLBACK to come."""
        self._stopped = True

    def let_go(self) -> None:
        """Let go of all locks, before the connection is closed."""
        self.set_progress_handler(None, 0)
        for cursor in list(self.open_cursors):
            cursor.close()
        with suppress(sqlite3.Error):
            self.rollback()


_STEPS = 10_000
"""Of SQLite's machine, a fraction of a millisecond; the handler has no price that can be measured."""

_CLOSING = 0.05
"""How long, in seconds, a thread is waited for: one that waits for another writer's lock cannot be stopped."""


def terminate(adapted: AdaptedConnection) -> None:
    """Throw a connection of aiosqlite away, behind what its thread is in the middle of, which is stopped."""
    driver: Any = adapted.driver_connection
    raw: TrackedConnection | None = driver._connection
    if raw is None:
        return
    raw.stop()
    driver._tx.put_nowait((None, raw.let_go))
    closed = driver.stop()
    if closed is not None and in_greenlet():
        await_(wait_shortly(closed, _CLOSING))
