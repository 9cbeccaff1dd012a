"""A flush in one pass: classes in order, their new and changed rows, and then deletions in the opposite order."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Mapper

from unitofwork.adapters.memory.engine import MemoryConnection
from unitofwork.adapters.memory.flushing.changed_rows import update
from unitofwork.adapters.memory.flushing.collecting import Copy, Part
from unitofwork.adapters.memory.flushing.new_rows import insert
from unitofwork.adapters.memory.flushing.shape import FlushShape
from unitofwork.adapters.memory.private import State
from unitofwork.adapters.memory.private.flushing import (
    after_deleting,
    after_inserting,
    after_updating,
    before_deleting,
    before_inserting,
    before_updating,
    key_order,
    set_quietly,
)

_insert_order = attrgetter("insert_order")
_copy_order = attrgetter("order")


def write(connection: MemoryConnection, parts: Mapping[Mapper[Any], Part], order: Sequence[Mapper[Any]]) -> None:
    """Write everything."""
    for mapper in order:
        part = parts[mapper]
        if part.copies:
            _copy_keys(part.copies)
        if part.new or part.kept:
            _save(connection, mapper, part)
    for mapper in reversed(order):
        part = parts[mapper]
        if part.deleted:
            _delete(connection, mapper, part.shape, part.deleted)


def _copy_keys(copies: list[Copy]) -> None:
    copies.sort(key=_copy_order)
    for _, source, target, pairs in copies:
        for theirs, own in pairs:
            set_quietly(target, own, None if source is None else getattr(source.obj(), theirs))


def _save(connection: MemoryConnection, mapper: Mapper[Any], part: Part) -> None:
    new, kept = part.new, part.kept
    if len(new) > 1:
        new.sort(key=_insert_order)
    if len(kept) > 1:
        kept.sort(key=key_order(mapper))
    if new:
        _tell(before_inserting(mapper), mapper, connection, new)
    if kept:
        _tell(before_updating(mapper), mapper, connection, kept)
        update(connection, part.shape, kept)
    if new:
        insert(connection, part.shape, new)
        _tell(after_inserting(mapper), mapper, connection, new)
    if kept:
        _tell(after_updating(mapper), mapper, connection, kept)


def _tell(listeners: Any, mapper: Mapper[Any], connection: MemoryConnection, states: Iterable[State]) -> None:
    if listeners:
        for state in states:
            listeners(mapper, connection, state)


def _delete(connection: MemoryConnection, mapper: Mapper[Any], shape: FlushShape, states: list[State]) -> None:
    if len(states) > 1:
        states.sort(key=key_order(mapper))
    _tell(before_deleting(mapper), mapper, connection, states)
    engine = connection.engine
    me, table = connection.transaction, engine.store.table(shape.columns.table)
    engine.log.deleted(shape.columns.table)
    with engine.store.lock:
        for state in states:
            row = me.by_key(table, shape.stored_key(vars(state.obj())))
            if row is not None:
                me.delete(table, (row,))
    _tell(after_deleting(mapper), mapper, connection, states)
