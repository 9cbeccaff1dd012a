"""What must be known of a class to flush its entities in one pass, found out once."""

from typing import Any, cast

import attrs
from sqlalchemy import Column, Table
from sqlalchemy.orm import Mapper, RelationshipDirection, RelationshipProperty

from unitofwork.adapters.memory.columns import Columns, columns_of
from unitofwork.adapters.memory.private import flushing_details, is_plain_to_flush, synchronised

_CACHE = "unitofwork.flush_shape"


@attrs.frozen(eq=False)
class Link:
    """A relationship by which a flush copies a key from one entity to another.

    Attributes:
        name: the attribute.
        order: what decides which of several is followed first.
        many: whether it is a collection.
        pairs: attributes of who has the key, each with that of who refers to it.
        has_reverse: whether the other side knows of it.
        cascades: whether what is related is deleted along.
        passive_deletes: whether deleting leaves it to the database.
        itself: whether it is between entities of one class.
    """

    name: str
    order: str
    many: bool
    pairs: tuple[tuple[str, str], ...]
    has_reverse: bool
    cascades: bool
    passive_deletes: bool
    itself: bool


@attrs.frozen(eq=False)
class FlushShape:
    """How entities of a class are flushed.

    Attributes:
        mapper: of the class.
        columns: of its table.
        written: the attributes that are written, with their columns.
        key: the attributes of the primary key.
        none_is_given: the columns in which None is a value of its own.
        given_as_none: the columns that are given None if they are given nothing.
        fetched: the columns whose values the database makes.
        references: the relationships to who has the key.
        collections: the relationships to who refers to this.
        associations: the relationships by rows of their own, which one pass does not write.
        deletable: whether what refers to an entity goes with it.
        has_owners: whether an entity may be an orphan.
        order: what decides which class comes first where nothing else does.
    """

    mapper: Mapper[Any]
    columns: Columns
    written: dict[str, Column[Any]]
    key: tuple[str, ...]
    none_is_given: frozenset[Column[Any]]
    given_as_none: frozenset[str]
    fetched: tuple[Column[Any], ...]
    references: tuple[Link, ...]
    collections: tuple[Link, ...]
    associations: tuple[str, ...]
    deletable: bool
    has_owners: bool
    order: str
    names: dict[Column[Any], str]


def flush_shape_of(mapper: Mapper[Any]) -> FlushShape | None:
    """The shape of a class, made once; None where only SQLAlchemy's own unit of work will do."""
    info = cast("dict[str, Any]", mapper.class_manager.info)  # pyright: ignore[reportUnknownMemberType]  # a bare dict
    if _CACHE not in info:
        info[_CACHE] = _shape(mapper)
    found: FlushShape | None = info[_CACHE]
    return found


def _shape(mapper: Mapper[Any]) -> FlushShape | None:
    table: Any = mapper.local_table
    if not isinstance(table, Table) or not is_plain_to_flush(mapper):
        return None
    relationships = [each for each in mapper.relationships if not each.viewonly]
    if not all(_is_plain(each) for each in relationships):
        return None
    references = tuple(_link(each) for each in relationships if _refers(each))
    collections = tuple(_link(each) for each in relationships if _is_referred_to(each))
    keys = {mapper.get_property_by_column(column).key for column in mapper.primary_key}
    if any(own in keys for link in references for _, own in link.pairs):
        return None
    columns, details = columns_of(cast(Table, table)), flushing_details(mapper, cast(Table, table))
    return FlushShape(
        mapper=mapper,
        columns=columns,
        written=details.written,
        key=tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key),
        none_is_given=details.none_is_given,
        given_as_none=details.given_as_none,
        fetched=details.fetched,
        references=references,
        collections=collections,
        associations=tuple(each.key for each in relationships if not (_refers(each) or _is_referred_to(each))),
        deletable=len(references) + len(collections) == len(relationships)
        and not mapper.confirm_deleted_rows
        and all(link.cascades and not link.itself for link in collections),
        has_owners=details.has_owners,
        order=details.order,
        names={column: name for name, column in details.written.items()},
    )


def _is_plain(relationship: RelationshipProperty[Any]) -> bool:
    if relationship.post_update or not relationship.passive_updates or relationship.passive_deletes == "all":
        return False
    if _refers(relationship):
        return not (relationship.cascade.delete or relationship.cascade.delete_orphan)
    return True


def _refers(relationship: RelationshipProperty[Any]) -> bool:
    return relationship.direction is RelationshipDirection.MANYTOONE


def _is_referred_to(relationship: RelationshipProperty[Any]) -> bool:
    return relationship.direction is RelationshipDirection.ONETOMANY


def _link(relationship: RelationshipProperty[Any]) -> Link:
    own, other = relationship.parent, relationship.mapper
    source, target = (other, own) if _refers(relationship) else (own, other)
    pairs = tuple(
        (source.get_property_by_column(left).key, target.get_property_by_column(right).key)
        for left, right in synchronised(relationship)
    )
    return Link(
        name=relationship.key,
        order=f"{own.class_.__module__}.{own.class_.__name__}.{relationship.key}",
        many=bool(relationship.uselist),
        pairs=pairs,
        has_reverse=bool(relationship.back_populates or relationship.backref),
        cascades=bool(relationship.cascade.delete),
        passive_deletes=bool(relationship.passive_deletes),
        itself=own is other,
    )
