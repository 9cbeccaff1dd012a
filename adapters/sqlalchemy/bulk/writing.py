"""Rows go from an iterable to the database, a chunk at a time."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.orm import Mapper

from unitofwork.adapters.sqlalchemy.bulk.chunks import check_alike, chunks, names_in
from unitofwork.adapters.sqlalchemy.bulk.row_errors import in_row
from unitofwork.adapters.sqlalchemy.bulk.sending import Send, send
from unitofwork.adapters.sqlalchemy.bulk.shape import Row, Shape
from unitofwork.adapters.sqlalchemy.bulk.statements import Rows, Values
from unitofwork.domain.errors import PersistenceError


class Plan(Protocol):
    """How rows with the same attributes are written."""

    @property
    def shape(self) -> Shape:
        """Which columns they fill, and how."""
        ...

    def arrange(self, columns: list[Values], numbers: Sequence[int]) -> tuple[Rows, Sequence[int]]:
        """The rows as they are sent, and their numbers."""
        ...

    def opened(self, connection: Connection) -> AbstractContextManager[Send]:
        """Give what sends rows; whatever it needs is gone after the block."""
        ...


def write_many(
    connection: Connection, mapper: Mapper[Any], rows: Iterable[object], plan_of: Callable[[tuple[str, ...]], Plan]
) -> int:
    """Write rows, and return how many were given.

    Args:
        connection: the connection, in a transaction.
        mapper: of the rows' class.
        rows: the rows; while they are read, the connection may be used for anything else.
        plan_of: makes the plan for rows that give attributes of these names.

    Raises:
        PersistenceError: a row cannot be written; the error has its number. Rows before it may be left.
    """
    count = 0
    with ExitStack() as stack:
        for chunk, numbers in chunks(rows, mapper.class_):
            if not count:
                names = names_in(chunk[0], mapper)
                plan = _planned(plan_of, names)
                send_all = stack.enter_context(plan.opened(connection))
            values = _gathered(plan.shape, chunk, numbers, names)
            arranged, kept = plan.arrange(plan.shape.ready(values, numbers), numbers)
            send(connection, send_all, arranged, kept)
            count += len(chunk)
    return count


def _planned(plan_of: Callable[[tuple[str, ...]], Plan], names: tuple[str, ...]) -> Plan:
    try:
        return plan_of(names)
    except PersistenceError as error:
        raise in_row(error, 1) from error.__cause__


def _gathered(shape: Shape, chunk: list[Row], numbers: range, names: tuple[str, ...]) -> dict[str, Values]:
    """The values by column; a row that has other attributes is looked for only if there is one."""
    try:
        values = shape.gather(chunk, numbers)
        alike = set(map(len, chunk)) == {len(names)}
    except PersistenceError as error:
        raise (in_row(error, numbers[0]) if error.row is None else error) from error.__cause__
    except Exception:
        check_alike(chunk, numbers, names, shape.mapper)
        raise
    if not alike:
        check_alike(chunk, numbers, names, shape.mapper)
    return values
