"""The next version of rows that are changed where they are, without being read."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Integer, literal, literal_column
from sqlalchemy.orm import Mapper

from unitofwork.domain.errors import UnsupportedQuery


def next_version(mapper: Mapper[Any]) -> tuple[Column[Any], ColumnElement[Any]] | None:
    """The version column, and what it is set to; None where no version is counted by the mapping.

    Raises:
        UnsupportedQuery: the version that follows depends on the one before in a way that no statement knows.
    """
    column, generate = mapper.version_id_col, mapper.version_id_generator
    if not isinstance(column, Column) or not callable(generate):
        return None
    if not isinstance(column.type, Integer):  # a random text, or the time: the one before does not matter
        return column, literal(generate(None), column.type)
    if [generate(before) for before in (None, 1, 41)] != [1, 2, 42]:
        raise UnsupportedQuery(
            f"{mapper.class_.__name__} counts its versions in its own way, which a statement for many rows cannot"
            " follow: change its entities one by one",
            entity_type=mapper.class_,
        )
    return column, column + literal_column("1", column.type)
