"""What of an entity an upsert copies: which attributes, by the mapping alone."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement
from sqlalchemy.orm import InstanceState, Mapper, RelationshipProperty

from unitofwork.adapters.orm.computed import computed
from unitofwork.adapters.orm.names import check_name
from unitofwork.domain.errors import MappingError, UnitOfWorkError


def named(mapper: Mapper[Any], name: str) -> Iterator[str]:
    """The attributes that a name stands for: a composite's columns, a synonym's attribute, or itself.

    Raises:
        MappingError: there is no such name, or what it names is never copied.
    """
    check_name(mapper, name)
    if name in mapper.synonyms:
        yield from named(mapper, mapper.synonyms[name].name)
    elif name in mapper.composites:
        yield from (part.key for part in mapper.composites[name].props)
    else:
        _check_copied(mapper, name)
        yield name


def copied_columns(mapper: Mapper[Any]) -> Iterator[str]:
    """The column attributes that are copied: not those of the mapping, nor what the database computes."""
    kept = written_once(mapper) | computed(mapper)
    return (each.key for each in mapper.column_attrs if each.key not in kept and isinstance(each.columns[0], Column))


def copied_relationships(mapper: Mapper[Any]) -> Iterator[RelationshipProperty[Any]]:
    """The relationships that are copied: none that is only viewed, nor one without a collection in memory."""
    return (each for each in mapper.relationships if not each.viewonly and not _is_never_loaded(each))


def written_once(mapper: Mapper[Any]) -> frozenset[str]:
    """The column attributes that are the mapping's own once there is a row: its class's name, and its version."""
    return _keys_of(mapper, mapper.polymorphic_on) | _keys_of(mapper, mapper.version_id_col)


def version_key(mapper: Mapper[Any]) -> str | None:
    """The attribute that holds the version; None if there is none."""
    return next(iter(_keys_of(mapper, mapper.version_id_col)), None)


def check_loaded(state: InstanceState[Any], fields: Collection[str]) -> None:
    """Refuse to be told to copy what the given entity does not have.

    Raises:
        UnitOfWorkError: naming the field.
    """
    for field in fields:
        if any(name not in state.dict for name in named(state.mapper, field)):
            raise UnitOfWorkError(
                f"{state.class_.__name__}.{field} is not loaded on the given entity, so it cannot be copied",
                entity_type=state.class_,
            )


def _check_copied(mapper: Mapper[Any], name: str) -> None:
    reason = _why_not(mapper, name)
    if reason is not None:
        raise MappingError(f"{mapper.class_.__name__}.{name} is {reason}, not copied", entity_type=mapper.class_)


def _why_not(mapper: Mapper[Any], name: str) -> str | None:
    """Why an attribute is never copied; None if it is."""
    if name in written_once(mapper):
        return "kept by the mapping"
    relationship = mapper.relationships.get(name)
    if relationship is None:
        return None if name in copied_columns(mapper) else "computed"
    if _is_never_loaded(relationship):
        return "never loaded as a whole"
    return "only viewed" if relationship.viewonly else None


def _is_never_loaded(relationship: RelationshipProperty[Any]) -> bool:
    return relationship.lazy in ("dynamic", "write_only")


def _keys_of(mapper: Mapper[Any], kept: ColumnElement[Any] | None) -> frozenset[str]:
    if kept is None:
        return frozenset()
    return frozenset(each.key for each in mapper.column_attrs if any(column is kept for column in each.columns))
