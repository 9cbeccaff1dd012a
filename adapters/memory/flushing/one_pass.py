"""A flush in one pass: classes in order, their new and changed rows, and then deletions in the opposite order."""

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy.orm import Mapper

from unitofwork.adapters.memory.engine import MemoryConnection
from unitofwork.adapters.memory.flushing.changed_rows import update
from unitofwork.adapters.memory.flushing.collecting import Part
from unitofwork.adapters.memory.flushing.new_rows import insert
from unitofwork.adapters.memory.flushing.plain_rows import insert_plain
from unitofwork.adapters.memory.flushing.shape import FlushShape
from unitofwork.adapters.memory.private import State
from unitofwork.adapters.memory.private.flushing import copy_keys, key_order, told_of_rows

_insert_order = attrgetter("insert_order")
_copy_order = itemgetter(0)


def write(connection: MemoryConnection, parts: Mapping[Mapper[Any], Part], order: Sequence[Mapper[Any]]) -> None:
    """Write everything."""
    for mapper in order:
        part = parts[mapper]
        if part.copies:
            part.copies.sort(key=_copy_order)
            copy_keys(part.copies)
        if part.new or part.kept:
            _save(connection, mapper, part)
    for mapper in reversed(order):
        part = parts[mapper]
        if part.deleted:
            _delete(connection, mapper, part.shape, part.deleted)


def _save(connection: MemoryConnection, mapper: Mapper[Any], part: Part) -> None:
    new, kept, told = part.new, part.kept, told_of_rows(mapper)
    if len(new) > 1:
        new.sort(key=_insert_order)
    if len(kept) > 1:
        kept.sort(key=key_order(mapper))
    if new:
        _tell(told.before_insert, mapper, connection, new)
    if kept:
        _tell(told.before_update, mapper, connection, kept)
        update(connection, part.shape, kept)
    if new:
        if not insert_plain(connection, part.shape, new):
            insert(connection, part.shape, new)
        _tell(told.after_insert, mapper, connection, new)
    if kept:
        _tell(told.after_update, mapper, connection, kept)


def _tell(listeners: Any, mapper: Mapper[Any], connection: MemoryConnection, states: Iterable[State]) -> None:
    if listeners:
        each = list(iter(listeners))  # calling SQLAlchemy's collection of them would cost as much as the listeners do
        for state in states:
            for listener in each:
                listener(mapper, connection, state)


def _delete(connection: MemoryConnection, mapper: Mapper[Any], shape: FlushShape, states: list[State]) -> None:
    told = told_of_rows(mapper)
    if len(states) > 1:
        states.sort(key=key_order(mapper))
    _tell(told.before_delete, mapper, connection, states)
    engine = connection.engine
    table = shape.columns.table
    engine.log.deleted(table)
    with engine.store.lock:
        keys = map(shape.stored_key, [vars(state.obj()) for state in states])
        connection.transaction.delete_each(engine.store.tables[table], keys)
    _tell(told.after_delete, mapper, connection, states)
