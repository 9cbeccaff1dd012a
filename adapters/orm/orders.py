"""Orders checked against the mapping: what an answer can be sorted by, and the places that it can start after."""

from enum import Enum, EnumType
from typing import Any, cast

from sqlalchemy import ColumnElement, Dialect
from sqlalchemy.orm import ColumnProperty, Mapper, RelationshipProperty

from unitofwork.adapters.orm.json_types import is_json
from unitofwork.adapters.orm.names import relationship_of
from unitofwork.adapters.orm.values import check_operand
from unitofwork.domain.errors import UnsupportedQuery, WrongType
from unitofwork.domain.path import Path


def step_of_order(mapper: Mapper[Any], path: Path, name: str, owner: type | None) -> RelationshipProperty[Any]:
    """The relationship by which an order's path goes on from a mapper.

    Raises:
        MappingError: there is no such name.
        UnsupportedQuery: it is no relationship, or one to a collection.
    """
    relationship = relationship_of(mapper, name, owner)
    if relationship.uselist:
        raise UnsupportedQuery(f"{path} crosses a collection, so that it orders nothing")
    return relationship


def check_orders(mapper: Mapper[Any], name: str) -> None:
    """Refuse to order by an attribute that is more than one value.

    Raises:
        UnsupportedQuery: it is a relationship, a value object or JSON.
    """
    prop = mapper.attrs.get(name)
    column = prop.columns[0] if isinstance(prop, ColumnProperty) else None
    if name in mapper.relationships or name in mapper.composites or (column is not None and is_json(column.type)):
        raise UnsupportedQuery(f"{mapper.class_.__name__}.{name} has no order: order by an attribute of it")


def checked_place(mapper: Mapper[Any], name: str, value: object, dialect: Dialect) -> object:
    """The value of an order's key in a place; for the name of an enumeration's member that member.

    Raises:
        InvalidValue: the attribute could never have it.
    """
    prop = mapper.attrs.get(name)
    if not isinstance(prop, ColumnProperty):  # a hybrid or a synonym has no column of its own to say what it holds
        return value
    member = _member(mapper, name, prop.columns[0], value)
    check_operand(mapper, prop, member, dialect)
    return member


def _member(mapper: Mapper[Any], name: str, column: ColumnElement[Any], value: object) -> object:
    """The member of an enumeration that a name stands for; any other value as it is."""
    try:
        python_type: object = column.type.python_type
    except NotImplementedError:
        return value
    if isinstance(value, Enum) or not isinstance(value, str) or not isinstance(python_type, EnumType):
        return value
    try:
        return cast("type[Enum]", python_type)[value]
    except KeyError:
        raise WrongType(
            f"{mapper.class_.__name__}.{name} has no member of that name", entity_type=mapper.class_
        ) from None
