"""The rows of changed entities: those that change the same attributes go into one statement."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Column

from unitofwork.adapters.memory.engine import MemoryConnection
from unitofwork.adapters.memory.flushing.shape import PLAIN, FlushShape, is_expression, take_made
from unitofwork.adapters.memory.private import State
from unitofwork.adapters.memory.private.flushing import is_changed
from unitofwork.adapters.memory.writing.changing import UpdatePlan, update_plan, update_rows
from unitofwork.adapters.session.translation import stale

Changed = tuple[State, dict[str, Any], dict[Column[Any], Any]]
"""An entity, its new values by the keys of their columns, and the SQL expressions that it gives."""


def update(connection: MemoryConnection, shape: FlushShape, states: Sequence[State]) -> None:
    """Change the rows of entities, in this order; an entity that has what its row has is left alone."""
    todo: list[Changed] = []
    for state in states:
        changed = _changed(shape, state)
        if changed[1] or changed[2]:
            todo.append(changed)
    for some in [todo] if len(todo) == 1 else _stretches(todo) if todo else ():
        _, values, expressions = some[0]
        plan = update_plan(shape.columns, (), values, expressions, ())
        connection.engine.log.updated(shape.columns.table, plan.columns)
        for state, values, _ in some:
            _update_one(connection, shape, state, plan, values)


def _stretches(todo: list[Changed]) -> list[list[Changed]]:
    """The rows that go into one statement: those that change the same columns, without SQL expressions."""
    groups = groupby(enumerate(todo), lambda each: (set(each[1][1]), each[0] if each[1][2] else -1))
    return [[each for _, each in group] for _, group in groups]


def _changed(shape: FlushShape, state: State) -> Changed:
    values: dict[str, Any] = {}
    expressions: dict[Column[Any], Any] = {}
    has = vars(state.obj())
    for name in state.committed_state:
        column = shape.written.get(name)
        if column is None:
            continue
        value = has[name]
        if value.__class__ not in PLAIN and is_expression(value):
            expressions[column] = value
        elif is_changed(state, name, value):
            values[column.key] = value
    return state, values, expressions


def _update_one(
    connection: MemoryConnection, shape: FlushShape, state: State, plan: UpdatePlan, values: dict[str, Any]
) -> None:
    engine = connection.engine
    me, table = connection.transaction, engine.store.tables[shape.columns.table]
    with engine.store.lock:
        row = me.by_key(table, shape.stored_key(vars(state.obj())))
        found, complete = update_rows(me, table, plan, () if row is None else (row,), values, connection)
    if not found:
        raise stale(shape.mapper, shape.columns.table)
    if plan.sent.prefetch or plan.sent.postfetch:
        take_made(shape, state, plan.sent, complete)
