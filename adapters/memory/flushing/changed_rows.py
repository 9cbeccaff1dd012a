"""The rows of changed entities: those that change the same attributes go into one statement."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Column

from unitofwork.adapters.memory.engine import MemoryConnection
from unitofwork.adapters.memory.flushing.shape import PLAIN, FlushShape, is_expression, take_made
from unitofwork.adapters.memory.private.flushing import is_changed
from unitofwork.adapters.memory.private.states import State
from unitofwork.adapters.memory.writing.changing import UpdatePlan, update_plan, update_rows
from unitofwork.adapters.session.translation import stale

Changed = tuple[State, dict[Column[Any], Any], dict[Column[Any], Any]]
"""An entity, its new values, and the SQL expressions that it gives."""


def update(connection: MemoryConnection, shape: FlushShape, states: Sequence[State]) -> None:
    """Change the rows of entities, in this order; an entity that has what its row has is left alone."""
    todo: list[Changed] = []
    for state in states:
        changed = _changed(shape, state)
        if changed[1] or changed[2]:
            todo.append(changed)
    for some in [todo] if len(todo) == 1 else _stretches(todo) if todo else ():
        plan = _plan(shape, some[0])
        columns, log = shape.columns, connection.engine.log
        found = 0
        for number, each in enumerate(some):
            if number == 0 or shape.version is not None:  # of which each row is changed by a statement of its own
                log.updated(columns.table, plan.columns)
            found += _update_one(connection, shape, plan, each)
        if found != len(some):
            raise stale(shape.mapper, columns.table)


def _stretches(todo: list[Changed]) -> list[list[Changed]]:
    """The rows that go into one statement: those that change the same columns, without SQL expressions."""
    groups = groupby(enumerate(todo), lambda each: (set(each[1][1]), each[0] if each[1][2] else -1))
    return [[each for _, each in group] for _, group in groups]


def _changed(shape: FlushShape, state: State) -> Changed:
    values: dict[Column[Any], Any] = {}
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
            values[column] = value
    version = shape.version
    if version is not None and (values or expressions):
        values[version.column] = version.after(has[version.name])
    return state, values, expressions


def _plan(shape: FlushShape, changed: Changed) -> UpdatePlan:
    """How rows are changed in these columns, which is kept unless SQL expressions are assigned."""
    _, values, expressions = changed
    columns = tuple(values)
    plan: UpdatePlan | None = None if expressions else shape.updates.get(columns)
    if plan is None:
        plan = update_plan(shape.columns, (), {column.key: values[column] for column in columns}, expressions, ())
        if not expressions:
            shape.updates[columns] = plan
    return plan


def _update_one(connection: MemoryConnection, shape: FlushShape, plan: UpdatePlan, changed: Changed) -> bool:
    """Change the row of an entity; say whether it is there, with the entity's version."""
    state, values, _ = changed
    engine, me, version = connection.engine, connection.transaction, shape.version
    table, has = engine.store.tables[shape.columns.table], vars(state.obj())
    key = shape.stored_key(has)
    found: object
    complete: Mapping[str, Any] | None = None
    with engine.store.lock:
        if version is not None:
            row = me.by_key(table, key)
            if row is None or not version.is_there(row, has[version.name]):
                return False
        if plan.made or plan.evaluated:
            row = me.by_key(table, key)
            given = {column.key: value for column, value in values.items()}
            found, complete = update_rows(me, table, plan, () if row is None else (row,), given, connection)
        else:
            found = me.update_by_key(table, key, values)
    if not found:
        return False
    if version is not None:
        has[version.name] = values[version.column]
    if plan.sent.prefetch or plan.sent.postfetch:
        take_made(shape, state, plan.sent, complete)
    return True
