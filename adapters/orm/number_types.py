"""What columns of numbers take: numbers of their range, exact where the type is exact."""

import sys
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import partial
from math import isfinite
from types import UnionType
from typing import Any, cast

from sqlalchemy import Dialect, types

from unitofwork.adapters.orm.rules import Refusal, Rule, is_of_one_database, keeps_anything, wrong
from unitofwork.domain.errors import ValueOutOfRange

_INT64 = 2**63
_LEAST = -_INT64
_LARGEST = sys.float_info.max


def integer_rule(type_: types.Integer, dialect: Dialect) -> Rule | None:
    """Integers of 16, 32 or 64 bits; no booleans, which Python counts among them."""
    if is_of_one_database(type_):
        return None
    bits = 16 if isinstance(type_, types.SmallInteger) else 64 if isinstance(type_, types.BigInteger) else 32
    limit = 1 << (bits - 1)

    def fit(value: int) -> Refusal | None:
        return None if -limit <= value < limit else Refusal(ValueOutOfRange, f"takes integers of {bits} bits")

    def both(value: object) -> Refusal | None:
        if type(value) is int and -limit <= value < limit:
            return None
        return _is_integer(value) or fit(cast(int, value))

    return Rule(_is_integer, fit, both)


def _is_integer(value: object) -> Refusal | None:
    if type(value) is not int and (not isinstance(value, int) or isinstance(value, bool)):
        return wrong("int", value)
    return None if _LEAST <= value < _INT64 else Refusal(ValueOutOfRange, "takes integers of at most 64 bits")


def float_rule(type_: types.Float[Any], dialect: Dialect) -> Rule:
    """Numbers in floating point; finite ones, since not every database keeps the others."""

    def fit(value: float) -> Refusal | None:
        return None if -_LARGEST <= value <= _LARGEST else Refusal(ValueOutOfRange, f"takes numbers up to {_LARGEST}")

    return Rule(partial(_is_number, "int or float", int | float), fit)


def numeric_rule(type_: types.Numeric[Any], dialect: Dialect) -> Rule:
    """Exact decimals, which are rounded half up to the column's scale."""
    scale = (type_.scale or 0) if type_.precision is not None else None
    whole = type_.precision - (scale or 0) if type_.precision is not None else _UNLIMITED
    bound = (
        Decimal(1).scaleb(whole)
        if scale is None
        else _EXACT.subtract(Decimal(1).scaleb(whole), Decimal(5).scaleb(-scale - 1))
    )

    def fit(value: Decimal | float) -> Refusal | None:
        number = Decimal(format(value, ".15g")) if isinstance(value, float) else Decimal(value)
        if number.copy_abs() >= bound:  # from here on it is rounded to one digit more
            return Refusal(ValueOutOfRange, f"takes at most {whole} digits before the point")
        if keeps_anything(dialect) and _digits(number, scale) > 15:
            return Refusal(ValueOutOfRange, f"takes at most 15 digits in {dialect.name}, which has no exact decimals")
        return None

    return Rule(partial(_is_number, "Decimal, int or float", Decimal | int | float), fit)


_UNLIMITED = 131_072  # digits before the point, of a numeric without precision
_EXACT = Context(prec=2_000)


def _digits(number: Decimal, scale: int | None) -> int:
    """How many digits there are from the first that is not zero to the last that is kept."""
    kept = number if scale is None else number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, _EXACT)
    if not kept:
        return 0
    exponent = kept.normalize(_EXACT).as_tuple().exponent
    assert isinstance(exponent, int)
    return kept.adjusted() + 1 - min(exponent, 0)


def _is_number(expected: str, accepted: type[Any] | UnionType, value: Any) -> Refusal | None:
    if not isinstance(value, accepted) or isinstance(value, bool):
        return wrong(expected, value)
    finite = value.is_finite() if isinstance(value, Decimal) else isinstance(value, int) or isfinite(value)
    return None if finite else Refusal(ValueOutOfRange, "takes finite numbers only")
