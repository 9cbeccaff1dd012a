"""New rows as the store takes them, with what SQL expressions make of columns that are given no value."""

from typing import Any

import attrs
from sqlalchemy import Column

from unitofwork.adapters.memory.columns import columns_of
from unitofwork.adapters.memory.store import Row, Transaction
from unitofwork.adapters.memory.writing.evaluating import Evaluate, evaluated
from unitofwork.adapters.memory.writing.made import made_by_sql
from unitofwork.adapters.session.many.sending import Rows
from unitofwork.adapters.session.many.shape import Shape

_NO_ROW: Row = ()


@attrs.frozen
class NewRows:
    """Makes rows of values.

    Attributes:
        columns: what the values are of, in their order.
        computed: other columns, and how each is computed.
    """

    columns: tuple[Column[Any], ...]
    computed: tuple[tuple[Column[Any], Evaluate], ...]

    @classmethod
    def of(cls, shape: Shape) -> "NewRows":
        """For rows of a shape.

        Raises:
            UnsupportedQuery: a column's default cannot be evaluated.
        """
        columns = columns_of(shape.table)
        computed = tuple(
            (column, evaluated(expression, column, columns, {}))
            for column in shape.table.columns
            if column not in shape.columns and (expression := made_by_sql(column.default)) is not None
        )
        return cls(shape.columns, computed)

    def made(self, me: Transaction, rows: Rows) -> list[dict[Column[Any], Any]]:
        """The rows."""
        columns = self.columns
        made: list[dict[Column[Any], Any]] = [dict(zip(columns, row, strict=True)) for row in rows]
        for column, compute in self.computed:
            for each in made:
                each[column] = compute(_NO_ROW, me)
        return made
