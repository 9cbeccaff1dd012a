"""The next version of rows that are changed where they are, without being read."""

from typing import Any

import attrs
from sqlalchemy import Column, ColumnElement, Integer, literal, literal_column
from sqlalchemy.orm import Mapper

from unitofwork.domain.errors import UnsupportedQuery


@attrs.frozen
class NextVersion:
    """What the version column is set to.

    Attributes:
        column: the column.
        made: the version, whatever the one before; None if it is one more than that.
    """

    column: Column[Any]
    made: object = None

    @property
    def expression(self) -> ColumnElement[Any]:
        """The version in SQL."""
        if self.made is None:
            return self.column + literal_column("1", self.column.type)
        return literal(self.made, self.column.type)

    def after(self, before: Any) -> Any:
        """The version after another one, which may be None as a row's."""
        if self.made is None:
            return None if before is None else before + 1
        return self.made


def next_version(mapper: Mapper[Any]) -> NextVersion | None:
    """What the version column is set to; None where no version is counted by the mapping.

    Raises:
        UnsupportedQuery: the version that follows depends on the one before in a way that no statement knows.
    """
    column, generate = mapper.version_id_col, mapper.version_id_generator
    if not isinstance(column, Column) or not callable(generate):
        return None
    if not isinstance(column.type, Integer):  # a random text, or the time: the one before does not matter
        return NextVersion(column, generate(None))
    if [generate(before) for before in (None, 1, 41)] != [1, 2, 42]:
        raise UnsupportedQuery(
            f"{mapper.class_.__name__} counts its versions in its own way, which a statement for many rows cannot"
            " follow: change its entities one by one",
            entity_type=mapper.class_,
        )
    return NextVersion(column)
