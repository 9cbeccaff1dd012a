"""Rows sent by statements, all or none of them."""

from collections.abc import Callable
from typing import TypeAlias

from sqlalchemy import Connection

from unitofwork.adapters.session.many.sending import Rows
from unitofwork.domain.errors import ConstraintViolation, InvalidValue

Send: TypeAlias = Callable[[Connection, Rows], None]
"""Sends rows by one statement, or a few."""

_POINT = "unitofwork_rows"


def send_in_savepoint(connection: Connection, send: Send, rows: Rows) -> None:
    """Send rows; of those that the database refuses none is left.

    A single row needs no savepoint for that: who writes many is inside of one already, or ends the transaction.

    Raises:
        ConstraintViolation, InvalidValue: the database refuses one.
    """
    if len(rows) == 1:
        send(connection, rows)
        return
    connection.exec_driver_sql(f"SAVEPOINT {_POINT}")
    try:
        send(connection, rows)
    except (ConstraintViolation, InvalidValue):
        undo(connection)
        connection.exec_driver_sql(f"RELEASE SAVEPOINT {_POINT}")
        raise
    connection.exec_driver_sql(f"RELEASE SAVEPOINT {_POINT}")


def undo(connection: Connection) -> None:
    """Undo what `send_in_savepoint` has had sent so far."""
    connection.exec_driver_sql(f"ROLLBACK TO SAVEPOINT {_POINT}")
