"""Conversions that PostgreSQL does by itself: of literals, to wider numbers, and of dates to moments."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import attrs

from unitofwork.adapters.memory.expressions.kinds import (
    EXACT,
    FLOATS,
    INTEGERS,
    MOMENTS,
    NUMBERS,
    TEXT,
    TEXTS,
    WIDENING,
    Kind,
    SqlType,
)
from unitofwork.adapters.memory.expressions.literals import read
from unitofwork.adapters.memory.expressions.parts import Part, Writer
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate
from unitofwork.domain.errors import InvalidValue

_MOMENTS = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)
"""Each of which is taken for any later one."""


def converts(source: Kind, target: Kind) -> bool:
    """Whether a value of one kind is taken for one of the other, without being asked."""
    if source is target or source is Kind.UNKNOWN:
        return True
    for widening in (WIDENING, _MOMENTS):
        if source in widening and target in widening:
            return widening.index(source) < widening.index(target)
    return source in TEXTS and target in TEXTS


def converted(writer: Writer, part: Part, target: SqlType) -> Part:
    """The part as one of another type.

    Raises:
        CannotEvaluate: PostgreSQL does not convert it by itself.
    """
    source = part.type
    if source == target:
        return part
    if source.kind is Kind.UNKNOWN:
        return _read(writer, part, target)
    if not converts(source.kind, target.kind) or (source.kind is target.kind):
        raise CannotEvaluate(f"{source.kind.value} where {target.kind.value} is wanted")
    convert = _CONVERSIONS.get((source.kind, target.kind))
    if convert is None:
        return attrs.evolve(part, type=target)
    return attrs.evolve(writer.call(target, convert, part), nullable=part.nullable)


def _read(writer: Writer, part: Part, target: SqlType) -> Part:
    if part.text is None:
        return attrs.evolve(part, type=target)
    try:
        return writer.constant(target, read(part.text, target))
    except InvalidValue as error:
        raise CannotEvaluate(f"a literal that is no {target.kind.value}") from error


def _exact_double(value: int | Decimal) -> float:
    return float(value)


def _to_timestamp(value: date) -> datetime:
    return datetime(value.year, value.month, value.day)


def _to_timestamptz(value: date) -> datetime:
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def _in_utc(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC)


_CONVERSIONS: dict[tuple[Kind, Kind], Callable[[Any], Any]] = {
    **{(source, Kind.NUMERIC): Decimal for source in INTEGERS},
    **{(source, target): _exact_double for source in EXACT for target in FLOATS},
    (Kind.DATE, Kind.TIMESTAMP): _to_timestamp,
    (Kind.DATE, Kind.TIMESTAMPTZ): _to_timestamptz,
    (Kind.TIMESTAMP, Kind.TIMESTAMPTZ): _in_utc,
}
"""How values change; those that are not here stay as they are. Times without a zone are taken for UTC."""


def common_type(types: Sequence[SqlType]) -> SqlType:
    """The type that values of several types are all taken for, as in CASE.

    Raises:
        CannotEvaluate: there is none.
    """
    known = [type_ for type_ in types if type_.kind is not Kind.UNKNOWN]
    if not known:
        return TEXT
    found = known[0]
    for type_ in known[1:]:
        if type_ == found or converts(type_.kind, found.kind):
            continue
        if type_.kind is found.kind or not converts(found.kind, type_.kind):
            raise CannotEvaluate(f"{found.kind.value} beside {type_.kind.value}")
        found = type_
    return TEXT if found.kind is Kind.CHAR and any(type_.kind is Kind.TEXT for type_ in known) else found


def common(writer: Writer, parts: Sequence[Part]) -> tuple[list[Part], SqlType]:
    """The parts as ones of their common type, and that."""
    type_ = common_type([part.type for part in parts])
    return [converted(writer, part, type_) for part in parts], type_


def as_text(writer: Writer, part: Part) -> Part:
    """A text, without the limit of its column."""
    return converted(writer, part, TEXT)


def are_numbers(*parts: Part) -> bool:
    """Whether all are numbers, or may become some."""
    return all(part.type.kind in NUMBERS or part.type.kind is Kind.UNKNOWN for part in parts)


def are_moments(*parts: Part) -> bool:
    """Whether all are dates or timestamps."""
    return all(part.type.kind in MOMENTS for part in parts)
