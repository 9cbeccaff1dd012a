"""Rows sent to the database, and of rows that it refuses the one that it refuses."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from unitofwork.adapters.session.many.row_errors import in_row
from unitofwork.domain.errors import ConstraintViolation, InvalidValue

Rows: TypeAlias = list[tuple[Any, ...]]


def send(send_all: Callable[[Rows], None], rows: Rows, numbers: Sequence[int]) -> None:
    """Send rows together; those that are refused are sent by halves, until the one is found that is.

    Args:
        send_all: sends rows, all or none of them.
        rows: the rows.
        numbers: their numbers.

    Raises:
        ConstraintViolation, InvalidValue: the database refuses the row that the error has. Rows before it may be left.
    """
    try:
        send_all(rows)
        return
    except (ConstraintViolation, InvalidValue) as error:
        if len(rows) == 1:
            raise in_row(error, numbers[0]) from error.__cause__
    half = len(rows) // 2
    send(send_all, rows[:half], numbers[:half])
    send(send_all, rows[half:], numbers[half:])
