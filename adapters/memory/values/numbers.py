"""Numbers: integers of a size, decimals rounded to their scale, and floating point of four or eight bytes."""

import struct
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from sqlalchemy import types

from unitofwork.adapters.memory.values.codec import DIALECT, Codec, Convert, Holder, Plain
from unitofwork.adapters.orm.rules import Refusal
from unitofwork.domain.errors import ValueOutOfRange

_EXACT = Context(prec=200_000)
_SMALLEST = -16_383  # PostgreSQL's last digit behind the point
_FLOAT8, _NUMERIC = 701, 1700  # the types' numbers in PostgreSQL


def integer_codec(type_: types.Integer, holder: Holder) -> Codec:
    """Integers of 16, 32 or 64 bits, as they are."""
    limit = 1 << (15 if isinstance(type_, types.SmallInteger) else 63 if isinstance(type_, types.BigInteger) else 31)
    least, most = -limit, limit - 1
    otherwise = holder.storing(type_, int)

    def store(value: int) -> object:
        return value if type(value) is int and least <= value <= most else otherwise(value)

    compared = holder.comparing(type_, int)

    def operand(value: int) -> object:
        return value if type(value) is int and least <= value <= most else compared(value)

    return Codec(store=store, operand=operand, plain=Plain(int, f"{least} <= {{0}} <= {most}"))


def numeric_codec(type_: types.Numeric[Any], holder: Holder) -> Codec:
    """Decimals, which have as many digits behind the point as the column says, or else as they came with."""
    scale = (type_.scale or 0) if type_.precision is not None else None
    unit = None if scale is None else Decimal(1).scaleb(-scale)

    def fitted(value: Decimal | float) -> Decimal:
        number = Decimal(format(value, ".15g")) if isinstance(value, float) else Decimal(value)
        if unit is not None:
            number = number.quantize(unit, ROUND_HALF_UP, _EXACT)
        exponent = number.as_tuple().exponent
        assert isinstance(exponent, int)
        if exponent < _SMALLEST:
            raise holder.refused(Refusal(ValueOutOfRange, f"takes at most {-_SMALLEST} digits behind the point"))
        return spelled(number)

    return Codec(
        store=holder.storing(type_, fitted),
        load=_result(type_, _NUMERIC),
        operand=holder.comparing(type_, exact),
    )


def exact(value: Decimal | float) -> Decimal:
    """A number as a decimal, of all its digits."""
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def spelled(number: Decimal) -> Decimal:
    """A decimal as PostgreSQL spells it: without an exponent, and with one zero only."""
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent > 0:
        number = number.quantize(Decimal(1), context=_EXACT)
    return number if number else number.copy_abs()


def float_codec(type_: types.Float[Any], holder: Holder) -> Codec:
    """Numbers in floating point; what is stored of four bytes is their exact value, and loaded is its shortest text."""
    if is_single(type_):
        as_decimal = _result(type_, _FLOAT8)
        return Codec(
            store=holder.storing(type_, lambda value: _narrowed(float(value), holder)),
            load=shortest if as_decimal is None else lambda value: as_decimal(shortest(value)),
            operand=_float_operand(type_, holder),
        )
    otherwise = holder.storing(type_, float)
    least, most = -1.7976931348623157e308, 1.7976931348623157e308

    def store(value: float) -> object:
        return value if type(value) is float and least <= value <= most else otherwise(value)

    return Codec(
        store=store,
        load=_result(type_, _FLOAT8),
        operand=_float_operand(type_, holder),
        plain=Plain(float, f"{least} <= {{0}} <= {most}"),
    )


def is_single(type_: types.Float[Any]) -> bool:
    """Whether PostgreSQL keeps the type in four bytes."""
    if isinstance(type_, types.Double | types.DOUBLE_PRECISION):
        return False
    return isinstance(type_, types.REAL) or (type_.precision is not None and type_.precision <= 24)


def _float_operand(type_: types.Float[Any], holder: Holder) -> Convert:
    def operand(value: float) -> float:
        try:
            return float(value)
        except OverflowError as error:
            raise holder.refused(Refusal(ValueOutOfRange, "is compared with numbers of floating point")) from error

    return holder.comparing(type_, operand)


def _narrowed(value: float, holder: Holder) -> float:
    try:
        narrow: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError as error:
        raise holder.refused(Refusal(ValueOutOfRange, "takes numbers of four bytes")) from error
    if value and not narrow:
        raise holder.refused(Refusal(ValueOutOfRange, "takes numbers of four bytes, and this one is too near to zero"))
    return narrow


def shortest(value: float) -> float:
    """A number of four bytes by the shortest text that means it, which PostgreSQL sends."""
    for digits in range(1, 10):
        text = format(value, f".{digits}g")
        if _single(float(text)) == value:
            return float(text)
    return value


def _single(value: float) -> float | None:
    try:
        single: float = struct.unpack("<f", struct.pack("<f", value))[0]
    except OverflowError:  # rounded up, beyond the largest
        return None
    return single


def _result(type_: types.Numeric[Any] | types.Float[Any], oid: int) -> Convert | None:
    """What SQLAlchemy makes of PostgreSQL's numbers: float or Decimal, of how many digits."""
    return type_.dialect_impl(DIALECT).result_processor(DIALECT, oid)
