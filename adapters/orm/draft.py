"""A mapping as it was asked for: what SQLAlchemy will make of the fields and the columns, before it is asked."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeAlias, TypedDict, cast

import attrs
from sqlalchemy import Column, ColumnElement, FromClause, inspect
from sqlalchemy.orm import ColumnProperty, CompositeProperty, Mapper, MapperProperty, RelationshipProperty, registry

from unitofwork.adapters.orm.fields import fields_of

# Whatever `properties` may hold. SQLAlchemy's own generics are invariant here: only Any lets each of them in.
Property: TypeAlias = MapperProperty[Any] | ColumnElement[Any] | Sequence[Column[Any]]


class MapperOptions(TypedDict, total=False):
    """What `sqlalchemy.orm.Mapper` takes besides the class, the table and the properties; documented there."""

    allow_partial_pks: bool
    always_refresh: bool
    batch: bool
    column_prefix: str
    concrete: bool
    confirm_deleted_rows: bool
    eager_defaults: bool
    exclude_properties: Collection[str | Column[Any]]
    include_properties: Collection[str | Column[Any]]
    inherit_condition: ColumnElement[bool]
    inherit_foreign_keys: Sequence[Column[Any]]
    inherits: type[Any] | Mapper[Any]
    passive_deletes: bool
    passive_updates: bool
    polymorphic_abstract: bool
    polymorphic_identity: object
    polymorphic_load: str
    polymorphic_on: ColumnElement[Any] | MapperProperty[Any] | str
    primary_key: Sequence[ColumnElement[Any]]
    version_id_col: Column[Any]
    version_id_generator: object
    with_polymorphic: object


@attrs.define(slots=False, eq=False)
class Draft:
    """The arguments of `map_entity`, and what follows from them."""

    registry: registry
    entity_type: type[Any]
    table: FromClause | None
    properties: Mapping[str, Property]
    unmapped: Collection[str]
    options: MapperOptions

    @property
    def name(self) -> str:
        """The class's name, for texts."""
        return self.entity_type.__name__

    @cached_property
    def fields(self) -> dict[str, "attrs.Attribute[Any]"]:
        """The attrs fields by name, inherited ones included."""
        return fields_of(self.entity_type)

    @cached_property
    def parent(self) -> Mapper[Any] | None:
        """The mapper whose attributes this one inherits; a concrete mapping inherits none."""
        inherits = self.options.get("inherits")
        if inherits is None or self.options.get("concrete", False):
            return None
        return inherits if isinstance(inherits, Mapper) else inspect(inherits, raiseerr=False)

    @cached_property
    def columns(self) -> dict[str, Column[Any]]:
        """The column behind each attribute that has one of its own: those given, and those taken from the table."""
        given = {key: column for key, prop in self.properties.items() for column in _own_column(prop)}
        return self.implied | given

    @cached_property
    def implied(self) -> dict[str, Column[Any]]:
        """The table's columns that no property mentions, by the attribute name that SQLAlchemy will give them."""
        if self.table is None:
            return {}
        given = set(self._mentioned())
        columns = cast("Iterable[Column[Any]]", self.table.c)  # of a query, there may be expressions among them
        return {
            self.options.get("column_prefix", "") + column.key: column
            for column in columns
            if not given & {column, column.key} and not self._left_out(column)
        }

    @cached_property
    def backrefs(self) -> set[str]:
        """The names that relationships of classes already mapped are going to give this class."""
        return {
            name
            for relationship, name in _backrefs(self.registry)
            if _is_target(relationship.argument, self.entity_type)
        }

    def is_mapped(self, name: str) -> bool:
        """Whether the attribute will be mapped, as far as can be known now."""
        inherited = self.parent is not None and self.parent.has_property(name)
        return name in self.properties or name in self.implied or name in self.backrefs or inherited

    def _mentioned(self) -> Iterator[object]:
        """The columns in the properties; a composite may give names of attributes instead."""
        for prop in self.properties.values():
            if isinstance(prop, CompositeProperty):
                yield from prop.attrs
            else:
                yield from _own_column(prop)

    def _left_out(self, column: Column[Any]) -> bool:
        named: set[object] = {column, column.key}
        included, excluded = self.options.get("include_properties"), self.options.get("exclude_properties", ())
        return bool(named & set(excluded)) or (included is not None and not named & set(included))


def _own_column(prop: Property) -> Iterator[Column[Any]]:
    candidates = prop.columns if isinstance(prop, ColumnProperty) else prop if isinstance(prop, Sequence) else (prop,)
    yield from (column for column in candidates if isinstance(column, Column))


def _backrefs(mapping: registry) -> Iterator[tuple[RelationshipProperty[Any], str]]:
    for mapper in mapping.mappers:
        for key in mapper.class_manager:
            prop = mapper.get_property(key)
            if isinstance(prop, RelationshipProperty) and prop.backref is not None:
                yield prop, prop.backref if isinstance(prop.backref, str) else prop.backref[0]


def _is_target(argument: object, entity_type: type[Any]) -> bool:
    """Whether a relationship's argument means the class: a class, its name, its mapper, or a function giving one."""
    if callable(argument) and not isinstance(argument, type):
        with suppress(NameError):  # the module that names the class may not have been read to its end
            return _is_target(argument(), entity_type)
        return False
    if isinstance(argument, str):
        return any(argument.rpartition(".")[2] == base.__name__ for base in entity_type.__mro__)
    target: object = getattr(argument, "class_", argument)  # of a mapper, its class
    return isinstance(target, type) and issubclass(entity_type, target)


def is_filled_by_database(column: ColumnElement[Any]) -> bool:
    """Whether the database gives the column a value when the entity gives none."""
    if not isinstance(column, Column):
        return True
    default = column.default
    return (
        column.server_default is not None  # Computed and Identity are server defaults too
        or column.server_onupdate is not None
        or (default is not None and (default.is_clause_element or default.is_sequence or default.is_sentinel))
        or column is getattr(column.table, "autoincrement_column", None)
    )
