"""What questions read: the rows of tables, as one transaction sees them."""

from collections.abc import Collection
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Column, Table

Row: TypeAlias = tuple[Any, ...]
"""The row's number, and then the stored value of each column, in the order of the table's."""

Record: TypeAlias = tuple[Any, ...]
"""The rows of one entity, one after the other."""


class Reader(Protocol):
    """Rows as one transaction sees them."""

    def table(self, table: Table) -> Any:
        """What the other methods know the table by."""
        ...

    def rows(self, table: Any) -> Collection[Row]:
        """All rows of the table."""
        ...

    def find(self, table: Any, columns: tuple[Column[Any], ...], values: tuple[Any, ...]) -> Collection[Row]:
        """The rows with these values in these columns; None is equal to nothing."""
        ...

    def by_key(self, table: Any, key: tuple[Any, ...]) -> Row | None:
        """The row with this primary key, or None."""
        ...
