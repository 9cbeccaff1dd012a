"""Operators between two of SQLAlchemy's expressions."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import types
from sqlalchemy.sql import operators

from unitofwork.adapters.memory.expressions import casting, comparing, functions, logic, operating
from unitofwork.adapters.memory.expressions.converting import as_text
from unitofwork.adapters.memory.expressions.json_paths import element, element_at
from unitofwork.adapters.memory.expressions.kinds import (
    Kind,
    plain,
    sql_type,
)
from unitofwork.adapters.memory.expressions.parameters import value_of, values_of
from unitofwork.adapters.memory.expressions.parts import Part
from unitofwork.adapters.memory.expressions.patterns import matched
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate, construct
from unitofwork.adapters.memory.expressions.subqueries import one_in

if TYPE_CHECKING:
    from unitofwork.adapters.memory.expressions.clauses import Clauses

_COMPARISONS: Mapping[Any, str] = {
    operators.eq: "=",
    operators.ne: "<>",
    operators.lt: "<",
    operators.le: "<=",
    operators.gt: ">",
    operators.ge: ">=",
}
_OPERATORS: Mapping[Any, str] = {
    operators.add: "+",
    operators.sub: "-",
    operators.mul: "*",
    operators.mod: "%",
    operators.concat_op: "||",
}
_MEMBERSHIP: Mapping[Any, bool] = {operators.in_op: False, operators.not_in_op: True}
"""Whether each is negated."""

_JSON_OPERATORS = frozenset({"->", "->>", "#>", "#>>"})
_SYMBOLS = frozenset({"+", "-", "*", "/", "%", "^", "||"})

_LIKES: Mapping[Any, tuple[bool, bool, str, str]] = {
    operators.like_op: (False, False, "", ""),
    operators.not_like_op: (True, False, "", ""),
    operators.ilike_op: (False, True, "", ""),
    operators.not_ilike_op: (True, True, "", ""),
    operators.startswith_op: (False, False, "", "%"),
    operators.not_startswith_op: (True, False, "", "%"),
    operators.endswith_op: (False, False, "%", ""),
    operators.not_endswith_op: (True, False, "%", ""),
    operators.contains_op: (False, False, "%", "%"),
    operators.not_contains_op: (True, False, "%", "%"),
    operators.istartswith_op: (False, True, "", "%"),
    operators.not_istartswith_op: (True, True, "", "%"),
    operators.iendswith_op: (False, True, "%", ""),
    operators.not_iendswith_op: (True, True, "%", ""),
    operators.icontains_op: (False, True, "%", "%"),
    operators.not_icontains_op: (True, True, "%", "%"),
}
"""Whether each is negated, whether it goes without case, and what stands before and behind its pattern."""


def binary_operator(here: "Clauses", binary: Any) -> Part:
    """Translate an operator and the two expressions that it stands between.

    Raises:
        CannotEvaluate: naming the operator, or a construct.
    """
    operator = binary.operator
    translate = _TRANSLATE.get(operator)
    if translate is not None:
        return translate(here, binary)
    if getattr(operator, "opstring", None) in _JSON_OPERATORS:
        return _json_operator(here, binary)
    one, other = here.part(binary.left), here.part(binary.right)
    return operating.operate(here.writer, symbol_of(operator), one, other)


def symbol_of(operator: Any) -> str:
    """How PostgreSQL writes an operator.

    Raises:
        CannotEvaluate: naming the operator.
    """
    symbol = _OPERATORS.get(operator) or getattr(operator, "opstring", None)
    if symbol not in _SYMBOLS:
        raise CannotEvaluate(f"the operator {getattr(operator, 'opstring', None) or operator.__name__}")
    return cast(str, symbol)


def _compare(here: "Clauses", binary: Any) -> Part:
    one, other = here.part(binary.left), here.part(binary.right)
    return comparing.compare(here.writer, _COMPARISONS[binary.operator], one, other)


def _distinct(here: "Clauses", binary: Any) -> Part:
    one, other = here.part(binary.left), here.part(binary.right)
    return comparing.distinct(here.writer, one, other, negate=binary.operator is operators.is_not_distinct_from)


def _between(here: "Clauses", binary: Any) -> Part:
    if binary.modifiers.get("symmetric"):
        raise CannotEvaluate("BETWEEN SYMMETRIC")
    low, high = here.parts(binary.right.clauses)
    found = comparing.between(here.writer, here.part(binary.left), low, high)
    return logic.negated(here.writer, found) if binary.operator is operators.not_between_op else found


def _divide(here: "Clauses", binary: Any) -> Part:
    """As SQLAlchemy sends it: ``/`` of integers is that of decimals, and ``//`` of others is rounded down."""
    one, other = here.part(binary.left), here.part(binary.right)
    integers = isinstance(plain(binary.left.type), types.Integer) and isinstance(
        plain(binary.right.type), types.Integer
    )
    if binary.operator is operators.floordiv:
        found = operating.operate(here.writer, "/", one, other)
        return found if integers else functions.call(here.writer, "floor", [found])
    affinity = plain(binary.right.type)
    target = affinity if isinstance(affinity, types.Numeric | types.Float) else types.Numeric()
    return operating.operate(here.writer, "/", one, casting.cast(here.writer, other, target))


