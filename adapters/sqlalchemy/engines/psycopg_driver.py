"""What is asked of psycopg's connections outside of their transactions, with and without asyncio."""

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
