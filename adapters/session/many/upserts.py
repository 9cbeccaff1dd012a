"""What an upsert is, whatever the database: which rows are there, and what is set in those."""

from collections.abc import Sequence
from typing import Any

import attrs
from sqlalchemy import Column, ColumnElement, Dialect, TextClause
from sqlalchemy.orm import Mapper

from unitofwork.adapters.session.many.columns import Binder
from unitofwork.adapters.session.many.keys import check_key_given
from unitofwork.adapters.session.many.made import at_updates
from unitofwork.adapters.session.many.shape import Shape, shape_of
from unitofwork.adapters.session.many.versions import NextVersion, next_version


@attrs.frozen
class Upsert:
    """An upsert of rows that give the same attributes.

    Attributes:
        shape: of the rows as they are inserted.
        key: the columns by which a row that is there is known.
        given: the columns that are set in it to what the row gives.
        version: what its version is set to, if the mapping counts one.
        computed: what other columns are set to at every update; what Python computes is computed once, for all rows.
    """

    shape: Shape
    key: tuple[Column[Any], ...]
    given: tuple[Column[Any], ...]
    version: NextVersion | None
    computed: dict[Column[Any], ColumnElement[Any] | TextClause]

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
        if not set_to_given:
            return cls(shape, key, (), None, {})
        version = next_version(mapper)
        others = given if version is None else (*given, version.column)
        return cls(shape, key, set_to_given, version, dict(at_updates(shape.table, others)))

    @property
    def at_updates(self) -> dict[Column[Any], ColumnElement[Any] | TextClause]:
        """The columns that are set at every update, and to what: the next version, and what is computed."""
        counted = {} if self.version is None else {self.version.column: self.version.expression}
        return {**counted, **self.computed}
