"""What must hold of relationships: defaults of their kind, and foreign keys that one of them fills."""

import re
from collections.abc import Collection
from typing import Any, cast

import attrs
from sqlalchemy import Column
from sqlalchemy.exc import NoForeignKeysError
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.util import duck_type_collection

from unitofwork.adapters.orm.draft import Draft
from unitofwork.adapters.orm.fields import fields_of, type_of_default
from unitofwork.domain.errors import MappingError

_ONLY_ASKED = ("dynamic", "write_only")
_COLLECTIONS = (list, set, frozenset, tuple, dict)


def check_default(entity_type: type[Any], name: str, relationship: RelationshipProperty[Any]) -> None:
    """Refuse a default that is not of the relationship's kind, as far as the kind is known yet.

    Raises:
        MappingError: with the cure.
    """
    field = fields_of(entity_type).get(name)
    default = None if field is None else _type_of_default(entity_type, field)
    if default is None:
        return
    if is_to_many(relationship):
        wanted = _collection(relationship)
        if wanted is not None and duck_type_collection(default) is not wanted:
            raise MappingError(
                f"{entity_type.__name__}.{name} relates to many, and its default is no {wanted.__name__}:"
                f" write factory={wanted.__name__}",
                entity_type=entity_type,
            )
    elif is_to_many(relationship) is False and issubclass(default, _COLLECTIONS):
        raise MappingError(
            f"{entity_type.__name__}.{name} relates to one, and its default is a {default.__name__}:"
            " write default=None",
            entity_type=entity_type,
        )


def check_name(draft: Draft, name: str, relationship: RelationshipProperty[Any]) -> None:
    """Refuse a relationship that no field of the class is for, as one that is misspelt; some need none.

    Raises:
        MappingError: naming the fields.
    """
    needs_field = not relationship.viewonly and relationship.lazy not in _ONLY_ASKED
    if needs_field and name not in draft.fields and not hasattr(draft.entity_type, name):
        raise MappingError(
            f"{draft.name} has no field {name!r} for a relationship; it has {', '.join(draft.fields)}",
            entity_type=draft.entity_type,
        )


def without_foreign_key(error: NoForeignKeysError) -> str:
    """What to tell of a relationship whose tables have nothing to do with each other."""
    name = re.search(r"relationship (\S+)", str(error))
    return (
        f"{name[1] if name else 'a relationship'} relates two tables between which there is no foreign key: give one of"
        " them a Column with ForeignKey(...), or the relationship its primaryjoin="
    )


def is_to_many(relationship: RelationshipProperty[Any]) -> bool | None:
    """Whether the attribute is a collection; None where only configuring the mappers will tell."""
    if relationship.uselist is not None:
        return relationship.uselist
    collects = _collection_class(relationship) is not None or relationship.lazy in _ONLY_ASKED
    return True if collects else None


def check_foreign_keys(mapper: Mapper[Any], columns: Collection[Column[Any]]) -> None:
    """Refuse foreign keys that no field names and no relationship, of whichever class, fills.

    Raises:
        MappingError: with the cure.
    """
    relationships = [each for other in mapper.registry.mappers for each in other.relationships if not each.viewonly]
    filled = {column for each in relationships for pair in each.local_remote_pairs for column in pair}
    if mapper.inherits is not None:
        filled.update(mapper.local_table.primary_key)  # by the parent's row
    names = [column.name for column in columns if column not in filled]
    if names:
        raise MappingError(
            f"{mapper.class_.__name__} does not fit its table: no field names the foreign key {', '.join(names)},"
            " and no relationship fills it; map a relationship, or give the class a field",
            entity_type=mapper.class_,
            columns=tuple(names),
        )


def _type_of_default(entity_type: type[Any], field: "attrs.Attribute[Any]") -> type[Any] | None:
    try:
        return type_of_default(field)
    except Exception as error:
        raise MappingError(
            f"{entity_type.__name__}.{field.name} has a factory that raises {type(error).__name__}: a relationship's"
            " must work at any time, as list does",
            entity_type=entity_type,
        ) from error


def _collection(relationship: RelationshipProperty[Any]) -> type | None:
    """Which of list, set and dict the collection behaves as; None where it is something of its own."""
    made = _collection_class(relationship) or list
    return duck_type_collection(made if isinstance(made, type) else made())


def _collection_class(relationship: RelationshipProperty[Any]) -> Any:
    return cast("Any", relationship).collection_class
