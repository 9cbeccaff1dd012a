"""Long chains of conditions: SQLite reads ``a AND b AND c`` as one inside of another, and at most 1,000 deep."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Boolean, ColumnElement
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

_IN_A_ROW = 500


class closed(FunctionElement[bool]):  # SQL functions are lower case
    """A part of a condition in parentheses, which SQLAlchemy would leave out as needless."""

    type = Boolean()
    inherit_cache = True
    name = "closed"


@compiles(closed)
def _in_parentheses(element: closed, compiler: SQLCompiler, **kw: Any) -> str:
    return f"({compiler.process(element.clauses, **kw)})"


def chained(
    join: Callable[..., ColumnElement[bool]], neutral: ColumnElement[bool], parts: list[ColumnElement[bool]]
) -> ColumnElement[bool]:
    """Join conditions by ``and_`` or ``or_``, many of them in parts; ``neutral`` is what none of them are."""
    while len(parts) > _IN_A_ROW:
        rows = [parts[first : first + _IN_A_ROW] for first in range(0, len(parts), _IN_A_ROW)]
        parts = [closed(join(neutral, *row)) for row in rows]
    return join(neutral, *parts)
