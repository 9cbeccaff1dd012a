"""What a mapper has worked out for its flushes."""
# pyright: reportPrivateUsage=false

from collections.abc import Iterable
from typing import Any, cast

import attrs
from sqlalchemy import Column, Table
from sqlalchemy.orm import Mapper, RelationshipProperty


@attrs.frozen
class FlushingDetails:
    """What a mapper has worked out for its flushes of a table.

    Attributes:
        written: the attributes that are written, with their columns.
        none_is_given: the columns in which None is a value of its own.
        given_as_none: the keys of columns that are given None if they are given nothing.
        fetched: the columns whose values the database makes.
        owners: the keys in a state's parents of the owners without any of which an entity is not kept.
        order: what decides which class comes first where nothing else does.
        identity_class: that of the class's identities.
    """

    written: dict[str, Column[Any]]
    none_is_given: frozenset[Column[Any]]
    given_as_none: frozenset[str]
    fetched: tuple[Column[Any], ...]
    owners: tuple[int, ...]
    order: str
    identity_class: type


def flushing_details(mapper: Mapper[Any], table: Table) -> FlushingDetails:
    """What a mapper has worked out for its flushes of a table."""
    inside: Any = mapper
    fetched = inside._server_default_cols[table]
    return FlushingDetails(
        dict(inside._propkey_to_col[table]),
        inside._insert_cols_evaluating_none[table],
        inside._insert_cols_as_none[table],
        tuple(column for column in table.columns if column in fetched),
        tuple(id(owner.__mapper__.class_manager[name].impl.parent_token) for name, owner in inside._delete_orphans),
        inside._sort_key,
        inside._identity_class,
    )


def is_plain_to_flush(mapper: Mapper[Any]) -> bool:
    """Whether a flush of the mapper's entities writes one row each, and nothing before or after."""
    inside: Any = mapper
    return (
        mapper.inherits is None
        and mapper.polymorphic_on is None
        and len(list(mapper.self_and_descendants)) == 1
        and mapper.batch
        and not mapper.legacy_is_orphan
        and mapper.eager_defaults == "auto"
        and (mapper.version_id_col is None or mapper.version_id_generator is not False)
        and not inside._readonly_props
        and not any(inside._insert_orm_defaults.values())
    )


def synchronised(relationship: RelationshipProperty[Any]) -> Iterable[tuple[Column[Any], Column[Any]]]:
    """The columns that a flush copies for a relationship, each with where it copies it to."""
    pairs: Any = relationship.synchronize_pairs
    return cast("Iterable[tuple[Column[Any], Column[Any]]]", pairs)


def key_order(mapper: Mapper[Any]) -> Any:
    """By what a flush sorts entities that have rows."""
    inside: Any = mapper
    return inside._persistent_sortkey_fn
