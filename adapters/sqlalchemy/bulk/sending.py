"""Rows sent to the database, and of rows that it refuses the one that it refuses."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from sqlalchemy import Connection

from unitofwork.adapters.sqlalchemy.bulk.row_errors import in_row
from unitofwork.adapters.sqlalchemy.bulk.statements import Rows
from unitofwork.domain.errors import ConstraintViolation, InvalidValue

Send: TypeAlias = Callable[[Connection, Rows], None]
"""Sends rows by one statement, or a few."""

_POINT = "unitofwork_rows"


def send(connection: Connection, send_all: Send, rows: Rows, numbers: Sequence[int]) -> None:
    """Send rows together; those that are refused are sent by halves, until the one is found that is.

    Args:
        connection: the connection, in a transaction.
        send_all: how to send them.
        rows: what each column is sent.
        numbers: the rows' numbers.

    Raises:
        ConstraintViolation, InvalidValue: the database refuses the row that the error has. Rows before it may be left.
    """
    connection.exec_driver_sql(f"SAVEPOINT {_POINT}")
    try:
        send_all(connection, rows)
        connection.exec_driver_sql(f"RELEASE SAVEPOINT {_POINT}")
        return
    except (ConstraintViolation, InvalidValue) as error:
        _undo(connection)
        if len(rows) == 1:
            raise in_row(error, numbers[0]) from error.__cause__
    half = len(rows) // 2
    send(connection, send_all, rows[:half], numbers[:half])
    send(connection, send_all, rows[half:], numbers[half:])


def _undo(connection: Connection) -> None:
    connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {_POINT}")
    connection.exec_driver_sql(f"RELEASE SAVEPOINT {_POINT}")
