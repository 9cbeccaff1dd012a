"""CAST, and what is assigned to a column: the value in another type, within that type's limits."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy import types
from sqlalchemy.types import TypeEngine

from unitofwork.adapters.memory.expressions.converting import converted, converts
from unitofwork.adapters.memory.expressions.kinds import (
    FLOATS,
    INTEGERS,
    NUMBERS,
    TEXTS,
    Kind,
    SqlType,
    plain,
    sql_type,
)
from unitofwork.adapters.memory.expressions.literals import READABLE, read, written
from unitofwork.adapters.memory.expressions.numbers import in_range, rounded
from unitofwork.adapters.memory.expressions.parts import Part, Writer
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate, out_of_range
from unitofwork.adapters.memory.values.codec import Holder
from unitofwork.adapters.memory.values.columns import codec_for
from unitofwork.domain.errors import MappingError, UnsupportedQuery


def cast(writer: Writer, part: Part, target: TypeEngine[Any]) -> Part:
    """CAST: texts are read and written, numbers rounded, and what is too long for the type is cut off."""
    return _limited(writer, _cast(writer, part, sql_type(target)), target, Holder("a cast", casts=True))


def assigned(writer: Writer, part: Part, target: TypeEngine[Any], holder: Holder) -> Part:
    """What a column gets of an expression; it refuses what is too long, and reads no texts but literals."""
    type_ = sql_type(target)
    source = part.type.kind
    if source is not type_.kind and source is not Kind.UNKNOWN and type_.kind not in TEXTS:
        numbers = source in NUMBERS and type_.kind in NUMBERS
        moments = (source, type_.kind) in _MOMENTS
        if not numbers and not moments and not converts(source, type_.kind):
            raise CannotEvaluate(f"{source.value} for a column of {type_.kind.value}")
    return _limited(writer, _cast(writer, part, type_), target, holder)


def _cast(writer: Writer, part: Part, target: SqlType) -> Part:
    source, kind = part.type, target.kind
    if source == target:
        return part
    if source.kind is Kind.UNKNOWN or (source.kind is not kind and converts(source.kind, kind)):
        found = converted(writer, part, target)
        return writer.call(target, partial(in_range, kind), found) if _may_overflow(source, kind) else found
    convert = _MOMENTS.get((source.kind, kind)) or _between_numbers(source.kind, kind)
    if convert is not None:
        return writer.call(target, convert, part)
    if kind in TEXTS and (write := written(source)) is not None:
        return writer.call(target, write, part)
    if source.kind in TEXTS and (kind in READABLE or kind is Kind.ENUM):
        return writer.call(target, partial(_read, type_=target), part)
    if source.kind is Kind.BOOLEAN and kind is Kind.INTEGER:
        return writer.call(target, int, part)
    if source.kind is Kind.INTEGER and kind is Kind.BOOLEAN:
        return writer.call(target, bool, part)
    raise CannotEvaluate(f"a cast of {source.kind.value} to {kind.value}")


def _read(text: str, type_: SqlType) -> Any:
    """What a row's text says, which nobody could know when the expression was compiled."""
    try:
        return read(text, type_)
    except CannotEvaluate as error:
        raise UnsupportedQuery(f"an expression meets {error}, which the twin does not read") from error


def _may_overflow(source: SqlType, kind: Kind) -> bool:
    return kind in FLOATS and source.kind in NUMBERS


def _between_numbers(source: Kind, target: Kind) -> Callable[[Any], Any] | None:
    if source not in NUMBERS or target not in NUMBERS:
        return None
    if target in INTEGERS:
        whole: Callable[[Any], Any] = round if source in FLOATS else _whole
        return lambda value: in_range(target, _finite(whole, value))
    if target is Kind.NUMERIC:
        digits = 6 if source is Kind.REAL else 15
        return lambda value: _spelled(Decimal(format(value, f".{digits}g")))
    return lambda value: in_range(target, value)


def _spelled(number: Decimal) -> Decimal:
    return Decimal(format(number, "f")) if number else Decimal(0)


def _finite(whole: Callable[[Any], Any], value: Any) -> Any:
    try:
        return whole(value)
    except (OverflowError, ValueError) as error:
        raise out_of_range("integers") from error


def _whole(value: int | Decimal) -> int:
    return value if isinstance(value, int) else int(rounded(value))


_MOMENTS: dict[tuple[Kind, Kind], Callable[[Any], Any]] = {
    (Kind.TIMESTAMP, Kind.DATE): datetime.date,
    (Kind.TIMESTAMPTZ, Kind.DATE): datetime.date,
    (Kind.TIMESTAMPTZ, Kind.TIMESTAMP): lambda value: value.replace(tzinfo=None),
    (Kind.TIMESTAMP, Kind.TIME): datetime.time,
    (Kind.TIMESTAMPTZ, Kind.TIME): datetime.time,
}
"""What is lost of moments; a moment with a zone is taken in UTC."""


def _limited(writer: Writer, part: Part, target: TypeEngine[Any], holder: Holder) -> Part:
    """The part within the limits of its type: length, digits and fractions of seconds."""
    model = plain(target)
    if isinstance(model, types.Enum) and not model.native_enum:
        model = types.String(model.length)
    limited = (
        (getattr(model, "length", None) is not None and part.type.kind in TEXTS)
        or part.type.kind is Kind.CHAR
        or (part.type.kind is Kind.NUMERIC and getattr(model, "precision", None) is not None)
        or (part.type.kind not in NUMBERS and getattr(model, "precision", None) is not None)
        or (part.type.kind is Kind.INTERVAL and getattr(model, "second_precision", None) is not None)
    )
    if not limited:
        return part
    try:
        store = codec_for(model, holder).store
    except MappingError as error:
        raise CannotEvaluate(f"the type {type(model).__name__}") from error
    return part if store is None else writer.call(part.type, store, part)
