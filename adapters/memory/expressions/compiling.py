"""Expressions compiled: once for each, to a function of Python that evaluates it on a row."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

from sqlalchemy import Column
from sqlalchemy.sql import ClauseElement

from unitofwork.adapters.memory.expressions.casting import assigned
from unitofwork.adapters.memory.expressions.clauses import Clauses
from unitofwork.adapters.memory.expressions.kinds import Kind
from unitofwork.adapters.memory.expressions.parts import Writer
from unitofwork.adapters.memory.expressions.reading import Reader, Row
from unitofwork.adapters.memory.expressions.scopes import Scope
from unitofwork.adapters.memory.values.codec import Holder

Expression: TypeAlias = Callable[[Row, Reader], Any]
"""Gives the value as it is stored, or None for NULL; raises InvalidValue, or one of its kinds, as PostgreSQL fails."""


def compile_expression(
    clause: ClauseElement | str, place: Mapping[Column[Any], int], *, into: Column[Any] | None = None
) -> Expression:
    """Compile an expression.

    Args:
        clause: the expression, or its text.
        place: where in a row each column is that the expression may name.
        into: the column that the value is assigned to, whose type it then has; None to leave it as it is.

    Raises:
        CannotEvaluate: naming the construct that is not evaluated in memory.
    """
    writer = Writer()
    clauses = Clauses(writer, Scope.of_row("row", place))
    part = clauses.text(clause) if isinstance(clause, str) else clauses.part(clause)
    if into is not None:
        part = assigned(writer, part, into.type, Holder.of(into))
    source = "\n".join([*writer.functions, "def evaluate(row, reader):", f"    return {part.code}"])
    names = dict(writer.names)
    exec(compile(source, "<expression>", "exec"), names)  # made of names that the writer gave
    return cast(Expression, names["evaluate"])


def kind_of(clause: ClauseElement, place: Mapping[Column[Any], int]) -> Kind:
    """What PostgreSQL knows an expression to be of, whatever SQLAlchemy knows.

    Raises:
        CannotEvaluate: naming the construct that is not evaluated in memory.
    """
    return Clauses(Writer(), Scope.of_row("row", place)).part(clause).type.kind
