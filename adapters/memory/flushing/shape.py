"""What must be known of a class to flush its entities in one pass, found out once."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias, cast

import attrs
from sqlalchemy import Column, Table
from sqlalchemy.orm import Mapper, RelationshipDirection, RelationshipProperty
from sqlalchemy.sql import ClauseElement

from unitofwork.adapters.memory.columns import Columns, columns_of
from unitofwork.adapters.memory.flushing.versions import Version
from unitofwork.adapters.memory.private.flushing import expire_some
from unitofwork.adapters.memory.private.listeners import told_of_rows
from unitofwork.adapters.memory.private.mappers import flushing_details, is_plain_to_flush, synchronised
from unitofwork.adapters.memory.private.states import State
from unitofwork.adapters.memory.private.written import Keyed
from unitofwork.adapters.memory.values import Codec
from unitofwork.adapters.memory.writing.result import Sent
from unitofwork.adapters.orm.values import check_of_new

_CACHE = "unitofwork.flush_shape"

StoredKey: TypeAlias = Callable[[Mapping[str, Any]], tuple[Any, ...]]

Pairs: TypeAlias = tuple[tuple[str, str], ...]


@attrs.frozen(eq=False)
class Way:
    """A way in which keys are copied: the same from both sides of a relationship.

    Attributes:
        pairs: attributes of who has the key, each with that of who refers to it.
        own: the attributes of who refers to it.
    """

    pairs: Pairs
    own: frozenset[str]


@cache
def _way(pairs: Pairs) -> Way:
    return Way(pairs, frozenset(own for _, own in pairs))


@attrs.frozen(eq=False)
class Link:
    """A relationship by which a flush copies a key from one entity to another.

    Attributes:
        name: the attribute.
        relationship: the relationship.
        many: whether it is a collection.
        way: which key is copied, and to where.
        has_reverse: whether the other side knows of it.
        cascades: whether what is related is deleted along.
        passive_deletes: whether deleting leaves it to the database.
        itself: whether it is between entities of one class.
    """

    name: str
    relationship: RelationshipProperty[Any]
    many: bool
    way: Way
    has_reverse: bool
    cascades: bool
    passive_deletes: bool
    itself: bool


@attrs.frozen(eq=False, kw_only=True)
class FlushShape(Keyed):
    """How entities of a class are flushed.

    Attributes:
        mapper: of the class.
        columns: of its table.
        written: the attributes that are written, with their columns.
        writing: the same in the table's order, each with whether None is a value of its own in the column, and whether
            the column is given None if it is given nothing.
        fetched: the columns whose values the database makes.
        references: the relationships to who has the key.
        collections: the relationships to who refers to this.
        to_itself: those among both that are between entities of the class.
        with_reverse: the names of the collections whose other sides know of them.
        associations: the relationships by rows of their own, which one pass does not write.
        deletable: whether what refers to an entity goes with it.
        owners: the keys in a state's parents of the owners without any of which an entity is not kept.
        order: what decides which class comes first where nothing else does.
        told: the listeners to rows that are written, each by the name of its event.
        check: the one of them that checks the values of new entities.
        names: the attribute of each column.
        stored_key: makes the primary key, as it is stored, of the values of an entity that has a row.
        version: the version of the entities, if they have one.
        inserts: how rows of each kind are inserted, for whoever finds that out; so are `updates` of rows.
    """

    mapper: Mapper[Any]
    columns: Columns
    written: dict[str, Column[Any]]
    writing: tuple[tuple[str, Column[Any], bool, bool], ...]
    fetched: tuple[Column[Any], ...]
    references: tuple[Link, ...]
    collections: tuple[Link, ...]
    to_itself: tuple[Link, ...]
    with_reverse: frozenset[str]
    associations: tuple[str, ...]
    deletable: bool
    owners: tuple[int, ...]
    order: str
    told: Any
    check: Callable[..., object] | None
    names: dict[Column[Any], str]
    stored_key: StoredKey
    version: Version | None
    inserts: dict[Any, Any] = attrs.field(factory=dict[Any, Any])
    updates: dict[Any, Any] = attrs.field(factory=dict[Any, Any])


PLAIN = frozenset({str, int, bool, float, bytes})
"""Classes of values that stand for themselves."""


def is_expression(value: Any) -> bool:
    """Whether a value stands for one that SQL computes."""
    return isinstance(value, ClauseElement) or hasattr(value, "__clause_element__")


def take_made(shape: FlushShape, state: State, sent: Sent, complete: Mapping[str, Any] | None) -> None:
    """Give an entity what was made for its row; what only the row knows is loaded when it is read."""
    if complete is not None:
        for column in sent.prefetch:
            name = shape.names.get(column)
            if name is not None:
                state.dict[name] = complete[column.key]
                state.committed_state.pop(name, None)
    if sent.postfetch:
        expire_some(state, [shape.names[column] for column in sent.postfetch if column in shape.names])


def flush_shape_of(mapper: Mapper[Any]) -> FlushShape | None:
    """The shape of a class, made once; None where only SQLAlchemy's own unit of work will do."""
    info: dict[str, Any] = mapper.class_manager.info  # pyright: ignore[reportUnknownMemberType]  # a bare dict
    found: FlushShape | None = info.get(_CACHE)
    if found is None and _CACHE not in info:
        found = info[_CACHE] = _shape(mapper)
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
    key = tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)
    if any(own in key for link in references for own in link.way.own):
        return None
    columns, details = columns_of(cast(Table, table)), flushing_details(mapper, cast(Table, table))
    written = dict(sorted(details.written.items(), key=lambda each: columns.place[each[1]]))
    names = {column: name for name, column in written.items()}
    if not names.keys() >= {*columns.key, *([] if mapper.version_id_col is None else [mapper.version_id_col])}:
        return None
    version = Version.of(mapper, columns, tuple(names))
    return FlushShape(
        mapper=mapper,
        columns=columns,
        written=written,
        writing=tuple(
            (name, column, column in details.none_is_given, column.key in details.given_as_none)
            for name, column in written.items()
        ),
        key=key,
        only_key=key[0] if len(key) == 1 else None,
        fetched=details.fetched,
        references=references,
        collections=collections,
        to_itself=tuple(link for link in (*references, *collections) if link.itself),
        with_reverse=frozenset(link.name for link in collections if link.has_reverse),
        associations=tuple(each.key for each in relationships if not (_refers(each) or _is_referred_to(each))),
        deletable=len(references) + len(collections) == len(relationships)
        and (version is not None or not mapper.confirm_deleted_rows)
        and all(link.cascades and not link.itself for link in collections),
        owns=len(relationships) > len(references),
        owners=details.owners,
        order=details.order,
        told=told_of_rows(mapper),
        check=check_of_new(mapper),
        identity_class=details.identity_class,
        names=names,
        stored_key=_storing_key([(names[column], columns.codec(column)) for column in columns.key]),
        version=version,
    )


def _storing_key(parts: list[tuple[str, Codec]]) -> StoredKey:
    """What makes a key of these attributes; it is within the limits of its columns, since there is a row with it."""
    if len(parts) > 1:
        makers = [_storing_key([part]) for part in parts]
        return lambda values: tuple([make(values)[0] for make in makers])
    [(name, codec)] = parts
    operand, kind = codec.operand, codec.plain and codec.plain.kind
    if kind is datetime:
        kind = None  # in an hour that comes twice, a moment of another zone does not equal what is stored
    if operand is None:
        return lambda values: (values[name],)

    def stored_key(values: Mapping[str, Any]) -> tuple[Any, ...]:
        value = values[name]
        return (value,) if value.__class__ is kind else (operand(value),)

    return stored_key


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
        relationship=relationship,
        many=bool(relationship.uselist),
        way=_way(pairs),
        has_reverse=bool(relationship.back_populates or relationship.backref),
        cascades=bool(relationship.cascade.delete),
        passive_deletes=bool(relationship.passive_deletes),
        itself=own is other,
    )
