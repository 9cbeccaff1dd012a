"""SQL expressions that a flush assigns to columns."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import Column

from unitofwork.adapters.memory.columns import Columns
from unitofwork.adapters.memory.expressions import CannotEvaluate, compile_expression
from unitofwork.adapters.memory.store import Row, Transaction
from unitofwork.domain.errors import UnsupportedQuery

Evaluate: TypeAlias = Callable[[Row, Transaction], Any]
"""Gives the value, as an entity would have it, for the row as it was before."""


def evaluated(
    expression: Any, column: Column[Any], columns: Columns, place: Mapping[Column[Any], int] | None = None
) -> Evaluate:
    """How an expression is evaluated that is assigned to a column, within the limits of the column's type.

    Args:
        expression: the expression, or what stands for one.
        column: the column.
        columns: those of its table.
        place: where the columns are that it may name; None for all of the table's.

    Raises:
        InvalidValue: a constant that the column does not take, or one of its kinds.
        UnsupportedQuery: naming what cannot be evaluated.
    """
    clause: Any = getattr(expression, "__clause_element__", lambda: expression)()
    try:
        evaluate = compile_expression(clause, columns.place if place is None else place, into=column)
    except CannotEvaluate as error:
        raise UnsupportedQuery(
            f"{column.table.name}.{column.name} is set to what the twin cannot evaluate: {error}"
        ) from error
    load = columns.codec(column).load

    def value(row: Row, me: Transaction) -> Any:
        stored = evaluate(row, me)
        return stored if stored is None or load is None else load(stored)

    return value
