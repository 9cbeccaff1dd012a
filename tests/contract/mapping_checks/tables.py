"""Tables to map the classes of a mapping check to."""

from typing import Any

from sqlalchemy import CheckConstraint, Column, Integer, String, Table
from sqlalchemy.orm import registry


def table_of(mapping: registry, name: str = "users", *columns: Column[Any] | CheckConstraint) -> Table:
    """A table with a surrogate key, and a ``name`` unless other columns are given."""
    return Table(
        name, mapping.metadata, Column("id", Integer, primary_key=True), *(columns or (Column("name", String(50)),))
    )
