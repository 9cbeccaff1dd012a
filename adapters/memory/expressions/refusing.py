"""What expressions refuse: constructs when they are compiled, values when they are evaluated."""

from sqlalchemy.sql import ClauseElement

from unitofwork.domain.errors import InvalidValue, ValueOutOfRange, WrongType


class CannotEvaluate(Exception):
    """The expression has a construct that is not evaluated in memory; the text names it."""


def construct(clause: ClauseElement) -> str:
    """How a construct is named that cannot be evaluated."""
    return f"the construct {type(clause).__name__}"


def division_by_zero() -> InvalidValue:
    """The error for a division by zero."""
    return InvalidValue("an expression divides by zero")


def out_of_range(what: str) -> ValueOutOfRange:
    """The error for a result that its type does not hold."""
    return ValueOutOfRange(f"the result of an expression is out of the range of {what}")


def not_taken(what: str) -> InvalidValue:
    """The error for an argument that a function has no result for."""
    return InvalidValue(f"an expression takes {what}, which there is none of")


def no_such(what: str) -> WrongType:
    """The error for a text that does not say a value of the type, or a result that is none."""
    return WrongType(f"an expression gives what is no {what}")


def too_many_rows() -> WrongType:
    """The error for a subquery that stands for one value, and gives more."""
    return WrongType("a subquery of an expression gives more than one row: limit it, or take an aggregate")
