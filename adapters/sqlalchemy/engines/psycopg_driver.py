"""What is asked of psycopg's connections outside of their transactions, with and without asyncio."""

from asyncio import CancelledError
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.generators import execute
from psycopg.pq.abc import PGresult
from sqlalchemy.util.concurrency import await_


def answer_of(driver: "psycopg.Connection[Any] | psycopg.AsyncConnection[Any]", query: bytes) -> PGresult:
    """What the server answers to a query, or to the last of several, errors too; the driver begins nothing for it."""
    if isinstance(driver, psycopg.Connection):
        return driver.pgconn.exec_(query)
    driver.pgconn.send_query(query)
    answers: list[PGresult] = await_(driver.wait(execute(driver.pgconn)))
    return answers[-1]


def execute_many(cursor: Any, statement: str, parameters: Sequence[Any], _context: object) -> bool:
    """Run a statement for several rows; broken off, the driver fails over what it was in the middle of.

    Raises:
        CancelledError: behind the driver's error.
    """
    try:
        cursor.executemany(statement, parameters)
    except AssertionError as error:
        cause = error.__context__
        while cause is not None and not isinstance(cause, CancelledError):
            cause = cause.__context__
        raise cause or error from None
    return True


class QuietCursor(psycopg.AsyncServerCursor[Any]):
    """A cursor of the server's that is silent if closing it was broken off: it is gone with its transaction."""

    def __del__(self, _warn: object = None, /) -> None:
        """Do not warn."""
