"""What `map_entity` can be given at all, asked before anything is made of it."""

from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import FromClause
from sqlalchemy.orm import MapperProperty, registry
from sqlalchemy.sql.operators import Operators

from unitofwork.adapters.orm.draft import MapperOptions
from unitofwork.domain.errors import MappingError
from unitofwork.domain.kind import cure, kind, one


def check_arguments(
    mapping: object, entity_type: object, table: object, properties: object, options: Mapping[str, object]
) -> None:
    """Refuse arguments of another kind than their annotations say, for callers without a type checker.

    Raises:
        MappingError: naming the argument.
    """
    if not isinstance(mapping, registry):
        raise MappingError(f"map_entity takes a sqlalchemy.orm.registry first, not {one(mapping)}")
    if not isinstance(entity_type, type):
        raise MappingError(f"map_entity takes a class to be mapped, not something {kind(entity_type)}")
    for problem in (_of_table(table), _of_properties(properties), _of_options(options)):
        if problem is not None:
            raise MappingError(f"{entity_type.__name__} cannot be mapped: {problem}", entity_type=entity_type)


def check_mapping(mapping: object) -> None:
    """Refuse what is no registry, such as its MetaData, or the function that makes it.

    Raises:
        MappingError: with the cure.
    """
    if not isinstance(mapping, registry):
        raise MappingError(
            f"the mapping is {kind(mapping)}: {cure(mapping, 'give the sqlalchemy.orm.registry itself')}"
        )


def _of_table(table: object) -> str | None:
    if table is None or isinstance(table, FromClause):
        return None
    return f"its table is {kind(table)}: give the sqlalchemy.Table itself"


def _of_properties(properties: object) -> str | None:
    if not isinstance(properties, Mapping):
        return f"properties= is {kind(properties)}: give attributes by name"
    for name, prop in cast("Mapping[object, object]", properties).items():
        if not isinstance(name, str) or not _is_property(prop):
            return (
                f"properties= gives {name!r} something {kind(prop)}: give a column, a relationship or the like by name"
            )
    return None


def _is_property(prop: object) -> bool:
    parts = cast("Sequence[object]", prop) if isinstance(prop, Sequence) and not isinstance(prop, str) else [prop]
    return bool(parts) and all(isinstance(part, MapperProperty | Operators) for part in parts)


def _of_options(options: Mapping[str, object]) -> str | None:
    known = MapperOptions.__annotations__
    unknown = [name for name in options if name not in known]
    return f"there is no option {', '.join(unknown)}; there are {', '.join(sorted(known))}" if unknown else None
