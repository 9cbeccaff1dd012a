"""Conditions on entities, as frozen values that every adapter evaluates by one traversal.

A path such as ``addresses.email_address`` crosses relationships: the condition holds if it holds for *any* entity at
the path's end. Logic is SQL's, of three values: a comparison with an attribute that is None is neither true nor false,
and what is not true is not found.
"""

from enum import Enum

import attrs

from unitofwork.domain.path import Path


class Operator(Enum):
    """How a comparison compares; the value is how it prints."""

    __hash__ = object.__hash__  # Enum's own is a function in Python, and every question is looked up by it

    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    IN = "in"
    NOT_IN = "not in"
    IS_NONE = "is none"
    IS_NOT_NONE = "is not none"
    BETWEEN = "between"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"
    CONTAINS = "contains"
    LIKE = "like"
    ILIKE = "ilike"


class Condition:
    """What is true, false or unknown of an entity. Combine conditions by ``&``, ``|`` and ``~``."""

    __slots__ = ()

    def __and__(self, other: "Condition") -> "Condition":
        return And((*_operands(And, self), *_operands(And, other)))

    def __or__(self, other: "Condition") -> "Condition":
        return Or((*_operands(Or, self), *_operands(Or, other)))

    def __invert__(self) -> "Condition":
        return Not(self)

    def __bool__(self) -> bool:
        raise TypeError(
            "a condition is neither true nor false by itself: combine conditions with &, | and ~, not and, or, not"
        )

    def describe(self, *, values: bool = True) -> str:
        """The condition as text; with ``values=False`` each value is shown as ``?``."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.describe()


@attrs.frozen(str=False)
class Comparison(Condition):
    """An attribute compared with a value, a tuple for ``in``, ``not in``, ``between``, None for the tests of None."""

    path: Path
    operator: Operator
    operand: object = None

    def describe(self, *, values: bool = True) -> str:
        text = f"{self.path} {self.operator.value}"
        if self.operator in UNARY:
            return text
        return f"{text} {self.operand!r}" if values else f"{text} ?"


@attrs.frozen(str=False)
class And(Condition):
    """True where all conditions are; without any, true."""

    conditions: tuple[Condition, ...]

    def describe(self, *, values: bool = True) -> str:
        return " and ".join(_nested(condition, values) for condition in self.conditions) or "true"


@attrs.frozen(str=False)
class Or(Condition):
    """True where at least one condition is; without any, false."""

    conditions: tuple[Condition, ...]

    def describe(self, *, values: bool = True) -> str:
        return " or ".join(_nested(condition, values) for condition in self.conditions) or "false"


@attrs.frozen(str=False)
class Not(Condition):
    """True where the condition is false, unknown where it is unknown."""

    condition: Condition

    def describe(self, *, values: bool = True) -> str:
        return f"not {_nested(self.condition, values)}"


ANYTHING = And(())
"""What is true of everything."""

UNARY = frozenset({Operator.IS_NONE, Operator.IS_NOT_NONE})
"""The operators that compare with nothing."""


def _operands(kind: type[And] | type[Or], condition: Condition) -> tuple[Condition, ...]:
    return condition.conditions if isinstance(condition, kind) else (condition,)


def _nested(condition: Condition, values: bool) -> str:
    text = condition.describe(values=values)
    return f"({text})" if isinstance(condition, And | Or) and len(condition.conditions) > 1 else text
