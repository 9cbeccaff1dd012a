"""Values that rows do not give: what `add` would have filled in for the entity, or SQLAlchemy for the column."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, cast

import attrs
from sqlalchemy import Column, ColumnElement, Table, TextClause, literal
from sqlalchemy.orm import Mapper
from sqlalchemy.sql.schema import CallableColumnDefault, ColumnElementColumnDefault, ScalarElementColumnDefault

from unitofwork.adapters.orm.fields import default_of, fields_of
from unitofwork.adapters.session.many.attributes import Attribute, attribute_of
from unitofwork.domain.errors import MappingError, PersistenceError

# Given how many rows there are, and their values by column key: this column's values.
Make = Callable[[int, Mapping[str, Sequence[Any]]], list[Any]]

_NOTHING: Mapping[str, Sequence[Any]] = {}


@attrs.define
class RowContext:
    """What a column's default may ask of the statement that it is for: the other values of its row."""

    values: Mapping[str, Sequence[Any]]
    row: int = 0

    @property
    def current_parameters(self) -> dict[str, Any]:
        """The values of the row, by the keys of their columns."""
        return {key: values[self.row] for key, values in self.values.items()}

    def get_current_parameters(self, isolate_multiinsert_groups: bool = True) -> dict[str, Any]:
        """The same; the argument, which is SQLAlchemy's, changes nothing here."""
        return self.current_parameters


def by_mapping(mapper: Mapper[Any]) -> Iterator[tuple[Column[Any], Make]]:
    """What the mapping keeps by itself: which class a row is of, and its first version."""
    discriminator, version = mapper.polymorphic_on, mapper.version_id_col
    if isinstance(discriminator, Column) and mapper.polymorphic_identity is not None:
        yield discriminator, _constant(mapper.polymorphic_identity)
    generate = mapper.version_id_generator
    if isinstance(version, Column) and callable(generate):
        yield version, lambda count, _: [generate(None) for _ in range(count)]


def by_fields(mapper: Mapper[Any]) -> Iterator[tuple[Attribute, Callable[[], object]]]:
    """The attributes whose fields have a default, and what makes one; None is none, as in `add`.

    Raises:
        MappingError: when a default is made that depends on the entity.
    """
    for name, field in fields_of(mapper.class_).items():
        if field.default in (None, attrs.NOTHING) or name in mapper.relationships or name not in mapper.attrs:
            continue
        yield attribute_of(mapper, name), _default(mapper, field)


def by_columns(table: Table) -> Iterator[tuple[Column[Any], Make]]:
    """What SQLAlchemy computes for a column in Python."""
    for column in table.columns:
        make = made_by(column.default)
        if make is not None:
            yield column, make


def at_updates(
    table: Table, given: Collection[Column[Any]], values: Mapping[str, Sequence[Any]] = _NOTHING
) -> Iterator[tuple[Column[Any], ColumnElement[Any] | TextClause]]:
    """What columns are set to at every update by their ``onupdate``; what Python computes, is computed now.

    Args:
        table: the table.
        given: the columns that are set to something else.
        values: what is set in every row, by column key: one value each.
    """
    for column in table.columns:
        if column in given:
            continue
        if isinstance(column.onupdate, ColumnElementColumnDefault):
            yield column, column.onupdate.arg
        elif (make := made_by(column.onupdate)) is not None:
            yield column, literal(make(1, values)[0], column.type)


def made_by(default: object) -> Make | None:
    """How a column's ``default`` or ``onupdate`` is computed; None if there is none, or the database computes it."""
    if isinstance(default, ScalarElementColumnDefault):
        return _constant(default.arg)
    if not isinstance(default, CallableColumnDefault):
        return None
    function: Callable[[Any], Any] = cast(Any, default).arg

    def make(count: int, values: Mapping[str, Sequence[Any]]) -> list[Any]:
        context = RowContext(values)
        made: list[Any] = []
        for context.row in range(count):
            made.append(function(context))
        return made

    return make


def _constant(value: object) -> Make:
    return lambda count, _: list(repeat(value, count))


def _default(mapper: Mapper[Any], field: "attrs.Attribute[Any]") -> Callable[[], object]:
    def make() -> object:
        try:
            return default_of(field, None)
        except PersistenceError:
            raise
        except Exception as error:  # the application's code, which was given None for the entity
            raise MappingError(
                f"{mapper.class_.__name__}.{field.name} has a default that cannot be made without the entity:"
                " give it in every row",
                entity_type=mapper.class_,
            ) from error

    return make
