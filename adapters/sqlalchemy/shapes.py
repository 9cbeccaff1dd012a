"""What a question looks like without its values, so that its statement is built once and not for each value."""

from collections.abc import Collection
from datetime import datetime, time
from decimal import Decimal
from typing import Any, TypeAlias, cast

import attrs

from unitofwork.domain.condition import UNARY, And, Comparison, Condition, Not, Operator, Or
from unitofwork.domain.path import Path
from unitofwork.domain.query import Query

Shape: TypeAlias = tuple[object, ...]

_OF_MANY = frozenset({Operator.IN, Operator.NOT_IN})
_BROKEN_DOWN = frozenset({"condition", "order_by", "limit", "offset", "load", "after"})
_WHOLE = tuple(field.name for field in attrs.fields(Query) if field.name not in _BROKEN_DOWN)
"""The parts of a query that are in its shape as they are."""


class NoShape(Exception):
    """The question is of a kind whose statements depend on its values."""


def shape_of(query: Query[Any]) -> tuple[Shape, list[object]]:
    """The shape of a query, and its values in the order in which one reads the query.

    Two queries of one shape have the same statement, with other values in the same places. What changes the statement
    belongs to the shape: whether a value is None, and the types of the others.

    Raises:
        NoShape: the query has none.
    """
    values: list[object] = []
    condition = _condition(query.condition, values)
    order = tuple([(each.path.names, each.path.owners, each.descending, each.nulls) for each in query.order_by])
    load = tuple([(path.names, path.owners) for path in query.load])
    if query.limit is not None:
        values.append(query.limit)
    if query.offset:
        values.append(query.offset)
    after = None
    if query.after is not None:
        after = tuple([value is None for value in query.after])
        values += [value for value in query.after if value is not None]
    whole = tuple([getattr(query, name) for name in _WHOLE])
    return (condition, order, query.limit is None, query.offset == 0, after, load, whole), values


def _condition(condition: Condition, values: list[object]) -> Shape:
    kind = type(condition)
    if kind is Comparison:
        return _comparison(cast(Comparison, condition), values)
    if kind is And or kind is Or:
        several = cast("And | Or", condition).conditions
        return (kind, *[_condition(each, values) for each in several])
    if kind is Not:
        return (kind, _condition(cast(Not, condition).condition, values))
    raise NoShape


def _comparison(comparison: Comparison, values: list[object]) -> Shape:
    path: Path = comparison.path
    operator, operand = comparison.operator, comparison.operand
    if operator in UNARY:
        return (path.names, path.owners, operator)
    if operator in _OF_MANY:
        several = cast("tuple[object, ...]", operand)
        values.append(several)
        return (path.names, path.owners, operator, _kind(widest(several)), frozenset(map(type, several)))
    if operator is Operator.BETWEEN:
        low, high = cast("tuple[object, object]", operand)
        values += (low, high)
        return (path.names, path.owners, operator, _kind(low), _kind(high))
    if operand is None:
        return (path.names, path.owners, operator, None)
    values.append(operand)
    return (path.names, path.owners, operator, _kind(operand))


def widest(values: Collection[object]) -> object:
    """The value whose type takes all of them, for a list that has one type: that of 1 would cut off what 1.5 has more.

    None if there is no other.
    """
    if set(map(type, values)) == {int}:  # as the keys of many rows are
        numbers = cast("Collection[int]", values)
        return max(min(numbers), max(numbers), key=_width)
    return max((each for each in values if each is not None), key=_width, default=None)


def is_beyond(value: object) -> bool:
    """Whether a value is a whole number that no column of whole numbers holds, but one of decimals may."""
    return isinstance(value, int) and not -(2**63) <= value < 2**63


def _width(value: object) -> tuple[bool, bool, int]:
    whole = value.bit_length() if isinstance(value, int) else None
    return isinstance(value, Decimal), whole is None, whole or 0


def _kind(value: object) -> object:
    """The type of a value, and what else a parameter's type depends on."""
    if isinstance(value, int):
        return (type(value), value.bit_length() > 31, is_beyond(value))
    if isinstance(value, datetime | time):
        return (type(value), value.tzinfo is None)
    return type(value)
