"""What must hold of a class, and between it and its columns, before it is mapped."""

import dis
import warnings
from collections.abc import Iterator
from inspect import currentframe
from types import FunctionType
from typing import Any

import attrs
from sqlalchemy import Column

from unitofwork.adapters.orm.draft import Draft, is_filled_by_database
from unitofwork.adapters.orm.fields import converted_type, fields_of, is_attrs
from unitofwork.adapters.orm.findings import MappingWarning, noted
from unitofwork.domain.errors import MappingError


def check_class(entity_type: type[Any]) -> None:
    """Refuse a class whose instances SQLAlchemy cannot instrument, or cannot find again; warn of equality by value.

    Raises:
        MappingError: with the cure.
    """
    name = entity_type.__name__
    props = next((vars(base)["__attrs_props__"] for base in entity_type.__mro__ if is_attrs(base)), None)
    if not isinstance(props, attrs.ClassProps):
        raise MappingError(f"{name} is not an attrs class: decorate it with @entity", entity_type=entity_type)
    if props.is_slotted or not entity_type.__dictoffset__:
        raise MappingError(
            f"{name} is a slotted class, and its state is kept in a __dict__: use @entity, or slots=False",
            entity_type=entity_type,
        )
    if props.is_frozen:
        raise MappingError(
            f"{name} is frozen, and loading writes to it: use @entity,"
            " with on_setattr=attrs.setters.frozen for each field that must not change",
            entity_type=entity_type,
        )
    _check_hash(entity_type)
    if is_attrs(definer := _definer(entity_type, "__eq__")) and attrs.inspect(definer).added_eq:
        warn(
            f"{name} compares by value (eq=True): list.remove() may remove an equal sibling, sets refuse it and"
            " two-way relationships recurse; use @entity, or eq=False"
        )


def _check_hash(entity_type: type[Any]) -> None:
    definer = _definer(entity_type, "__hash__")
    if is_attrs(definer) and attrs.inspect(definer).is_hashable:
        raise MappingError(
            f"{entity_type.__name__} is hashed by its attributes, which change: drop unsafe_hash and cache_hash,"
            " as @entity does",
            entity_type=entity_type,
        )


def check_hash_of_key(draft: Draft) -> None:
    """Refuse a handwritten ``__hash__`` that reads the key, which the database may give an entity after a set has it.

    Raises:
        MappingError: with the cure.
    """
    hashing = draft.entity_type.__hash__
    if not isinstance(hashing, FunctionType):
        return
    read = {step.argval for step in dis.get_instructions(hashing) if step.opname == "LOAD_ATTR"}
    for name, column in draft.columns.items():
        if column.primary_key and name in read:
            raise MappingError(
                f"{draft.name}.__hash__ reads the key {name!r}, which changes when the row is inserted:"
                " drop it, since entities are hashed by identity",
                entity_type=draft.entity_type,
            )


def check_key(draft: Draft) -> None:
    """Refuse a table without a primary key.

    Raises:
        MappingError: with the cure.
    """
    given = draft.table is None or draft.parent is not None or draft.options.get("primary_key")
    if draft.table is not None and not given and not draft.table.primary_key:
        raise MappingError(
            f"{draft.name} cannot be mapped: its table {draft.table.description} has no primary key, by which entities"
            ' are told apart; give it one, as by Column("id", Integer, primary_key=True)',
            entity_type=draft.entity_type,
            table=draft.table.description,
        )


def check_fields(draft: Draft) -> None:
    """Refuse columns that no field names and fields that nothing maps, all in one error.

    Raises:
        MappingError: showing both lists.
    """
    _check_unmapped(draft)
    columns = [name for name, column in _columns_without_field(draft) if not column.foreign_keys]
    inherited = fields_of(draft.parent.class_) if draft.parent is not None else {}
    accounted = {*draft.unmapped, *inherited}
    fields = [name for name in draft.fields if name not in accounted and not draft.is_mapped(name)]
    if not columns and not fields:
        return
    found = [
        *([f"no field names {_listed('column', columns)}"] if columns else []),
        *([f"nothing maps {_listed('field', fields)}"] if fields else []),
    ]
    raise MappingError(
        f"{draft.name} does not fit its table: {' and '.join(found)}; {'; '.join(_cures(draft, columns, fields))}",
        entity_type=draft.entity_type,
        columns=tuple(draft.implied[name].name for name in columns),
    )


