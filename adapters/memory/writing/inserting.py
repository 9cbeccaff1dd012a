"""INSERT statements of a flush."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import attrs
from sqlalchemy import Column, Insert

from unitofwork.adapters.memory.columns import Columns, Convert, columns_of
from unitofwork.adapters.memory.private.statements import assigned, returned
from unitofwork.adapters.memory.store import Row, StoredTable, Transaction
from unitofwork.adapters.memory.writing.evaluating import Evaluate, evaluated
from unitofwork.adapters.memory.writing.made import DefaultContext, Make, made_before, made_by_sql
from unitofwork.adapters.memory.writing.result import Context, Result, Sent, loaded

Parameters: TypeAlias = Sequence[Mapping[str, Any]]

_NO_ROW: Mapping[Column[Any], int] = {}
"""A new row has no columns that its values could name."""


@attrs.frozen
class InsertPlan:
    """How rows that give the same columns are inserted.

    Attributes:
        given: the columns whose values are parameters.
        made: those whose values are made in Python.
        evaluated: those whose values are SQL expressions.
        key: where in a row the primary key is, and how it is loaded.
        back: the same of what comes back.
        sent: what SQLAlchemy is told.
    """

    given: tuple[Column[Any], ...]
    made: tuple[tuple[Column[Any], Make], ...]
    evaluated: tuple[tuple[Column[Any], Evaluate], ...]
    key: tuple[tuple[int, Convert | None], ...]
    back: tuple[tuple[int, Convert | None], ...]
    sent: Sent


def insert(me: Transaction, table: StoredTable, statement: Insert, parameters: Parameters, connection: Any) -> Result:
    """Insert a row for each set of parameters."""
    plan = insert_plan(columns_of(table.shape.table), parameters[0], assigned(statement), returned(statement))
    rows, complete = insert_rows(me, table, plan, parameters, connection)
    return Result(
        Context(plan.sent, complete, isinsert=True),
        len(rows),
        [loaded(plan.key, row) for row in rows],
        [loaded(plan.back, row) for row in rows] if plan.back else None,
    )


def insert_rows(
    me: Transaction, table: StoredTable, plan: InsertPlan, parameters: Parameters, connection: Any
) -> tuple[list[Row], Parameters]:
    """Insert a row for each set of parameters; return the rows, and the parameters with what was made for them.

    SQLAlchemy sends one statement where something comes back, and else one for each row.
    """
    rows: list[Mapping[Column[Any], Any]] = []
    complete: list[Mapping[str, Any]] = []
    for given in parameters:
        values: dict[Column[Any], Any] = {column: given[column.key] for column in plan.given}
        if plan.made:
            so_far = dict(given)
            for column, make in plan.made:
                values[column] = so_far[column.key] = make(DefaultContext(so_far, connection, connection.dialect))
            given = so_far
        for column, evaluate in plan.evaluated:
            values[column] = evaluate((), me)
        rows.append(values)
        complete.append(given)
    connection.engine.log.inserted(table.shape.table, rows[0])
    return me.insert(table, rows, apart=not plan.back), complete


def insert_plan(
    columns: Columns,
    parameters: Mapping[str, Any],
    expressions: Mapping[Column[Any], Any],
    wanted: tuple[Column[Any], ...],
) -> InsertPlan:
    """The plan, which is kept unless SQL expressions are assigned."""
    if expressions:
        return _made_plan(columns, parameters, expressions, wanted)
    names = ("insert", wanted, *parameters)
    plan: InsertPlan | None = columns.plans.get(names)
    if plan is None:
        plan = columns.plans[names] = _made_plan(columns, parameters, {}, wanted)
    return plan


def _made_plan(
    columns: Columns,
    parameters: Mapping[str, Any],
    expressions: Mapping[Column[Any], Any],
    wanted: tuple[Column[Any], ...],
) -> InsertPlan:
    given: list[Column[Any]] = []
    made: list[tuple[Column[Any], Make]] = []
    computed: list[tuple[Column[Any], Evaluate]] = []
    later: list[Column[Any]] = []
    back: list[Column[Any]] = []
    for column in columns.place:
        expression = expressions.get(column, made_by_sql(column.default))
        if column.key in parameters and column not in expressions:
            given.append(column)
            continue
        if expression is not None:
            computed.append((column, evaluated(expression, column, columns, _NO_ROW)))
        elif (make := made_before(column.default)) is not None:
            made.append((column, make))
            continue
        elif column.server_default is None and not column.primary_key and column not in wanted:
            continue
        (back if column in wanted or column.primary_key else later).append(column)
    sent = Sent(tuple(column for column, _ in made), later, tuple(back))
    key = tuple(columns.loading(columns.key))
    return InsertPlan(tuple(given), tuple(made), tuple(computed), key, tuple(columns.loading(back)), sent)
