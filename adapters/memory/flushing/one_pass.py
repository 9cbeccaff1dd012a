"""A flush in one pass: classes in order, their new and changed rows, and then deletions in the opposite order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Column
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import ClauseElement

from unitofwork.adapters.memory.engine import MemoryConnection
from unitofwork.adapters.memory.flushing.collecting import Copy, Work
from unitofwork.adapters.memory.flushing.shape import FlushShape
from unitofwork.adapters.memory.private import (
    State,
    after_saving,
    around_deleting,
    before_saving,
    expire_some,
    is_changed,
    key_order,
    set_quietly,
)
from unitofwork.adapters.memory.store import Row
from unitofwork.adapters.memory.writing.changing import UpdatePlan, update_plan, update_rows
from unitofwork.adapters.memory.writing.inserting import InsertPlan, insert_plan, insert_rows
from unitofwork.adapters.session.translation import stale

_insert_order = attrgetter("insert_order")


def write(connection: MemoryConnection, work: Work, order: Sequence[Mapper[Any]]) -> None:
    """Write everything."""
    for mapper in order:
        if mapper in work.saved:
            _copy_keys(work.copies.get(mapper, ()))
            _save(connection, work.shapes[mapper], work.saved[mapper])
    for mapper in reversed(order):
        if mapper in work.deleted:
            _delete(connection, work.shapes[mapper], work.deleted[mapper])


def _copy_keys(copies: Iterable[Copy]) -> None:
    for copy in sorted(copies, key=attrgetter("order")):
        for theirs, own in copy.pairs:
            set_quietly(copy.target, own, None if copy.source is None else getattr(copy.source.obj(), theirs))


def _save(connection: MemoryConnection, shape: FlushShape, states: Sequence[State]) -> None:
    new = sorted([state for state in states if state.key is None], key=_insert_order)
    kept = [state for state in states if state.key is not None]
    if len(kept) > 1:
        kept.sort(key=key_order(shape.mapper))
    for state in (*new, *kept):
        before_saving(state, connection)
    _update(connection, shape, kept)
    _insert(connection, shape, new)
    for state in new:
        after_saving(state, connection, is_new=True)
    for state in kept:
        after_saving(state, connection, is_new=False)


# New rows


def _insert(connection: MemoryConnection, shape: FlushShape, states: Sequence[State]) -> None:
    given = [_given(shape, state) for state in states]
    for start, end in _stretches(given):
        parameters = [values for values, _ in given[start:end]]
        plan = _insert_plan(shape, *given[start], several=end - start > 1)
        table = connection.engine.store.table(shape.columns.table)
        with connection.engine.store.lock:
            rows, complete = insert_rows(connection.transaction, table, plan, parameters, connection)
        for state, row, values in zip(states[start:end], rows, complete, strict=True):
            _take_in(shape, state, plan, row, values)


def _given(shape: FlushShape, state: State) -> tuple[dict[str, Any], dict[Column[Any], Any]]:
    """The values to insert, by the key of their columns, and the SQL expressions among them."""
    values: dict[str, Any] = {}
    expressions: dict[Column[Any], Any] = {}
    has = state.dict
    for name, column in shape.written.items():
        if name not in has:
            continue
        value = has[name]
        if value is None:
            if column in shape.none_is_given:
                values[column.key] = None
        elif isinstance(value, ClauseElement) or hasattr(value, "__clause_element__"):
            expressions[column] = value
        else:
            values[column.key] = value
    for key in shape.given_as_none:
        if key not in values and not any(column.key == key for column in expressions):
            values[key] = None
    return values, expressions


def _stretches(given: Sequence[tuple[Mapping[str, Any], Mapping[Column[Any], Any]]]) -> Iterator[tuple[int, int]]:
    """From where to where rows go into one statement: those that give the same columns, without SQL expressions."""
    start = 0
    for (_, alone), group in groupby(enumerate(given), lambda each: (set(each[1][0]), each[0] if each[1][1] else -1)):
        del alone
        end = start + len(list(group))
        yield start, end
        start = end


def _insert_plan(
    shape: FlushShape, values: Mapping[str, Any], expressions: Mapping[Column[Any], Any], *, several: bool
) -> InsertPlan:
    fetched = shape.fetched if any(column.key not in values for column in shape.fetched) else ()
    has_key = all(column.key in values for column in shape.columns.key)
    wanted = (*fetched, *shape.columns.key) if several and not (has_key and not fetched) else fetched
    return insert_plan(shape.columns, values, expressions, wanted)


def _take_in(shape: FlushShape, state: State, plan: InsertPlan, row: Row, values: Mapping[str, Any]) -> None:
    """Give an entity what its row has beyond what the entity gave."""
    has = state.dict
    for name, (place, load) in zip(shape.key, plan.key, strict=True):
        if has.get(name) is None:
            has[name] = row[place] if load is None else load(row[place])
    for column, (place, load) in zip(plan.sent.effective_returning, plan.back, strict=True):
        if not column.primary_key and column in shape.names:
            has[shape.names[column]] = row[place] if load is None or row[place] is None else load(row[place])
    _take_made(shape, state, plan, values)


def _take_made(shape: FlushShape, state: State, plan: InsertPlan | UpdatePlan, values: Mapping[str, Any]) -> None:
    for column in plan.sent.prefetch:
        name = shape.names.get(column)
        if name is not None:
            state.dict[name] = values[column.key]
            state.committed_state.pop(name, None)
    if plan.sent.postfetch:
        expire_some(state, [shape.names[column] for column in plan.sent.postfetch if column in shape.names])


# Changed rows


def _update(connection: MemoryConnection, shape: FlushShape, states: Sequence[State]) -> None:
    changed = [(state, *_changed(shape, state)) for state in states]
    todo = [each for each in changed if each[1] or each[2]]
    for _, group in groupby(enumerate(todo), lambda each: (set(each[1][1]), each[0] if each[1][2] else -1)):
        some = [each for _, each in group]
        plan = update_plan(shape.columns, (), some[0][1], some[0][2], ())
        connection.engine.log.updated(shape.columns.table, plan.columns)
        for state, values, _ in some:
            _update_one(connection, shape, state, plan, values)


def _update_one(
    connection: MemoryConnection, shape: FlushShape, state: State, plan: UpdatePlan, values: Mapping[str, Any]
) -> None:
    me, table = connection.transaction, connection.engine.store.table(shape.columns.table)
    key = tuple([shape.columns.operand(column, state.dict[shape.names[column]]) for column in shape.columns.key])
    with connection.engine.store.lock:
        row = me.by_key(table, key)
        found, complete = update_rows(me, table, plan, [] if row is None else [row], values, connection)
    if not found:
        raise stale(shape.mapper, shape.columns.table)
    _take_made(shape, state, plan, complete)


def _changed(shape: FlushShape, state: State) -> tuple[dict[str, Any], dict[Column[Any], Any]]:
    values: dict[str, Any] = {}
    expressions: dict[Column[Any], Any] = {}
    has = state.dict
    for name in state.committed_state:
        column = shape.written.get(name)
        if column is None:
            continue
        value = has[name]
        if isinstance(value, ClauseElement) or hasattr(value, "__clause_element__"):
            expressions[column] = value
        elif is_changed(state, name, value):
            values[column.key] = value
    return values, expressions


# Rows to delete


def _delete(connection: MemoryConnection, shape: FlushShape, states: Sequence[State]) -> None:
    ordered = sorted(states, key=key_order(shape.mapper)) if len(states) > 1 else states
    around_deleting(ordered, connection, before=True)
    me, table = connection.transaction, connection.engine.store.table(shape.columns.table)
    connection.engine.log.deleted(shape.columns.table)
    for state in ordered:
        key = tuple([shape.columns.operand(column, state.dict[shape.names[column]]) for column in shape.columns.key])
        with connection.engine.store.lock:
            row = me.by_key(table, key)
            if row is not None:
                me.delete(table, [row])
    around_deleting(ordered, connection, before=False)
