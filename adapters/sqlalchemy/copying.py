"""What of an entity an upsert copies: which attributes, by the mapping alone."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapper

from unitofwork.domain.errors import MappingError


def column_keys(mapper: Mapper[Any]) -> Iterator[str]:
    """The column attributes that are copied."""
    kept = written_once(mapper)
    return (attribute.key for attribute in mapper.column_attrs if attribute.key not in kept)


def written_once(mapper: Mapper[Any]) -> frozenset[str]:
    """The column attributes that are the mapping's own once there is a row: its class's name, and its version."""
    return _keys_of(mapper, mapper.polymorphic_on) | _keys_of(mapper, mapper.version_id_col)


def version_key(mapper: Mapper[Any]) -> str | None:
    """The attribute that holds the version; None if there is none."""
    return next(iter(_keys_of(mapper, mapper.version_id_col)), None)


def check_copied(mapper: Mapper[Any], name: str) -> None:
    """Refuse to be told to copy what is never copied.

    Raises:
        MappingError: saying why it is not.
    """
    if name in written_once(mapper):
        raise MappingError(
            f"{mapper.class_.__name__}.{name} is kept by the mapping, not copied", entity_type=mapper.class_
        )


def _keys_of(mapper: Mapper[Any], kept: ColumnElement[Any] | None) -> frozenset[str]:
    return frozenset(each.key for each in mapper.column_attrs if any(column is kept for column in each.columns))
