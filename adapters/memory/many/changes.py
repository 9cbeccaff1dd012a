"""What is set at every update of a row, besides what is given: its next version, and what columns compute."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs
from sqlalchemy import BindParameter, Column, ColumnElement, Table, TextClause

from unitofwork.adapters.memory.columns import Columns, columns_of
from unitofwork.adapters.memory.store import Row, Transaction
from unitofwork.adapters.memory.writing.evaluating import Evaluate, evaluated
from unitofwork.adapters.session.many.versions import NextVersion

Computed: TypeAlias = Mapping[Column[Any], ColumnElement[Any] | TextClause]
"""What columns are set to."""


@attrs.frozen
class Changes:
    """Computes values of a row as it was before.

    Attributes:
        steps: the columns, and how each is computed.
    """

    steps: tuple[tuple[Column[Any], Evaluate], ...]

    @classmethod
    def of(cls, table: Table, version: NextVersion | None, computed: Computed) -> "Changes":
        """For rows of a table.

        Raises:
            UnsupportedQuery: an expression cannot be evaluated.
        """
        columns = columns_of(table)
        counted = () if version is None else ((version.column, _counting(version, columns)),)
        return cls((*counted, *((column, _computing(clause, column, columns)) for column, clause in computed.items())))

    def made(self, me: Transaction, row: Row) -> dict[Column[Any], Any]:
        """The values for a row."""
        return {column: compute(row, me) for column, compute in self.steps}


def _counting(version: NextVersion, columns: Columns) -> Evaluate:
    place = columns.place[version.column]
    return lambda row, _: version.after(row[place])


def _computing(clause: ColumnElement[Any] | TextClause, column: Column[Any], columns: Columns) -> Evaluate:
    if isinstance(clause, BindParameter):
        value: Any = clause.effective_value
        return lambda _, __: value
    return evaluated(clause, column, columns)
