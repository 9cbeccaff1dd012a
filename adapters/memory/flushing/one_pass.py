"""A flush in one pass: classes in order, their new and changed rows, and then deletions in the opposite order."""

from collections.abc import Sequence
from operator import attrgetter

from unitofwork.adapters.memory.engine import MemoryConnection
from unitofwork.adapters.memory.flushing.changed_rows import update
from unitofwork.adapters.memory.flushing.new_rows import insert
from unitofwork.adapters.memory.flushing.part import Part
from unitofwork.adapters.memory.flushing.plain_rows import insert_plain, plain_rows
from unitofwork.adapters.memory.flushing.shape import FlushShape
from unitofwork.adapters.memory.flushing.versions import Version
from unitofwork.adapters.memory.private.flushing import copy_keys
from unitofwork.adapters.memory.private.listeners import hears_only, tell
from unitofwork.adapters.memory.private.mappers import key_order
from unitofwork.adapters.memory.private.states import State
from unitofwork.adapters.memory.store import Transaction
from unitofwork.adapters.session.translation import stale

_insert_order = attrgetter("insert_order")


def write(connection: MemoryConnection, parts: Sequence[Part]) -> None:
    """Write everything."""
    for part in parts:
        shape, new, kept = part.shape, part.new, part.kept
        mapper, told = shape.mapper, shape.told
        if part.copies:
            for way, sources in part.copies.items():
                copy_keys(way.pairs, sources)
        plain, only_checked, versions = None, False, None
        if new:
            if len(new) > 1:
                new.sort(key=_insert_order)
            # The mapping's own check of values need not be asked about those that fit.
            only_checked = not kept and shape.version is None and hears_only(told.before_insert, shape.check)
            plain = plain_rows(connection, shape, new, None) if only_checked else None
            if plain is None:
                tell(told.before_insert, mapper, connection, new)
        if kept:
            if len(kept) > 1:
                kept.sort(key=key_order(mapper))
            tell(told.before_update, mapper, connection, kept)
            update(connection, shape, kept)
        if new:
            if not only_checked:
                if shape.version is not None:
                    versions = [shape.version.after(None) for _ in new]
                plain = plain_rows(connection, shape, new, versions)
            if plain is None:
                insert(connection, shape, new, versions)
            else:
                insert_plain(connection, shape, new, plain)
            if told.after_insert.listeners or told.after_insert.parent_listeners:
                tell(told.after_insert, mapper, connection, new)
        if kept and (told.after_update.listeners or told.after_update.parent_listeners):
            tell(told.after_update, mapper, connection, kept)
    for part in reversed(parts):
        if part.deleted:
            _delete(connection, part.shape, part.deleted)


def _delete(connection: MemoryConnection, shape: FlushShape, states: list[State]) -> None:
    mapper, told = shape.mapper, shape.told
    if len(states) > 1:
        states.sort(key=key_order(mapper))
    if told.before_delete.listeners or told.before_delete.parent_listeners:
        tell(told.before_delete, mapper, connection, states)
    engine, table, version = connection.engine, shape.columns.table, shape.version
    engine.log.deleted(table)
    with engine.store.lock:
        if version is None:
            keys = [shape.stored_key(state.obj().__dict__) for state in states]
            connection.transaction.delete_each(engine.store.tables[table], keys)
        else:
            deleted = sum(_delete_version(connection.transaction, shape, version, state) for state in states)
            if version.confirms_deletions and deleted != len(states):
                raise stale(mapper, table)
    if told.after_delete.listeners or told.after_delete.parent_listeners:
        tell(told.after_delete, mapper, connection, states)


def _delete_version(me: Transaction, shape: FlushShape, version: Version, state: State) -> int:
    """Delete the row of an entity, if it has the entity's version; return how many rows that are."""
    has = state.obj().__dict__
    table = me.table(shape.columns.table)
    row = me.by_key(table, shape.stored_key(has))
    return me.delete(table, (row,)) if row is not None and version.is_there(row, has[version.name]) else 0
