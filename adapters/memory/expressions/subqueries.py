"""Subqueries: of one value, EXISTS and IN."""

from typing import TYPE_CHECKING, Any

from unitofwork.adapters.memory.expressions.parts import Part
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate

if TYPE_CHECKING:
    from unitofwork.adapters.memory.expressions.clauses import Clauses


def scalar(clauses: "Clauses", select: Any) -> Part:
    """The value of the only row, or NULL."""
    raise CannotEvaluate("a subquery")


def exists(clauses: "Clauses", select: Any) -> Part:
    """Whether there is a row."""
    raise CannotEvaluate("a subquery")


def one_in(clauses: "Clauses", value: Part, select: Any) -> Part:
    """Whether a value is in the rows."""
    raise CannotEvaluate("a subquery")
