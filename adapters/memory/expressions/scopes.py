"""Where the columns are that an expression may name: in the row at hand, and inside a subquery in its own rows too."""

from collections.abc import Mapping
from typing import Any

import attrs
from sqlalchemy import Column, FromClause


@attrs.frozen(eq=False)
class Scope:
    """The columns of one row.

    Attributes:
        row: the name of the row in the source.
        place: where in it each column is.
        outer: the scope around this one, for a subquery and for each further row of one.
        froms: what the SELECT reads that the row is of.
    """

    row: str
    place: Mapping[Column[Any], int]
    outer: "Scope | None" = None
    froms: tuple[FromClause, ...] = ()

    @classmethod
    def of_row(cls, row: str, place: Mapping[Column[Any], int]) -> "Scope":
        """The scope of an expression on one row, which may be joined of those of several tables."""
        froms = (getattr(column, "table", None) for column in place)  # a column may be in no table
        return cls(row, place, None, tuple({table: None for table in froms if table is not None}))

    def code(self, column: Column[Any]) -> str | None:
        """The source that reads the column; None if it is nowhere."""
        if column in self.place:
            return f"{self.row}[{self.place[column]}]"
        return None if self.outer is None else self.outer.code(column)

    def columns(self) -> list[tuple[Column[Any], str]]:
        """Every column with its source, those of this scope first."""
        own = [(column, f"{self.row}[{place}]") for column, place in self.place.items()]
        return own if self.outer is None else own + self.outer.columns()

    def rows(self) -> tuple[str, ...]:
        """The names of all rows, this one's last."""
        return (self.row,) if self.outer is None else (*self.outer.rows(), self.row)

    def all_froms(self) -> tuple[FromClause, ...]:
        """What this SELECT and those around it read."""
        return self.froms if self.outer is None else (*self.outer.all_froms(), *self.froms)
