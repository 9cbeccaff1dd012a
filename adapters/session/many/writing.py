"""Rows go from an iterable to the database, a chunk at a time."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from itertools import chain
from typing import Any, Generic, TypeAlias, TypeVar

import attrs
from sqlalchemy import Column
from sqlalchemy.orm import Mapper

from unitofwork.adapters.session.many.chunks import check_alike, chunks, names_in
from unitofwork.adapters.session.many.columns import Values
from unitofwork.adapters.session.many.keys import last_of_each
from unitofwork.adapters.session.many.row_errors import in_row
from unitofwork.adapters.session.many.sending import Rows, send
from unitofwork.adapters.session.many.shape import Row, Shape
from unitofwork.domain.errors import PersistenceError

C = TypeVar("C")
"""A connection."""

Send: TypeAlias = Callable[[C, Rows], None]
"""Sends rows, together."""
Opened: TypeAlias = Callable[[C], AbstractContextManager[Send[C]]]
"""Gives what sends rows; whatever that needs is gone after the block."""
Atomic: TypeAlias = Callable[[C, Send[C], Rows], None]
"""Has rows sent, and leaves none of them where one is refused."""


@attrs.frozen
class Plan(Generic[C]):
    """How rows with the same attributes are written.

    Attributes:
        shape: which columns they fill, and how.
        opened: gives what sends them.
        arranged: makes rows, as many as it is told, of the values of each column.
        key: of rows that have these columns in common only the last one is written; of none, all are.
    """

    shape: Shape
    opened: Opened[C]
    arranged: Callable[[list[Values], int], Rows]
    key: tuple[Column[Any], ...] = ()

    def rows(self, columns: list[Values], numbers: range) -> tuple[Rows, Sequence[int]]:
        """The rows as they are sent, and their numbers."""
        if not self.key:
            return self.arranged(columns, len(numbers)), numbers
        kept, those = last_of_each(columns, [self.shape.columns.index(each) for each in self.key], numbers)
        return self.arranged(kept, len(those)), those


def write_many(
    connection: C,
    mapper: Mapper[Any],
    rows: Iterable[object],
    plan_of: Callable[[tuple[str, ...]], Plan[C]],
    atomic: Atomic[C],
) -> int:
    """Write rows, and return how many were given.

    Args:
        connection: the connection, in a transaction.
        mapper: of the rows' class.
        rows: the rows; while they are read, the connection may be used for anything else.
        plan_of: makes the plan for rows that give attributes of these names.
        atomic: has rows sent.

    Raises:
        PersistenceError: a row cannot be written; the error has its number. Rows before it may be left.
    """
    read = chunks(rows, mapper.class_)
    first = next(read, None)
    if first is None:
        return 0
    names = names_in(first[0][0], mapper)
    plan, count = _planned(plan_of, names), 0
    remaining = chain([first], read)
    del first  # or these rows would be in memory to the end
    with plan.opened(connection) as send_all:
        for chunk, numbers in remaining:
            values = _gathered(plan.shape, chunk, numbers, names)
            sent, those = plan.rows(plan.shape.ready(values, numbers), numbers)
            send(partial(atomic, connection, send_all), sent, those)
            count += len(chunk)
    return count


def _planned(plan_of: Callable[[tuple[str, ...]], Plan[C]], names: tuple[str, ...]) -> Plan[C]:
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
