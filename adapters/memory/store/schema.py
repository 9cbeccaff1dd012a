"""The shapes of all tables of a database, made once per mapping and made again when tables are added to it."""

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeAlias, cast

import attrs
from sqlalchemy import Column, ForeignKeyConstraint, MetaData, Table
from sqlalchemy.schema import sort_tables_and_constraints  # pyright: ignore[reportUnknownVariableType]  # as it says

from unitofwork.adapters.memory.store.foreign_keys import foreign_key
from unitofwork.adapters.memory.store.row import KeyOf, key_of
from unitofwork.adapters.memory.store.shape import Shape, shape_of
from unitofwork.adapters.orm.constraints import in_order

Fingerprint: TypeAlias = tuple[int, ...]

_CACHE = "unitofwork.schemas"


@attrs.frozen(eq=False)
class Schema:
    """What the mapping says of every table of a database."""

    shapes: dict[Table, Shape]


def schema_of(tables: MetaData | Collection[Table]) -> Schema:
    """The schema of these tables, which is kept with them.

    Raises:
        MappingError: naming what cannot be kept.
    """
    chosen = tuple(tables.tables.values() if isinstance(tables, MetaData) else tables)
    if not chosen:
        return Schema({})
    cache = chosen[0].metadata.info.setdefault(_CACHE, {})
    fingerprint = _fingerprint(chosen)
    known = cache.get(chosen)
    if known is None or known[0] != fingerprint:
        known = cache[chosen] = (fingerprint, _made(chosen))
    schema: Schema = known[1]
    return schema


def _fingerprint(tables: tuple[Table, ...]) -> Fingerprint:
    """Changes when a table is given another column, constraint or index."""
    return tuple(
        count for table in tables for count in (len(table.columns), len(table.constraints), len(table.indexes))
    )


def _made(tables: tuple[Table, ...]) -> Schema:
    shapes = {table: shape_of(table) for table in tables}
    rules = {table: shape.unique for table, shape in shapes.items()}
    for mapped in _foreign_keys(tables):
        child = shapes[mapped.table]

        def key_over(
            columns: tuple[Column[Any], ...], referred: tuple[Column[Any], ...], child: Shape = child
        ) -> KeyOf:
            parent = shapes[referred[0].table]
            normals = tuple(parent.codecs[parent.place[column] - 1].key for column in referred)
            return key_of(tuple(child.place[column] for column in columns), normals)

        key = foreign_key(mapped, rules, key_over)
        child.foreign_keys.append(key)
        child.indexed.add(frozenset(key.columns))
        shapes[key.parent].referred_by.append(key)
    return Schema(shapes)


_Created: TypeAlias = Callable[[tuple[Table, ...]], Iterable[tuple[Table | None, list[ForeignKeyConstraint]]]]
_created = cast(_Created, sort_tables_and_constraints)  # which has no annotations


def _foreign_keys(tables: tuple[Table, ...]) -> list[ForeignKeyConstraint]:
    """The foreign keys in the order in which they are created; those of a cycle last."""
    found: list[ForeignKeyConstraint] = []
    for table, late in _created(tables):
        if table is None:
            found.extend(late)
        else:
            found.extend(each for each in in_order(table) if isinstance(each, ForeignKeyConstraint))
    unique = dict.fromkeys(reversed(found))
    return list(reversed(unique))
