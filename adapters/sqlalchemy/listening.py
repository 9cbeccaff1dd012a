"""News of the outbox by PostgreSQL's LISTEN, on a connection of its own."""

import logging
import selectors
import socket
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager, suppress
from threading import Event, Thread
from typing import Any

from unitofwork.adapters.sqlalchemy.database import SqlAlchemyDatabase
from unitofwork.adapters.sqlalchemy.engines.postgresql_server import CHANNEL
from unitofwork.domain.errors import UnsupportedQuery
from unitofwork.domain.outbox import BUCKETS

_logger = logging.getLogger("unitofwork")

PAUSES = (0.1, 0.5, 2.0, 5.0)
"""Seconds to wait before connecting again, after the first failure, the second, and so on."""

SILENCE = 30.0
"""After how many seconds without news the connection is tried."""


class PostgresNews:
    """Tells a relay of new messages within a millisecond or two: where the outbox was made with ``notify=True``.

    ::

        Relay(units, publisher, news=PostgresNews(database))

    It holds one connection, and opens another one when that is lost; the relay looks into all buckets then.

    Args:
        database: on PostgreSQL, by psycopg.

    Raises:
        UnsupportedQuery: it is another database, or driver.
    """

    def __init__(self, database: SqlAlchemyDatabase) -> None:
        dialect = database.engine.dialect
        if (dialect.name, dialect.driver) != ("postgresql", "psycopg"):
            raise UnsupportedQuery(
                f"{dialect.name} by {dialect.driver} has no LISTEN here: let the relay look by itself"
            )
        self._engine = database.engine
        self._closing = Event()
        self._thread: Thread | None = None
        self._woken, self._waker = socket.socketpair()

    def listen(self, heard: Callable[[int], None]) -> None:
        """Call this with the number of each bucket that has new messages, in a thread of its own, until `close`."""
        self._thread = Thread(target=self._listen, args=(heard,), name="unitofwork-news", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, and close the connection. Twice is harmless."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._waker.send(b".")
        if self._thread is not None:
            self._thread.join()
        self._woken.close()
        self._waker.close()

    def _listen(self, heard: Callable[[int], None]) -> None:
        failures = 0
        while not self._closing.is_set():
            try:
                with self._connected() as connection:
                    failures = 0
                    for bucket in range(BUCKETS):  # of what came while nobody listened there is no news
                        heard(bucket)
                    self._hear(connection, heard)
            except Exception as error:
                _logger.warning("the connection for news of the outbox failed: %s; it is opened again", type(error))
                self._closing.wait(PAUSES[min(failures, len(PAUSES) - 1)])
                failures += 1

    @contextmanager
    def _connected(self) -> Generator[Any]:
        """A connection that listens, made as the pool's are, and not given back to it."""
        pooled = self._engine.raw_connection()
        connection: Any = pooled.driver_connection
        pooled.detach()
        with closing(connection):
            connection.rollback()
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            yield connection

    def _hear(self, connection: Any, heard: Callable[[int], None]) -> None:
        with selectors.DefaultSelector() as ready:
            ready.register(connection.fileno(), selectors.EVENT_READ)
            ready.register(self._woken, selectors.EVENT_READ)
            while not self._closing.is_set():
                if not ready.select(SILENCE):
                    connection.execute("SELECT 1")  # fails if the other side is gone
                while news := [notice.payload for notice in connection.notifies(timeout=0)]:
                    for bucket in _numbers(news):
                        heard(bucket)


def _numbers(news: list[str]) -> set[int]:
    """The buckets in the payloads; others may send what they like on the channel."""
    found = set[int]()
    for payload in news:
        with suppress(ValueError):
            found.update(int(number) for number in payload.split(","))
    return found