def _check_unmapped(draft: Draft) -> None:
    for name in draft.unmapped:
        if name not in draft.fields:
            raise MappingError(
                f"{draft.name} has no field {name!r} to leave unmapped; it has {', '.join(draft.fields)}",
                entity_type=draft.entity_type,
            )
        if draft.is_mapped(name):
            raise MappingError(
                f"{draft.name}.{name} is mapped, and named in unmapped=: leave one of them out",
                entity_type=draft.entity_type,
            )
        if draft.fields[name].default is attrs.NOTHING:
            raise MappingError(
                f"{draft.name}.{name} is unmapped and has no default, so that a loaded {draft.name} would lack it:"
                " give it a default or a factory",
                entity_type=draft.entity_type,
            )


def foreign_keys_without_field(draft: Draft) -> tuple[Column[Any], ...]:
    """What `check_fields` let pass: foreign keys that a relationship must fill, be it one of another class."""
    return tuple(column for _, column in _columns_without_field(draft))


def _columns_without_field(draft: Draft) -> Iterator[tuple[str, Column[Any]]]:
    """The columns that need a field and have none, neither in the class nor in one that shares its table."""
    filled = {draft.options.get("version_id_col"), draft.options.get("polymorphic_on")}
    fields = {*draft.fields, *(_fields_of_subclasses(draft.entity_type) if "polymorphic_on" in draft.options else ())}
    for name, column in draft.implied.items():
        if name not in fields and not filled & {name, column} and not is_filled_by_database(column):
            yield name, column


def _fields_of_subclasses(entity_type: type[Any]) -> Iterator[str]:
    """The fields of subclasses, which may share the table."""
    for subclass in entity_type.__subclasses__():
        yield from fields_of(subclass)
        yield from _fields_of_subclasses(subclass)


def _cures(draft: Draft, columns: list[str], fields: list[str]) -> Iterator[str]:
    pairs = {field: column for field in fields for column in columns if field.strip("_") == column.strip("_")}
    if pairs:
        shown = ", ".join(f'"{field}": table.c.{column}' for field, column in pairs.items())
        yield f"write properties={{{shown}}}"
    if columns := [name for name in columns if name not in pairs.values()]:
        yield f"give {draft.name} a field for each column, or leave them out by exclude_properties={columns}"
    if [name for name in fields if name not in pairs]:
        yield (
            "map each field in properties=, a relationship on both sides with back_populates= (a backref= that comes"
            " later is not known yet), or name those that live in memory only in unmapped="
        )


def check_converters(draft: Draft) -> None:
    """Warn of a converter that makes something else than what the column gives back."""
    for name, column in draft.columns.items():
        converted = converted_type(draft.fields[name]) if name in draft.fields else None
        loaded = _loaded_type(column)
        if converted is not None and loaded is not object and converted is not loaded:
            warn(
                f"{draft.name}.{name} is converted to {converted.__name__}, but loaded as {loaded.__name__}:"
                " convert in a TypeDecorator of the column instead"
            )


def _loaded_type(column: Column[Any]) -> type[Any]:
    """What the column gives back; object where its type does not tell."""
    try:
        return column.type.python_type
    except NotImplementedError:
        return object


def _definer(cls: type[Any], method: str) -> type[Any]:
    return next(base for base in cls.__mro__ if method in vars(base))


def _listed(noun: str, names: list[str]) -> str:
    return f"the {noun}{'s' * (len(names) > 1)} {', '.join(names)}"


def warn(text: str) -> None:
    """Warn at the line of the application that called this package, through however many of its own functions."""
    if noted(MappingWarning(text)):
        return
    frame, level = currentframe(), 1
    while frame is not None and frame.f_globals.get("__name__", "").startswith(_LAYERS):
        frame, level = frame.f_back, level + 1
    warnings.warn(text, MappingWarning, stacklevel=level)


_LAYERS = tuple(f"unitofwork.{layer}." for layer in ("domain", "service_layer", "adapters", "entrypoints"))
