"""One column of many rows: its values checked against the mapping, and made ready to be sent."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import attrs
from sqlalchemy import Column, Dialect
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.operators import Operators

from unitofwork.adapters.orm.column_types import test_of
from unitofwork.adapters.orm.many_values import ManyTest, many_test_of
from unitofwork.adapters.orm.rules import Test
from unitofwork.adapters.session.many.attributes import name_of
from unitofwork.adapters.session.many.row_errors import in_row
from unitofwork.domain.errors import InvalidValue, NotNullViolation, PersistenceError, WrongType

Values: TypeAlias = list[Any]
"""Of one column, for each of some rows."""
Bind: TypeAlias = Callable[[Any], Any]
"""What a column's type makes of a value before it is sent, None included."""
Binder: TypeAlias = Callable[[Column[Any]], Bind | None]
"""Gives that for a column; None where values are sent as they are."""

_NONE = type(None)


@attrs.frozen
class ColumnValues:
    """Makes values of a column ready to be sent."""

    column: Column[Any]
    name: str
    """Of the class and its attribute, for errors."""
    entity_type: type
    needed: bool
    """Whether every row needs a value."""
    test: Test | None
    many_test: ManyTest | None
    bind: Bind | None

    @classmethod
    def of(
        cls, column: Column[Any], mapper: Mapper[Any], dialect: Dialect, bind: Bind | None, *, needed: bool = False
    ) -> "ColumnValues":
        """For a column of the mapper's table.

        Args:
            column: the column.
            mapper: of the class.
            dialect: of the database.
            bind: makes a value ready.
            needed: whether None is refused; where the column is not nullable, it always is.
        """
        type_ = column.type
        return cls(
            column,
            name_of(mapper, column),
            mapper.class_,
            needed or not column.nullable,
            test_of(type_, dialect, stored=True),
            many_test_of(type_, dialect),
            bind,
        )

    def ready(self, values: Values, rows: Sequence[int]) -> Values:
        """What is sent for these values.

        Args:
            values: of one row each.
            rows: the rows' numbers.

        Raises:
            InvalidValue: the column cannot hold one of them.
            NotNullViolation: one is None that may not be.
        """
        nothing = False
        if not self._surely_takes(values):
            present = [value for value in values if value is not None]
            nothing = len(present) < len(values)
            if present and not (nothing and self._surely_takes(present)):
                self._test_each(values, rows)
        if self.bind is not None:
            values = self._bound(values, rows)
            nothing = _NONE in set(map(type, values))
        if nothing and self.needed:
            row = next(row for row, value in zip(rows, values, strict=True) if value is None)
            raise in_row(self._error(NotNullViolation, f"needs a value{self._cure()}"), row)
        return values

    def _surely_takes(self, values: Values) -> bool:
        """Whether all are taken, and none is None, by a test of them together."""
        if self.many_test is None:
            return False
        try:
            return self.many_test(values)
        except TypeError:
            return False

    def _test_each(self, values: Values, rows: Sequence[int]) -> None:
        test = self.test
        for row, value in zip(rows, values, strict=True):
            if isinstance(value, ClauseElement | Operators):
                raise in_row(self._error(WrongType, "takes a value, not a SQL expression"), row)
            refusal = test(value) if test is not None and value is not None else None
            if refusal is not None:
                raise in_row(self._error(refusal.error, refusal.text), row) from refusal.cause

    def _bound(self, values: Values, rows: Sequence[int]) -> Values:
        assert self.bind is not None
        done: Values = []
        try:
            done.extend(map(self.bind, values))
        except Exception as error:  # of the application's or the driver's types, which may stumble in any way
            text = f"cannot be sent this {type(values[len(done)]).__name__}"
            raise in_row(self._error(InvalidValue, text), rows[len(done)]) from error
        return done

    def _cure(self) -> str:
        generated = self.column is self.column.table.autoincrement_column
        return ": leave it out of every row, and it is generated" if generated else ""

    def _error(self, kind: type[PersistenceError], text: str) -> PersistenceError:
        return kind(
            f"{self.name} {text}",
            entity_type=self.entity_type,
            table=self.column.table.name,
            columns=(self.column.name,),
        )
