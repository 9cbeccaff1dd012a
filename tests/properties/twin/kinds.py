"""What a history needs to know of each class, read from the mapping."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import attrs
from sqlalchemy import Column, Table
from sqlalchemy.orm import ONETOMANY, Mapper, RelationshipProperty

from properties.twin.model import mapping
from properties.twin.palettes import PALETTES, Palette


@attrs.frozen
class Relation:
    """A relationship of a class.

    Attributes:
        name: the attribute.
        target: the class that is related.
        container: what holds many, None for one alone.
        ordered: whether the mapping says in which order they are loaded.
        owning: whether what is related refers to the entity by a key, and so can be related to one alone.
        back: the attribute of what is related that holds the entity in turn, if there is one.
    """

    name: str
    target: str
    container: type | None
    ordered: bool
    owning: bool
    back: str | None


@attrs.frozen
class Kind:
    """A mapped class.

    Attributes:
        name: its name.
        type: the class.
        bases: the names of the class and of those that it is derived from.
        abstract: whether there are only instances of its subclasses.
        root: the table whose key tells its entities apart.
        key: the attributes of that key.
        generated: whether the database makes the key.
        palettes: what its attributes are set to.
        relations: its relationships, by name.
        foreign: columns that refer to a generated key, by name, with the class of that key.
        columns: the attributes that are columns.
        parts: those that value objects are made of: `is_modified` loads them.
        wholes: the attributes that are value objects.
    """

    name: str
    type: type[Any]
    bases: frozenset[str]
    abstract: bool
    root: str
    key: tuple[str, ...]
    generated: bool
    palettes: Mapping[str, Palette]
    relations: Mapping[str, Relation]
    foreign: Mapping[str, str]
    columns: tuple[str, ...]
    parts: frozenset[str]
    wholes: tuple[str, ...]


@cache
def kinds() -> Mapping[str, Kind]:
    """Every class of the model, by name."""
    made = mapping()
    made.configure()
    found = (_kind(mapper) for mapper in made.mappers)
    return {kind.name: kind for kind in sorted(found, key=lambda kind: kind.name)}


def kind_of(entity_type: type[Any]) -> Kind:
    """What is known of a class."""
    return kinds()[entity_type.__name__]


@cache
def by_root() -> Mapping[str, str]:
    """For each table that tells entities apart, the class at the top of its hierarchy."""
    return {_table(mapper).name: mapper.class_.__name__ for mapper in mapping().mappers if mapper.inherits is None}


@cache
def generated_key(column: Column[Any]) -> str | None:
    """The table whose generated key the column is or refers to."""
    while column.foreign_keys:
        column = next(iter(column.foreign_keys)).column
    return column.table.name if column.table.autoincrement_column is column else None


def _table(mapper: Mapper[Any]) -> Table:
    """The table whose key tells a class's entities apart."""
    root = mapper.base_mapper.local_table
    assert isinstance(root, Table)
    return root


def _kind(mapper: Mapper[Any]) -> Kind:
    key = tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)
    palettes = {
        name: palette
        for each in reversed(list(mapper.iterate_to_root()))
        for name, palette in PALETTES.get(each.class_.__name__, {}).items()
    }
    return Kind(
        name=mapper.class_.__name__,
        type=mapper.class_,
        bases=frozenset(each.class_.__name__ for each in mapper.iterate_to_root()),
        abstract=mapper.polymorphic_on is not None and mapper.polymorphic_identity is None,
        root=_table(mapper).name,
        key=key,
        generated=generated_key(mapper.primary_key[0]) is not None,
        palettes=palettes,
        relations={each.key: _relation(each) for each in mapper.relationships},
        foreign={
            column.name: by_root()[target]
            for column in mapper.columns
            if column.foreign_keys and not column.primary_key and (target := generated_key(column)) is not None
        },
        columns=tuple(each.key for each in mapper.column_attrs),
        parts=frozenset(
            mapper.get_property_by_column(column).key for each in mapper.composites for column in each.columns
        ),
        wholes=tuple(each.key for each in mapper.composites),
    )


def _relation(prop: RelationshipProperty[Any]) -> Relation:
    container: Any = None
    if prop.uselist:
        given = prop.collection_class or list
        container = next(kind for kind in (dict, set, list) if isinstance(given, type) and issubclass(given, kind))
    owning = prop.direction is ONETOMANY
    return Relation(prop.key, prop.mapper.class_.__name__, container, bool(prop.order_by), owning, prop.back_populates)
