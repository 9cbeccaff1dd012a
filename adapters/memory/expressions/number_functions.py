"""SQL's functions of numbers."""

import math
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from unitofwork.adapters.memory.expressions.kinds import (
    BIGINT,
    DOUBLE,
    INTEGER,
    INTEGERS,
    NUMERIC,
    Kind,
    SqlType,
)
from unitofwork.adapters.memory.expressions.numbers import in_range, operation, power, rounded, truncated
from unitofwork.adapters.memory.expressions.overloads import Overload
from unitofwork.adapters.memory.expressions.refusing import not_taken

_SMALLINT, _REAL = SqlType(Kind.SMALLINT), SqlType(Kind.REAL)


def _absolute(kind: Kind) -> Callable[[Any], Any]:
    def absolute(value: int) -> Any:
        return in_range(kind, abs(value))

    return absolute if kind in INTEGERS else abs


def _sign_of_decimal(value: Decimal) -> Decimal:
    return Decimal((value > 0) - (value < 0))


def _floor(value: Decimal) -> Decimal:
    return value.to_integral_value(ROUND_FLOOR).copy_abs() if not value else value.to_integral_value(ROUND_FLOOR)


def _ceiling(value: Decimal) -> Decimal:
    found = value.to_integral_value(ROUND_CEILING)
    return found if found else found.copy_abs()


def _root(value: float) -> float:
    if value < 0:
        raise not_taken("the square root of a negative number")
    return math.sqrt(value)


def _sign_of_double(value: float) -> float:
    return float((value > 0) - (value < 0))


def _floating(function: Callable[[float], int]) -> Callable[[float], float]:
    def whole(value: float) -> float:
        return math.copysign(float(function(value)), value) if abs(value) < 1 else float(function(value))

    return whole


def _both(of_decimal: Callable[..., Decimal], of_double: Callable[[float], int]) -> list[Overload]:
    return [Overload((DOUBLE,), DOUBLE, _floating(of_double)), Overload((NUMERIC,), NUMERIC, of_decimal)]


_POWER = [Overload((DOUBLE, DOUBLE), DOUBLE, power)]
_CEILING = _both(_ceiling, math.ceil)

NUMBER_FUNCTIONS: dict[str, list[Overload]] = {
    "abs": [
        Overload((type_,), type_, _absolute(type_.kind))
        for type_ in (_SMALLINT, INTEGER, BIGINT, NUMERIC, _REAL, DOUBLE)
    ],
    "sign": [Overload((DOUBLE,), DOUBLE, _sign_of_double), Overload((NUMERIC,), NUMERIC, _sign_of_decimal)],
    "mod": [
        Overload((type_, type_), type_, function)
        for type_ in (_SMALLINT, INTEGER, BIGINT, NUMERIC)
        if (function := operation(type_.kind, "%")) is not None
    ],
    "round": [*_both(rounded, round), Overload((NUMERIC, INTEGER), NUMERIC, rounded)],
    "trunc": [*_both(truncated, math.trunc), Overload((NUMERIC, INTEGER), NUMERIC, truncated)],
    "floor": _both(_floor, math.floor),
    "ceil": _CEILING,
    "ceiling": _CEILING,
    "sqrt": [Overload((DOUBLE,), DOUBLE, _root)],
    "power": _POWER,
    "pow": _POWER,
}
