"""Expressions of the mapping, evaluated on a row; what cannot be evaluated is refused with its name."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import Column
from sqlalchemy.sql import ClauseElement

from unitofwork.adapters.memory.expressions import CannotEvaluate, compile_expression
from unitofwork.adapters.memory.store.row import Row
from unitofwork.adapters.memory.store.rules import Rule
from unitofwork.domain.errors import InvalidValue, MappingError

Evaluate: TypeAlias = Callable[[Row, Any], Any]
"""Gives the stored value, or None for NULL; the second argument reads the rows of other tables."""

NO_ROW: Row = ()


def evaluating(
    clause: ClauseElement | str,
    place: Mapping[Column[Any], int],
    what: str,
    rule: Rule,
    *,
    into: Column[Any] | None = None,
) -> Evaluate:
    """Compile an expression.

    Args:
        clause: the expression, or its text.
        place: where in a row each column is that it may name.
        what: whose expression it is, for the error.
        rule: what the error is about.
        into: the column that the value is for.

    Raises:
        MappingError: it cannot be evaluated.
    """
    try:
        return compile_expression(clause, place, into=into)
    except (CannotEvaluate, InvalidValue) as refusal:
        raise MappingError(
            f"{what} of {rule.table.name} cannot be evaluated in memory: {refusal}",
            table=rule.table.name,
            columns=rule.columns,
            constraint=rule.name,
        ) from refusal
