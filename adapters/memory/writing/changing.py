"""UPDATE and DELETE statements of a flush: rows found by their keys, and by whatever else they are compared with."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

import attrs
from sqlalchemy import Column, Delete, Update

from unitofwork.adapters.memory.columns import Columns, Convert, columns_of
from unitofwork.adapters.memory.private.statements import assigned, compared, returned
from unitofwork.adapters.memory.store import Row, StoredTable, Transaction
from unitofwork.adapters.memory.writing.evaluating import Evaluate, evaluated
from unitofwork.adapters.memory.writing.made import DefaultContext, Make, made_before, made_by_sql
from unitofwork.adapters.memory.writing.result import Context, Result, Sent, loaded

Parameters: TypeAlias = Sequence[Mapping[str, Any]]
Compared: TypeAlias = tuple[tuple[Column[Any], str], ...]
"""Columns, each with the parameter that it is compared with."""


def _assigned(plan: "UpdatePlan") -> list[Column[Any]]:
    return [*plan.given, *(column for column, _ in plan.made), *(column for column, _ in plan.evaluated)]


@attrs.frozen
class UpdatePlan:
    """How rows are changed in the same columns.

    Attributes:
        where: by what they are found.
        given: the columns whose values are parameters, which have the columns' keys.
        made: those whose values are made in Python.
        evaluated: those whose values are SQL expressions.
        back: where in a row is what comes back, and how it is loaded.
        sent: what SQLAlchemy is told.
        columns: all that is assigned.
    """

    where: Compared
    given: tuple[Column[Any], ...]
    made: tuple[tuple[Column[Any], Make], ...]
    evaluated: tuple[tuple[Column[Any], Evaluate], ...]
    back: tuple[tuple[int, Convert | None], ...]
    sent: Sent
    columns: list[Column[Any]] = attrs.field(init=False, default=attrs.Factory(_assigned, takes_self=True))


def update(me: Transaction, table: StoredTable, statement: Update, parameters: Parameters, connection: Any) -> Result:
    """Change what each set of parameters finds."""
    columns = columns_of(table.shape.table)
    plan = update_plan(columns, _where(statement), parameters[0], assigned(statement), returned(statement))
    connection.engine.log.updated(table.shape.table, plan.columns)
    complete: list[Mapping[str, Any]] = []
    changed: list[Row] = []
    for given in parameters:
        rows, values = update_rows(me, table, plan, _found(me, table, plan.where, given), given, connection)
        changed += rows
        complete.append(values)
    back = [loaded(plan.back, row) for row in changed] if plan.back and len(parameters) == 1 else None
    return Result(Context(plan.sent, complete), len(changed), (), back)


def update_rows(
    me: Transaction,
    table: StoredTable,
    plan: UpdatePlan,
    rows: Sequence[Row],
    given: Mapping[str, Any],
    connection: Any,
) -> tuple[list[Row], Mapping[str, Any]]:
    """Change rows; return those that were there, and the parameters with what was made for them."""
    if plan.made:
        so_far = dict(given)
        for column, make in plan.made:
            so_far[column.key] = make(DefaultContext(so_far, connection, connection.dialect))
        given = so_far
    changes = [(row, _values(me, plan, given, row)) for row in rows]
    changed = me.update(table, changes)
    return [row for row in changed if row is not None] if None in changed else cast("list[Row]", changed), given


def delete(me: Transaction, table: StoredTable, statement: Delete, parameters: Parameters, connection: Any) -> Result:
    """Delete what each set of parameters finds."""
    where = _where(statement)
    connection.engine.log.deleted(table.shape.table)
    found = sum(me.delete(table, _found(me, table, where, given)) for given in parameters)
    return Result(Context(Sent(), parameters), found)


def _values(me: Transaction, plan: UpdatePlan, given: Mapping[str, Any], row: Row) -> dict[Column[Any], Any]:
    values = {column: given[column.key] for column in plan.given}
    for column, _ in plan.made:
        values[column] = given[column.key]
    for column, evaluate in plan.evaluated:
        values[column] = evaluate(row, me)
    return values


def _found(me: Transaction, table: StoredTable, where: Compared, given: Mapping[str, Any]) -> list[Row]:
    columns = columns_of(table.shape.table)
    wanted = {column: columns.operand(column, given[name]) for column, name in where}
    if not columns.key or not wanted.keys() >= set(columns.key):
        return list(me.find(table, tuple(wanted), tuple(wanted.values())))
    row = me.by_key(table, tuple(wanted.pop(column) for column in columns.key))
    if row is None:
        return []
    same = all(columns.is_equal(column, row[columns.place[column]], value) for column, value in wanted.items())
    return [row] if same else []


def _where(statement: Update | Delete) -> Compared:
    return tuple((comparison.left, comparison.right.key) for comparison in compared(statement))


def update_plan(
    columns: Columns,
    where: Compared,
    parameters: Mapping[str, Any],
    expressions: Mapping[Column[Any], Any],
    wanted: tuple[Column[Any], ...],
) -> UpdatePlan:
    """The plan, which is kept unless SQL expressions are assigned."""
    if expressions:
        return _made_plan(columns, where, parameters, expressions, wanted)
    names = ("update", wanted, where, *parameters)
    plan: UpdatePlan | None = columns.plans.get(names)
    if plan is None:
        plan = columns.plans[names] = _made_plan(columns, where, parameters, {}, wanted)
    return plan


def _made_plan(
    columns: Columns,
    where: Compared,
    parameters: Mapping[str, Any],
    expressions: Mapping[Column[Any], Any],
    wanted: tuple[Column[Any], ...],
) -> UpdatePlan:
    finding = {name for _, name in where}
    given: list[Column[Any]] = []
    made: list[tuple[Column[Any], Make]] = []
    computed: list[tuple[Column[Any], Evaluate]] = []
    later: list[Column[Any]] = []
    back: list[Column[Any]] = []
    for column in columns.place:
        if column in expressions:
            computed.append((column, evaluated(expressions[column], column, columns)))
        elif column.key in parameters and column.key not in finding:
            given.append(column)
            continue
        elif (make := made_before(column.onupdate)) is not None:
            made.append((column, make))
            continue
        elif (expression := made_by_sql(column.onupdate)) is not None:
            computed.append((column, evaluated(expression, column, columns)))
        elif column.server_onupdate is None and column not in wanted:
            continue
        (back if column in wanted else later).append(column)
    sent = Sent(tuple(column for column, _ in made), later, tuple(back))
    return UpdatePlan(where, tuple(given), tuple(made), tuple(computed), tuple(columns.loading(back)), sent)
