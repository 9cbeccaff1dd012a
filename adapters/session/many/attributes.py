"""What the attributes that a row gives stand for: the columns that they fill."""

from collections.abc import Callable
from typing import Any, cast

import attrs
from sqlalchemy import Column, Table
from sqlalchemy.orm import (
    ColumnProperty,
    CompositeProperty,
    Mapper,
    MapperProperty,
    RelationshipDirection,
    RelationshipProperty,
)

from unitofwork.adapters.orm.computed import computed, given
from unitofwork.adapters.orm.names import check_name
from unitofwork.adapters.session.copying import written_once
from unitofwork.domain.errors import MappingError, UnsupportedQuery, WrongType

Parts = Callable[[Any], tuple[Any, ...]]
"""What a value object keeps in its columns."""


@attrs.frozen
class Attribute:
    """A column attribute, or a value object behind several columns."""

    name: str
    columns: tuple[Column[Any], ...]
    parts: Parts | None = None
    """For a value object, how it is taken apart; None stands for no value object at all."""


def table_of(mapper: Mapper[Any]) -> Table:
    """The one table that keeps the class.

    Raises:
        UnsupportedQuery: there are more, or what keeps it is no table.
    """
    table: object = mapper.local_table
    if len(mapper.tables) == 1 and isinstance(table, Table):
        return cast("Table", table)
    kept = ", ".join(str(table) for table in mapper.tables)
    raise UnsupportedQuery(
        f"{mapper.class_.__name__} is not kept by one table, but by {kept}: change its entities one by one",
        entity_type=mapper.class_,
    )


def attribute_of(mapper: Mapper[Any], name: str) -> Attribute:
    """The attribute of that name.

    Raises:
        MappingError: there is none, or it is none that can be given a value.
    """
    check_name(mapper, name)
    if name in mapper.synonyms:
        return attribute_of(mapper, mapper.synonyms[name].name)
    prop = mapper.attrs.get(name)
    if isinstance(prop, CompositeProperty):
        columns = tuple(column for part in prop.props for column in _written(part))
        return Attribute(name, columns, _parts(mapper, prop))
    if isinstance(prop, ColumnProperty) and (columns := _written(prop)):
        return Attribute(name, columns)
    if name in mapper.relationships:
        raise _refused(mapper, name, _of_relationship(mapper, mapper.relationships[name]))
    raise _refused(mapper, name, "computed, and not given")


def name_of(mapper: Mapper[Any], column: Column[Any]) -> str:
    """The class and the attribute that a column is behind, for errors; the column's own name if none is."""
    known = mapper.columns.contains_column(column)
    return f"{mapper.class_.__name__}.{mapper.get_property_by_column(column).key if known else column.name}"


def check_given(mapper: Mapper[Any], name: str) -> None:
    """Refuse to be given what the database computes, or the mapping keeps by itself: its class's name and its version.

    Raises:
        MappingError: naming the attribute.
    """
    if name in computed(mapper):
        raise given(mapper, name)
    kept_by_application = mapper.version_id_col is not None and mapper.version_id_generator is False
    if name in written_once(mapper) and not kept_by_application:
        raise _refused(mapper, name, "kept by the mapping, and not given")


def _written(prop: MapperProperty[Any]) -> tuple[Column[Any], ...]:
    """The column behind an attribute; none where it is an expression."""
    column = prop.columns[0] if isinstance(prop, ColumnProperty) else None
    return (column,) if isinstance(column, Column) else ()


def _of_relationship(mapper: Mapper[Any], relationship: RelationshipProperty[Any]) -> str:
    if relationship.direction is not RelationshipDirection.MANYTOONE:
        return "a relationship to other rows, and not given: give those rows"
    behind = sorted(mapper.get_property_by_column(column).key for column in relationship.local_columns)
    return f"a relationship, and not given: give what is behind it, {', '.join(behind)}"


def _parts(mapper: Mapper[Any], prop: CompositeProperty[Any]) -> Parts:
    value_type: object = prop.composite_class
    name = f"{mapper.class_.__name__}.{prop.key}"
    nothing = (None,) * len(prop.props)

    def parts(value: Any) -> tuple[Any, ...]:
        if value is None:
            return nothing
        if isinstance(value_type, type) and not isinstance(value, value_type):
            raise WrongType(
                f"{name} takes {value_type.__name__}, not {type(value).__name__}", entity_type=mapper.class_
            )
        return tuple(value.__composite_values__())

    return parts


def _refused(mapper: Mapper[Any], name: str, how: str) -> MappingError:
    return MappingError(f"{mapper.class_.__name__}.{name} is {how}", entity_type=mapper.class_)
