"""Versions in a flush: what makes them, and whether a row still has the one that an entity has."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import attrs
from sqlalchemy import Column
from sqlalchemy.orm import Mapper

from unitofwork.adapters.memory.columns import Columns
from unitofwork.adapters.memory.store import Row


@attrs.frozen(eq=False)
class Version:
    """By what a change of a row that has changed meanwhile is found out.

    Attributes:
        name: the attribute.
        column: its column.
        place: where it is among the attributes that are written.
        columns: those of the table.
        after: makes the version that comes after another one, or a first one after None.
        confirms_deletions: whether a deletion, too, must find the row as it was.
    """

    name: str
    column: Column[Any]
    place: int
    columns: Columns
    after: Callable[[Any], Any]
    confirms_deletions: bool

    @classmethod
    def of(cls, mapper: Mapper[Any], columns: Columns, written: Sequence[Column[Any]]) -> "Version | None":
        """Of a class, whose attributes are written to these columns; None if it has none."""
        column: Any = mapper.version_id_col
        if column is None:
            return None
        name, after = (
            mapper.get_property_by_column(column).key,
            cast("Callable[[Any], Any]", mapper.version_id_generator),
        )
        return cls(name, column, written.index(column), columns, after, bool(mapper.confirm_deleted_rows))

    def put(self, version: object, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """The values that are written, with a version among them."""
        return (*values[: self.place], version, *values[self.place + 1 :])

    def is_there(self, row: Row, version: object) -> bool:
        """Whether a row has the version that an entity has."""
        stored = row[self.columns.place[self.column]]
        return self.columns.is_equal(self.column, stored, self.columns.operand(self.column, version))
