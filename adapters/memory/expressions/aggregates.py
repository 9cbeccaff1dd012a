"""Aggregates: what is made of the values of all rows, of which NULL counts for nothing."""

import math
import operator
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from functools import reduce
from typing import Any, TypeAlias

from unitofwork.adapters.memory.expressions.kinds import (
    BIGINT,
    BOOLEAN,
    DOUBLE,
    FLOATS,
    INTEGERS,
    INTERVAL,
    NUMERIC,
    Kind,
    SqlType,
)
from unitofwork.adapters.memory.expressions.numbers import in_range, operation
from unitofwork.adapters.memory.expressions.parts import Part, Writer
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate

Gathered: TypeAlias = Callable[[list[Any]], Any]
"""Makes the result of the values; None for NULL."""

_ORDERED = INTEGERS | {
    Kind.NUMERIC, Kind.TEXT, Kind.CHAR, Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ, Kind.TIME, Kind.INTERVAL,
}  # fmt: skip
"""The kinds that are in the order in which Python has them."""


def order_of(type_: SqlType) -> Callable[[Any], Any] | None:
    """What sorts as the values do; None if they do so themselves.

    Raises:
        CannotEvaluate: values of the type are not sorted here.
    """
    if type_.kind in FLOATS:
        return lambda value: (math.isnan(value), value)
    if type_.kind is Kind.ENUM:
        return {label: place for place, label in enumerate(type_.labels)}.__getitem__
    if type_.kind in _ORDERED or type_.kind in (Kind.BOOLEAN, Kind.UUID, Kind.BYTES):
        return None
    raise CannotEvaluate(f"the order of values of the type {type_.kind.value}")


def _extreme(choose: Callable[..., Any]) -> "Aggregate":
    def extreme(value: Part) -> tuple[SqlType, Gathered]:
        if value.type.kind not in _ORDERED | FLOATS | {Kind.ENUM}:
            raise CannotEvaluate(f"{choose.__name__} of values of the type {value.type.kind.value}")
        order = order_of(value.type)
        return value.type, lambda values: choose(_known(values), key=order, default=None)

    return extreme


def _known(values: list[Any]) -> list[Any]:
    return [value for value in values if value is not None]


_SUMS: Mapping[Kind, SqlType] = {
    Kind.SMALLINT: BIGINT,
    Kind.INTEGER: BIGINT,
    Kind.BIGINT: NUMERIC,
    Kind.NUMERIC: NUMERIC,
    Kind.REAL: SqlType(Kind.REAL),
    Kind.DOUBLE: DOUBLE,
    Kind.INTERVAL: INTERVAL,
}


def _sum(value: Part) -> tuple[SqlType, Gathered]:
    type_ = _SUMS.get(value.type.kind)
    if type_ is None:
        raise CannotEvaluate(f"sum of values of the type {value.type.kind.value}")
    return type_, _adding(type_.kind)


_CONVERSIONS: Mapping[Kind, Callable[[Any], Any]] = {Kind.NUMERIC: Decimal, Kind.DOUBLE: float}
"""What the values are made before they are added."""


def _adding(kind: Kind) -> Gathered:
    add: Callable[[Any, Any], Any] | None = operator.add if kind is Kind.INTERVAL else operation(kind, "+")
    assert add is not None
    convert = _CONVERSIONS.get(kind)

    def added(values: list[Any]) -> Any:
        known = _known(values)
        if convert is not None:
            known = list(map(convert, known))
        return reduce(add, known) if known else None

    def exact(values: list[Any]) -> Any:
        known = _known(values)
        return in_range(kind, sum(known)) if known else None

    return exact if kind in INTEGERS else added


def _average(value: Part) -> tuple[SqlType, Gathered]:
    kind = value.type.kind
    if kind is Kind.INTERVAL:
        return INTERVAL, _mean(_adding(kind), lambda total, count: total / count)
    type_ = DOUBLE if kind in FLOATS else NUMERIC
    if kind not in _SUMS:
        raise CannotEvaluate(f"avg of values of the type {kind.value}")
    divide = operation(type_.kind, "/")
    assert divide is not None
    return type_, _mean(_adding(type_.kind), divide)


def _mean(add: Gathered, divide: Callable[[Any, Any], Any]) -> Gathered:
    def mean(values: list[Any]) -> Any:
        total = add(values)
        if total is None:
            return None
        count: Any = len(_known(values))
        return divide(total, count if isinstance(total, timedelta | float) else Decimal(count))

    return mean


def _truths(decide: Callable[[list[bool]], bool]) -> "Aggregate":
    def decided(value: Part) -> tuple[SqlType, Gathered]:
        if value.type.kind is not Kind.BOOLEAN:
            raise CannotEvaluate(f"a condition of the type {value.type.kind.value}")

        def decided_of(values: list[Any]) -> bool | None:
            known = _known(values)
            return decide(known) if known else None

        return BOOLEAN, decided_of

    return decided


def _count(value: Part) -> tuple[SqlType, Gathered]:
    return BIGINT, lambda values: len(_known(values))


def _array(value: Part) -> tuple[SqlType, Gathered]:
    if value.type.kind is Kind.ARRAY:
        raise CannotEvaluate("array_agg of arrays")
    return SqlType(Kind.ARRAY, item=value.type), lambda values: tuple(values) if values else None


Aggregate: TypeAlias = Callable[[Part], tuple[SqlType, Gathered]]

AGGREGATES: Mapping[str, Aggregate] = {
    "count": _count,
    "sum": _sum,
    "avg": _average,
    "min": _extreme(min),
    "max": _extreme(max),
    "bool_and": _truths(all),
    "bool_or": _truths(any),
    "every": _truths(all),
    "array_agg": _array,
}
"""The type of an aggregate's result, by that of its argument, and how it is made."""


def gathered(writer: Writer, name: str, value: Part, values: str, *, distinct: bool) -> Part:
    """The result of an aggregate of the values in a list, which has a name in the source."""
    type_, make = AGGREGATES[name](value)
    code = values
    if distinct:
        if value.type.kind not in _ORDERED | {Kind.BOOLEAN, Kind.UUID, Kind.ENUM} or name == "array_agg":
            raise CannotEvaluate(f"{name} of DISTINCT values of the type {value.type.kind.value}")
        code = f"[*dict.fromkeys({values})]"
    return Part(type_, f"{writer.refer(make)}({code})", nullable=name != "count")
