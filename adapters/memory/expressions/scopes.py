"""Where the columns are that an expression may name: in the row at hand, and inside a subquery in its own rows too."""

from collections.abc import Mapping
from typing import Any

import attrs
from sqlalchemy import Column


@attrs.frozen(eq=False)
class Scope:
    """The columns of one row.

    Attributes:
        row: the name of the row in the source.
        place: where in it each column is.
        outer: the scope around this one, for a subquery.
    """

    row: str
    place: Mapping[Column[Any], int]
    outer: "Scope | None" = None

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
