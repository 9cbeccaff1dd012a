"""Names in the mapping: what a name of the specification stands for, or what there is instead."""

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.ext.hybrid import HybridExtensionType
from sqlalchemy.orm import Mapper, RelationshipProperty

from unitofwork.domain.errors import MappingError, UnsupportedQuery
from unitofwork.domain.outbox import OutboxBucket, OutboxMessage, ProcessedMessage

_ATTACHED_BY: dict[type[Any], str] = {
    OutboxMessage: "outbox_table",
    OutboxBucket: "outbox_table",
    ProcessedMessage: "inbox_table",
}


def mapper_of(entity_type: type[Any]) -> Mapper[Any]:
    """The mapper of a class.

    Raises:
        MappingError: the class is not mapped.
    """
    mapper: Mapper[Any] | None = inspect(entity_type, raiseerr=False)
    if mapper is not None:
        return mapper
    if (cure := attach_by(entity_type)) is not None:
        raise MappingError(cure, entity_type=entity_type)
    bases = [base.__name__ for base in entity_type.__mro__[1:] if inspect(base, raiseerr=False) is not None]
    hint = f", though its base {bases[0]} is" if bases else ""
    raise MappingError(
        f"{entity_type.__name__} is not mapped{hint}: give it to map_entity()",
        entity_type=entity_type,
    )


def made_too_early(entity_type: type[Any]) -> MappingError:
    """What is said of an entity that was made before its class was mapped, which no session can take."""
    return MappingError(f"this {entity_type.__name__} was made before its class was mapped: call map_entity() first")


def identity_class_of(mapper: Mapper[Any]) -> type:
    """The class by which the identity keys of a mapper's entities begin: that of the base of its hierarchy."""
    identity_class: type = mapper.identity_key_from_primary_key((None,) * len(mapper.primary_key))[0]
    return identity_class


def attach_by(entity_type: type[Any]) -> str | None:
    """What to tell those whose mapping lacks a class of this library; None of an application's class."""
    attach = _ATTACHED_BY.get(entity_type)
    if attach is None:
        return None
    return f"{entity_type.__name__} has no table in the database's mapping: call {attach}(registry.metadata)"


def check_name(mapper: Mapper[Any], name: str, owner: type | None = None) -> str:
    """The attribute that a name stands for, be it a synonym's; what the mapping or the class does not have is refused.

    Raises:
        MappingError: naming what there is.
    """
    if owner is not None and not (issubclass(mapper.class_, owner) or issubclass(owner, mapper.class_)):
        raise MappingError(
            f"{owner.__name__}.{name} is asked of {mapper.class_.__name__}, which is another class",
            entity_type=mapper.class_,
        )
    known = _askable(mapper)
    if name not in known:
        raise MappingError(
            f"{mapper.class_.__name__} has no attribute {name!r}; it has {', '.join(sorted(known))}",
            entity_type=mapper.class_,
        )
    while name in mapper.synonyms:
        name = mapper.synonyms[name].name
    return name


def check_in_column(mapper: Mapper[Any], name: str) -> str:
    """The attribute that a name stands for, if it is kept in a column.

    Raises:
        MappingError: it is not, or there is no such name.
    """
    name = check_name(mapper, name)
    if name not in mapper.column_attrs:
        raise MappingError(f"{mapper.class_.__name__}.{name} is not kept in a column", entity_type=mapper.class_)
    return name


def relationship_of(mapper: Mapper[Any], name: str, owner: type | None = None) -> RelationshipProperty[Any]:
    """The relationship of that name.

    Raises:
        MappingError: there is no such name.
        UnsupportedQuery: it is no relationship, so that no path can go on from it.
    """
    name = check_name(mapper, name, owner)
    relationships = mapper.relationships
    if name not in relationships:
        raise UnsupportedQuery(
            f"{mapper.class_.__name__}.{name} is no relationship, so no path goes on from it",
            entity_type=mapper.class_,
        )
    return relationships[name]


def _askable(mapper: Mapper[Any]) -> frozenset[str]:
    """The names of mapped attributes and of hybrid properties; hybrid methods and proxies have no value in a row."""
    hybrids = (
        name
        for name, descriptor in mapper.all_orm_descriptors.items()
        if descriptor.extension_type is HybridExtensionType.HYBRID_PROPERTY
    )
    return frozenset((*mapper.attrs.keys(), *mapper.synonyms.keys(), *mapper.composites.keys(), *hybrids))