def _like(here: "Clauses", binary: Any) -> Part:
    negate, without_case, before, behind = _LIKES[binary.operator]
    modifiers: Any = binary.modifiers or {}
    escape: str | None = modifiers.get("escape")
    text, pattern = as_text(here.writer, here.part(binary.left)), as_text(here.writer, here.part(binary.right))
    around = before, behind
    return matched(here.writer, text, pattern, escape, negate=negate, without_case=without_case, around=around)


def _in(here: "Clauses", binary: Any) -> Part:
    negate, right = _MEMBERSHIP[binary.operator], binary.right
    while right.__visit_name__ == "grouping":
        right = right.element
    if right.__visit_name__ == "select":
        found = one_in(here, here.part(binary.left), right)
        return logic.negated(here.writer, found) if negate else found
    options: list[Part]
    if right.__visit_name__ == "bindparam":
        options = [here.value(value, right.type) for value in values_of(right)]
    elif right.__visit_name__ in ("clauselist", "expression_clauselist"):
        options = here.parts(right.clauses)
    else:
        raise CannotEvaluate(f"IN {construct(right)}")
    if binary.left.__visit_name__ == "tuple":
        raise CannotEvaluate("a tuple IN a list")
    return comparing.one_of(here.writer, here.part(binary.left), options, negate=negate)


def _is(here: "Clauses", binary: Any) -> Part:
    negate, right = binary.operator is operators.is_not, binary.right
    if right.__visit_name__ == "null":
        return logic.is_null(here.part(binary.left), negate=negate)
    if right.__visit_name__ in ("true", "false"):
        value = right.__visit_name__ == "true"
        return logic.is_truth(here.writer, here.part(binary.left), value, negate=negate)
    raise CannotEvaluate(f"IS {construct(right)}")


def _json(here: "Clauses", binary: Any) -> Part:
    """An element, as JSON or, where it is asked for as something else, read from its text."""
    one, steps = here.part(binary.left), _steps(binary)
    if sql_type(binary.type).kind in (Kind.JSON, Kind.JSONB):
        return element(here.writer, one, steps)
    return casting.cast(here.writer, element_at(here.writer, one, steps), binary.type)


def _json_operator(here: "Clauses", binary: Any) -> Part:
    """PostgreSQL's own operators, of which two give a text."""
    reach = element_at if binary.operator.opstring in ("->>", "#>>") else element
    return reach(here.writer, here.part(binary.left), _steps(binary))


def _steps(binary: Any) -> tuple[str | int, ...]:
    """The way to an element: one key, or several in a path."""
    keys = value_of(binary.right)
    if isinstance(keys, list | tuple):
        return tuple(_in_path(key) for key in cast("Sequence[str | int]", keys))
    if not isinstance(keys, str | int) or binary.operator is operators.json_path_getitem_op:
        raise CannotEvaluate("a JSON path that is a text")
    return (keys,)


def _in_path(key: str | int) -> str | int:
    """A step of a path; digits in a text may be a key or a place, and what they meet is known to the row alone."""
    if isinstance(key, str) and key.removeprefix("-").isdecimal():
        raise CannotEvaluate("a JSON path with digits in a text")
    return key


_TRANSLATE: Mapping[Any, Callable[["Clauses", Any], Part]] = {
    **dict.fromkeys(_COMPARISONS, _compare),
    **dict.fromkeys(_LIKES, _like),
    **dict.fromkeys(_MEMBERSHIP, _in),
    operators.is_: _is,
    operators.is_not: _is,
    operators.is_distinct_from: _distinct,
    operators.is_not_distinct_from: _distinct,
    operators.between_op: _between,
    operators.not_between_op: _between,
    operators.json_getitem_op: _json,
    operators.json_path_getitem_op: _json,
    operators.truediv: _divide,
    operators.floordiv: _divide,
}
