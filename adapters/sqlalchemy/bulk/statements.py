"""INSERTs that are compiled once and then run by the driver itself, with values that are ready for it."""

from collections.abc import Sequence
from copy import copy
from itertools import chain, repeat
from typing import Any, TypeVar

import attrs
from sqlalchemy import BindParameter, Column, Connection, Dialect, bindparam
from sqlalchemy.sql.dml import Insert
from sqlalchemy.types import TypeEngine

from unitofwork.adapters.session.many.columns import Bind, Binder, Values
from unitofwork.adapters.session.many.sending import Rows

I = TypeVar("I", bound=Insert)  # noqa: E741  # an INSERT

_VALUE = "unitofwork_"
"""How placeholders are named, before their number."""
_VALUES = " VALUES "


@attrs.frozen
class Constant:
    """A value that an expression of the statement has in it, ready for the driver."""

    value: object


@attrs.frozen
class DriverStatement:
    """An INSERT in the driver's own words.

    Attributes:
        head: up to the values.
        values: those of one row, with a placeholder for each; none where every column has its default.
        tail: what is done about conflicts, if anything is.
        order: for each placeholder the number of the column that fills it, or the constant that does.
        constants: what fills the placeholders of the tail.
    """

    head: str
    values: str
    tail: str
    order: tuple[int | Constant, ...]
    constants: tuple[object, ...] = ()

    def text(self, count: int = 1) -> str:
        """The statement for so many rows."""
        return self.head + ", ".join(repeat(self.values, count)) + self.tail

    def arranged(self, columns: Sequence[Values], count: int) -> Rows:
        """As many rows of these columns, with their values in the statement's order."""
        if not self.order:
            return [()] * count
        return list(zip(*(self._filled(place, columns, count) for place in self.order), strict=True))

    def run(self, connection: Connection, rows: Rows) -> None:
        """Run it for each row; errors of the driver come out as ours, as from any statement."""
        constants = self.constants
        if len(rows) == 1 and (one := rows[0] + constants):  # which drivers send in fewer steps than a list of one
            connection.exec_driver_sql(self.text(), one)
            return
        connection.exec_driver_sql(self.text(), [row + constants for row in rows] if constants else rows)

    def run_together(self, connection: Connection, rows: Rows, together: int) -> None:
        """Run it for so many rows at a time, and for each of those that are left over."""
        left = len(rows) % together
        if whole := len(rows) - left:
            values, width = tuple(chain.from_iterable(rows[:whole])), together * len(self.order)
            starts = range(0, len(values), width)
            connection.exec_driver_sql(
                self.text(together), [values[start : start + width] + self.constants for start in starts]
            )
        if left:
            self.run(connection, rows[whole:])

    def _filled(self, place: int | Constant, columns: Sequence[Values], count: int) -> Values:
        return list(repeat(place.value, count)) if isinstance(place, Constant) else columns[place]


def binder_of(dialect: Dialect) -> Binder:
    """How values are made ready for the database's driver."""

    def binder(column: Column[Any]) -> Bind | None:
        return bind_of(column.type, dialect)

    return binder


def bind_of(type_: TypeEngine[Any], dialect: Dialect) -> Bind | None:
    """What a type makes of a value for the driver; None if it is sent as it is."""
    return type_.dialect_impl(dialect).bind_processor(dialect)


def with_placeholders(statement: I, columns: Sequence[Column[Any]]) -> I:
    """The INSERT with a placeholder for each column, numbered in their order."""
    values: dict[Any, Any] = {
        column: bindparam(f"{_VALUE}{number}", type_=column.type) for number, column in enumerate(columns)
    }
    return statement.values(values)


def compiled(plain: Insert, dialect: Dialect, complete: Insert | None = None) -> DriverStatement:
    """Compile an INSERT that was made `with_placeholders`.

    Args:
        plain: the INSERT.
        dialect: of the database.
        complete: the same with what is done about conflicts.
    """
    if not dialect.positional:
        dialect = copy(dialect)
        dialect.paramstyle, dialect.positional = "format", True
    text, order = _compiled(plain, dialect)
    whole, all_places = (text, order) if complete is None else _compiled(complete, dialect)
    head, separator, values = text.partition(_VALUES)
    if not order:  # DEFAULT VALUES, or what a database has for it
        head, separator, values = text, "", ""
    constants = tuple(place.value for place in all_places[len(order) :] if isinstance(place, Constant))
    return DriverStatement(head + separator, values, whole[len(text) :], order, constants)


def _compiled(statement: Insert, dialect: Dialect) -> tuple[str, tuple[int | Constant, ...]]:
    made: Any = statement.inline().compile(dialect=dialect)
    return str(made), tuple(_place(name, made.binds[name], dialect) for name in made.positiontup or ())


def _place(name: str, bind: BindParameter[Any], dialect: Dialect) -> int | Constant:
    if name.startswith(_VALUE):
        return int(name.removeprefix(_VALUE))
    ready = bind_of(bind.type, dialect)
    value: object = bind.effective_value
    return Constant(value if ready is None else ready(value))
