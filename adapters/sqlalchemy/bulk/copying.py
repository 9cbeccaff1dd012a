"""COPY by psycopg's cursors, with and without asyncio; psycopg is not imported here."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_cursor


def copy_rows(cursor: Any, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Copy rows by a COPY statement.

    Args:
        cursor: of the driver, or as SQLAlchemy adapts one of asyncio.
        statement: says where to.
        rows: the values.
    """
    if isinstance(cursor, AsyncAdapt_dbapi_cursor):
        adapted: Any = cursor
        adapted._adapt_connection.run_async(partial(_copy_awaited, statement, rows))
        return
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


async def _copy_awaited(statement: str, rows: Iterable[tuple[Any, ...]], driver: Any) -> None:
    async with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            await copy.write_row(row)
