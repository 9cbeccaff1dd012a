"""COPY as a statement like any other: logged, counted, and its errors come out as ours.

Rows travel as the statement's execution option; psycopg sends them in its own way, which no cursor's ``execute`` knows.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import ExecutionContext

_ROWS = "unitofwork_copied_rows"


def copy_as_statement(engine: Engine) -> None:
    """Let COPY be run on the engine by `copy_rows`."""
    event.listen(engine, "do_execute", _copy)


def copy_rows(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Run a COPY … FROM STDIN with these rows."""
    connection.exec_driver_sql(statement, execution_options={_ROWS: rows})


def _copy(cursor: Any, statement: str, _parameters: object, context: ExecutionContext) -> bool | None:
    rows: Sequence[tuple[Any, ...]] | None = context.execution_options.get(_ROWS)
    if rows is None:
        return None
    with cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    return True
