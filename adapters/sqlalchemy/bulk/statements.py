"""Statements that are compiled once and then run by the driver itself, with values that are ready for it."""

from collections.abc import Sequence
from copy import copy
from itertools import repeat
from typing import Any, TypeAlias

import attrs
from sqlalchemy import BindParameter, Column, Connection, Dialect, bindparam
from sqlalchemy.sql.dml import Insert

Values: TypeAlias = list[Any]
"""Of one column, for each of some rows, ready for the driver."""
Rows: TypeAlias = list[tuple[Any, ...]]

_VALUE = "unitofwork_"
"""How placeholders are named, before their number."""


@attrs.frozen
class Constant:
    """A value that an expression of the statement has in it, ready for the driver."""

    value: object


@attrs.frozen
class DriverStatement:
    """A statement in the driver's own words.

    Attributes:
        sql: with a placeholder for each value.
        order: for each of these the number of the column that fills it, or the constant that does.
    """

    sql: str
    order: tuple[int | Constant, ...]

    def arranged(self, columns: Sequence[Values], count: int) -> Rows:
        """As many rows of these columns, with their values in the statement's order."""
        if not self.order:
            return [()] * count
        return list(zip(*(self._filled(place, columns, count) for place in self.order), strict=True))

    def run(self, connection: Connection, rows: Rows) -> None:
        """Run it for each row; errors of the driver come out as ours, as from any statement."""
        connection.exec_driver_sql(self.sql, rows)

    def _filled(self, place: int | Constant, columns: Sequence[Values], count: int) -> Values:
        return list(repeat(place.value, count)) if isinstance(place, Constant) else columns[place]


def placeholders(columns: Sequence[Column[Any]]) -> dict[Column[Any], BindParameter[Any]]:
    """A placeholder for each column, numbered in their order."""
    return {column: bindparam(f"{_VALUE}{number}", type_=column.type) for number, column in enumerate(columns)}


def compiled(statement: Insert, dialect: Dialect) -> DriverStatement:
    """Compile a statement whose values are `placeholders`."""
    if not dialect.positional:
        dialect = copy(dialect)
        dialect.paramstyle, dialect.positional = "format", True
    made: Any = statement.inline().compile(dialect=dialect)
    order = tuple(_place(name, made.binds[name], dialect) for name in made.positiontup or ())
    return DriverStatement(str(made), order)


def _place(name: str, bind: BindParameter[Any], dialect: Dialect) -> int | Constant:
    if name.startswith(_VALUE):
        return int(name.removeprefix(_VALUE))
    process = bind.type.dialect_impl(dialect).bind_processor(dialect)
    value: object = bind.effective_value
    return Constant(value if process is None else process(value))
