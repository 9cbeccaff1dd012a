"""What an upsert is, whatever the database: which rows are there, and what is set in those."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import attrs
from sqlalchemy import Column, ColumnElement, Dialect, TextClause, literal
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.schema import ColumnElementColumnDefault

from unitofwork.adapters.session.many.columns import Binder
from unitofwork.adapters.session.many.keys import check_key_given
from unitofwork.adapters.session.many.made import made_by
from unitofwork.adapters.session.many.shape import Shape, shape_of
from unitofwork.adapters.session.many.versions import next_version


@attrs.frozen
class Upsert:
    """An upsert of rows that give the same attributes.

    Attributes:
        shape: of the rows as they are inserted.
        key: the columns by which a row that is there is known.
        given: the columns that are set in it to what the row gives.
        at_updates: the columns that are set at every update, and to what: the next version, and each ``onupdate``.
            What Python computes of these is computed once, for all rows.
    """

    shape: Shape
    key: tuple[Column[Any], ...]
    given: tuple[Column[Any], ...]
    at_updates: dict[Column[Any], ColumnElement[Any] | TextClause]

    @classmethod
    def of(
        cls,
        mapper: Mapper[Any],
        dialect: Dialect,
        names: Sequence[str],
        binder: Binder,
        key: tuple[Column[Any], ...],
    ) -> "Upsert":
        """The upsert of rows that give attributes of these names.

        Raises:
            InvalidRow: a part of the key is missing.
            MappingError, NotNullViolation, UnsupportedQuery: as `shape_of` does, and `next_version`.
        """
        shape = shape_of(mapper, dialect, names, binder, needed=key)
        given = tuple(column for attribute in shape.given for column in attribute.columns)
        check_key_given(mapper, key, given)
        set_to_given = tuple(column for column in given if column not in key)
        return cls(shape, key, set_to_given, dict(_at_updates(mapper, shape, given)) if set_to_given else {})


def _at_updates(
    mapper: Mapper[Any], shape: Shape, given: Collection[Column[Any]]
) -> Iterator[tuple[Column[Any], ColumnElement[Any] | TextClause]]:
    version = next_version(mapper)
    if version is not None:
        yield version
    for column in shape.table.columns:
        if column in given or (version is not None and column is version[0]):
            continue
        if isinstance(column.onupdate, ColumnElementColumnDefault):
            yield column, column.onupdate.arg
        elif (make := made_by(column.onupdate)) is not None:
            yield column, literal(make(1, {})[0], column.type)
