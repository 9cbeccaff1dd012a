"""A converter that changes the stored type is warned of."""

import enum
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import attrs
import pytest
from sqlalchemy import Column, DateTime, Enum, Numeric, String, TypeDecorator, Uuid
from sqlalchemy.orm import registry
from sqlalchemy.types import UserDefinedType

from unitofwork.adapters.orm import MappingWarning, map_entity
from unitofwork.domain.entity import entity

from ..mapping_checks.tables import table_of

pytestmark = pytest.mark.row("M")


class Color(enum.Enum):
    RED = 1


def to_uuid(text: str) -> UUID:
    """A converter that says what it returns."""
    return UUID(text)


def to_whatever(text: str) -> "Unknown":  # type: ignore[name-defined]  # noqa: F821  # a name that does not exist: that is tried
    """A converter whose annotation cannot be read."""
    return text


def to_uuid_or_none(text: str | None) -> UUID | None:
    """A converter that says that it may return None."""
    return None if text is None else UUID(text)


def to_either(text: str) -> UUID | str:
    """A converter whose result may be of either type."""
    return text


def to_parts(text: str) -> list[UUID]:
    """A converter to a generic type."""
    return [UUID(text)]


def plain(text: str):  # type: ignore[no-untyped-def]  # without a type to return: that is tried
    """A converter that does not say what it returns."""
    return text


def with_field(text: str, field: object) -> UUID:
    """A converter that is given its field."""
    return UUID(text)


class Shouted(TypeDecorator[str]):
    impl = String
    cache_ok = True


CHANGING = [
    (UUID, String()),
    (to_uuid, String()),
    (to_uuid_or_none, String()),
    (attrs.converters.optional(UUID), String()),
    (attrs.converters.optional(to_uuid), String()),
    (attrs.converters.pipe(plain, UUID), String()),
    (attrs.converters.pipe(plain, attrs.converters.optional(to_uuid)), String()),
    (attrs.Converter(with_field, takes_field=True), String()),
    (attrs.converters.optional(attrs.Converter(with_field, takes_field=True)), String()),
    (float, Numeric(10, 2)),
]
KEEPING = [
    (str, String()),
    (str.strip, String()),
    (plain, String()),
    (to_whatever, String()),
    (to_either, String()),
    (to_parts, Uuid()),
    (to_parts, String()),
    (attrs.converters.optional(plain), String()),
    (attrs.converters.default_if_none(""), String()),
    (to_uuid, Uuid()),
    (Decimal, Numeric(10, 2)),
    (float, Numeric(10, 2, asdecimal=False)),
    (datetime.fromisoformat, DateTime()),
    (Color, Enum(Color)),
    (UUID, Shouted()),
]


@pytest.mark.parametrize(("converter", "type_"), CHANGING)
def test_a_converter_that_changes_the_stored_type_is_warned_of(mapping: registry, converter: Any, type_: Any) -> None:
    @entity
    class User:
        name: Any = attrs.field(default=None, converter=converter)
        id: int | None = None

    with pytest.warns(MappingWarning, match=r"User\.name is converted to \w+, but loaded as \w+: .*TypeDecorator"):
        map_entity(mapping, User, table_of(mapping, "users", Column("name", type_)))


@pytest.mark.parametrize(("converter", "type_"), KEEPING)
def test_a_converter_that_keeps_the_stored_type_or_does_not_tell_passes(
    mapping: registry, converter: Any, type_: Any
) -> None:
    @entity
    class User:
        name: Any = attrs.field(default=None, converter=converter)
        id: int | None = None

    map_entity(mapping, User, table_of(mapping, "users", Column("name", type_)))


def test_a_converter_passes_where_the_column_does_not_tell_what_it_gives_back(mapping: registry) -> None:
    class Point(UserDefinedType[Any]):
        @property
        def python_type(self) -> type[Any]:
            raise NotImplementedError

    @entity
    class Place:
        at: Any = attrs.field(default=None, converter=UUID)
        id: int | None = None

    map_entity(mapping, Place, table_of(mapping, "places", Column("at", Point())))
