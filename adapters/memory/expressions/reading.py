"""What expressions read besides their own row."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from sqlalchemy import Column, Table

Row: TypeAlias = tuple[Any, ...]
"""Stored values, each at a place of its own."""


class Reader(Protocol):
    """Sees the rows of tables, as one transaction does."""

    def now(self) -> datetime:
        """When the transaction began, in UTC."""
        ...

    def table(self, table: Table) -> Any:
        """What the other methods know a table by."""
        ...

    def rows(self, table: Any) -> Collection[Row]:
        """Every row: its number, then the stored values of the table's columns."""
        ...

    def find(self, table: Any, columns: tuple[Column[Any], ...], values: tuple[Any, ...]) -> Collection[Row]:
        """The rows that have these stored values, of which None equals nothing."""
        ...
