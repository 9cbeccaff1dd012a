"""Arithmetic as PostgreSQL does it: each kind of number has its range, its rounding and its digits."""

import math
import struct
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from typing import Any

from unitofwork.adapters.memory.expressions.kinds import INTEGERS, Kind
from unitofwork.adapters.memory.expressions.refusing import division_by_zero, not_taken, out_of_range

_BITS = {Kind.SMALLINT: 15, Kind.INTEGER: 31, Kind.BIGINT: 63}
_EXACT = Context(prec=20_000, rounding=ROUND_HALF_UP)
_SIGNIFICANT, _LEAST_DIGITS, _MOST_DIGITS = 16, 0, 1000


def in_range(kind: Kind, value: Any) -> Any:
    """The value, if its kind of number holds it."""
    if kind in INTEGERS:
        limit = 1 << _BITS[kind]
        if not -limit <= value < limit:
            raise out_of_range(kind.value)
    elif kind is Kind.REAL:
        return _single(value)
    elif kind is Kind.DOUBLE and math.isinf(value):
        raise out_of_range(kind.value)
    return value


def _single(value: float) -> float:
    try:
        narrow: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError as error:
        raise out_of_range("real") from error
    if value and not narrow:
        raise out_of_range("real")
    return narrow


def divide_integers(one: int, other: int) -> int:
    """Toward zero."""
    if not other:
        raise division_by_zero()
    quotient = abs(one) // abs(other)
    return quotient if (one < 0) is (other < 0) else -quotient


def remainder(one: int, other: int) -> int:
    """With the sign of what is divided."""
    if not other:
        raise division_by_zero()
    left = abs(one) % abs(other)
    return left if one >= 0 else -left


def _scale(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _places(number: Decimal) -> tuple[int, int]:
    """The weight of the first of the digits to the base of 10,000 that PostgreSQL calculates with, and that digit."""
    if not number:
        return 0, 0
    weight = number.adjusted() // 4
    return weight, int(abs(number).scaleb(-4 * weight, _EXACT).to_integral_value(ROUND_DOWN))


def divide_decimals(one: Decimal, other: Decimal) -> Decimal:
    """To sixteen digits or more, as `select_div_scale` in PostgreSQL's numeric.c chooses them."""
    if not other:
        raise division_by_zero()
    (weight, first), (other_weight, other_first) = _places(one), _places(other)
    quotient = weight - other_weight - (first <= other_first)
    scale = max(_SIGNIFICANT - 4 * quotient, _scale(one), _scale(other), _LEAST_DIGITS)
    return rounded(_exact_quotient(one, other, min(scale, _MOST_DIGITS)), min(scale, _MOST_DIGITS))


def _exact_quotient(one: Decimal, other: Decimal, scale: int) -> Decimal:
    """The quotient cut after one digit more than is kept, and marked if there is more of it."""
    shifted = one.scaleb(scale + 1, _EXACT)
    whole = _EXACT.divide_int(shifted, other)
    return whole.scaleb(-scale - 1, _EXACT)


def remainder_of_decimals(one: Decimal, other: Decimal) -> Decimal:
    """With the sign of what is divided."""
    if not other:
        raise division_by_zero()
    left = _EXACT.remainder(one, other)
    return _unsigned(left.quantize(Decimal(1).scaleb(-max(_scale(one), _scale(other))), context=_EXACT))


def rounded(number: Decimal, scale: int = 0) -> Decimal:
    """Half away from zero; a negative scale rounds before the point."""
    found = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, _EXACT)
    return _unsigned(found if scale >= 0 else found.quantize(Decimal(1), context=_EXACT))


def truncated(number: Decimal, scale: int = 0) -> Decimal:
    """Toward zero."""
    found = number.quantize(Decimal(1).scaleb(-scale), ROUND_DOWN, _EXACT)
    return _unsigned(found if scale >= 0 else found.quantize(Decimal(1), context=_EXACT))


def _unsigned(number: Decimal) -> Decimal:
    return number if number else number.copy_abs()


def _adding(one: Decimal, other: Decimal) -> Decimal:
    return _unsigned(_EXACT.add(one, other))


def _subtracting(one: Decimal, other: Decimal) -> Decimal:
    return _unsigned(_EXACT.subtract(one, other))


def _multiplying(one: Decimal, other: Decimal) -> Decimal:
    return _unsigned(_EXACT.multiply(one, other))


def _floating(calculate: Callable[[float, float], float], *, vanishes: bool) -> Callable[[float, float], float]:
    """Arithmetic that fails where the result is infinite, or vanishes where neither number is zero."""

    def calculated(one: float, other: float) -> float:
        try:
            found = calculate(one, other)
        except ZeroDivisionError as error:
            raise division_by_zero() from error
        except OverflowError as error:
            raise out_of_range("double precision") from error
        if math.isinf(found) or (vanishes and not found and one and other):
            raise out_of_range("double precision")
        return found

    return calculated


def power(one: float, other: float) -> float:
    """A power, in floating point."""
    if not one and other < 0:
        raise not_taken("a negative power of zero")
    try:
        found = math.pow(one, other)
    except OverflowError as error:
        raise out_of_range("double precision") from error
    except ValueError as error:
        raise not_taken("a broken power of a negative number") from error
    if not found and one:
        raise out_of_range("double precision")
    return found


_INTEGER: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": divide_integers,
    "%": remainder,
}
_DECIMAL: dict[str, Callable[[Any, Any], Any]] = {
    "+": _adding,
    "-": _subtracting,
    "*": _multiplying,
    "/": divide_decimals,
    "%": remainder_of_decimals,
}
_FLOAT: dict[str, Callable[[Any, Any], Any]] = {
    "+": _floating(lambda one, other: one + other, vanishes=False),
    "-": _floating(lambda one, other: one - other, vanishes=False),
    "*": _floating(lambda one, other: one * other, vanishes=True),
    "/": _floating(lambda one, other: one / other, vanishes=True),
}


def operation(kind: Kind, symbol: str) -> Callable[[Any, Any], Any] | None:
    """What calculates with two numbers of one kind; None where there is no such operator."""
    if kind is Kind.NUMERIC:
        return _DECIMAL.get(symbol)
    plain = (_INTEGER if kind in INTEGERS else _FLOAT).get(symbol)
    if plain is None or kind is Kind.DOUBLE:
        return plain
    calculate = plain
    return lambda one, other: in_range(kind, calculate(one, other))
