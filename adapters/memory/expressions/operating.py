"""Operators between numbers, between dates, times and intervals, and between texts."""

import operator
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from unitofwork.adapters.memory.expressions.converting import are_numbers, converted
from unitofwork.adapters.memory.expressions.kinds import (
    DATE,
    DOUBLE,
    EXACT,
    FLOATS,
    INTEGERS,
    INTERVAL,
    MOMENTS,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    Kind,
    SqlType,
    wider,
)
from unitofwork.adapters.memory.expressions.literals import written
from unitofwork.adapters.memory.expressions.numbers import operation, power
from unitofwork.adapters.memory.expressions.parts import Part, Writer
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate, no_such

_DAY = timedelta(days=1)


def operate(writer: Writer, symbol: str, one: Part, other: Part) -> Part:
    """``+``, ``-``, ``*``, ``/``, ``%``, ``^`` and ``||``.

    Raises:
        CannotEvaluate: there is no such operator between the two types.
    """
    if symbol == "||":
        return concatenate(writer, one, other)
    if are_numbers(one, other):
        return _calculate(writer, symbol, one, other)
    one, other = _like_other(writer, symbol, one, other), _like_other(writer, symbol, other, one)
    found = _OF_TIMES.get((symbol, one.type.kind, other.type.kind))
    if found is not None:
        type_, function = found
        return writer.call(type_, _limited(function, type_.kind.value), one, other)
    raise CannotEvaluate(f"{one.type.kind.value} {symbol} {other.type.kind.value}")


def _calculate(writer: Writer, symbol: str, one: Part, other: Part) -> Part:
    kinds = [part.type.kind for part in (one, other) if part.type.kind is not Kind.UNKNOWN]
    if not kinds:
        raise CannotEvaluate(f"{symbol} between two texts")
    kind = wider(kinds[0], kinds[-1])
    if symbol == "^":
        if kind is Kind.NUMERIC:
            raise CannotEvaluate("a power of decimals")
        doubles = converted(writer, one, DOUBLE), converted(writer, other, DOUBLE)
        return writer.call(DOUBLE, power, *doubles)
    type_ = SqlType(kind)
    function = operation(kind, symbol)
    if function is None:
        raise CannotEvaluate(f"{kind.value} {symbol} {kind.value}")
    return writer.call(type_, function, converted(writer, one, type_), converted(writer, other, type_))


def _like_other(writer: Writer, symbol: str, part: Part, other: Part) -> Part:
    """A literal's text beside a value: of that value's type, or an interval beside a moment that is added to."""
    if part.type.kind is not Kind.UNKNOWN:
        return part
    if other.type.kind in MOMENTS or other.type.kind is Kind.TIME:
        raise CannotEvaluate(f"a literal without a type {symbol} {other.type.kind.value}")
    return converted(writer, part, other.type)


def negative(writer: Writer, part: Part) -> Part:
    """The number, or the interval, with the other sign."""
    kind = part.type.kind
    if kind in EXACT:
        subtract = operation(kind, "-")
        assert subtract is not None
        return writer.call(part.type, partial(subtract, 0 if kind in INTEGERS else Decimal(0)), part)
    if kind in FLOATS or kind is Kind.INTERVAL:
        return writer.call(part.type, operator.neg, part)
    raise CannotEvaluate(f"- {kind.value}")


def concatenate(writer: Writer, one: Part, other: Part) -> Part:
    """Texts one after the other; one of the two may be of another type."""
    kinds = {one.type.kind, other.type.kind}
    if kinds.isdisjoint({Kind.TEXT, Kind.CHAR, Kind.UNKNOWN}) or kinds & {Kind.BYTES, Kind.JSON, Kind.JSONB}:
        raise CannotEvaluate(f"{one.type.kind.value} || {other.type.kind.value}")
    if Kind.ARRAY in kinds or (Kind.UNKNOWN in kinds and kinds.isdisjoint({Kind.TEXT, Kind.CHAR}) and len(kinds) > 1):
        raise CannotEvaluate(f"{one.type.kind.value} || {other.type.kind.value}")
    return writer.strict(TEXT, "({0} + {1})", text_of(writer, one), text_of(writer, other))


def text_of(writer: Writer, part: Part) -> Part:
    """The part written as a text."""
    if part.type.kind in (Kind.TEXT, Kind.CHAR, Kind.UNKNOWN):
        return converted(writer, part, TEXT)
    write = written(part.type)
    if write is None:
        raise CannotEvaluate(f"a text of {part.type.kind.value}")
    return writer.call(TEXT, write, part)


def _limited(function: Callable[[Any, Any], Any], what: str) -> Callable[[Any, Any], Any]:
    def limited(one: Any, other: Any) -> Any:
        try:
            return function(one, other)
        except OverflowError as error:
            raise no_such(what) from error

    return limited


def _days(value: date, days: int) -> date:
    return value + timedelta(days=days)


def _at(value: date, at: time) -> datetime:
    return datetime.combine(value, at)


def _later(value: date, span: timedelta) -> datetime:
    return datetime(value.year, value.month, value.day) + span


def _clock(value: time, span: timedelta) -> time:
    """A time of day, past midnight if need be; the days of the interval count for nothing."""
    moment = datetime(2000, 1, 2, value.hour, value.minute, value.second, value.microsecond) + span % _DAY
    return moment.time()


def _since(value: time, other: time) -> timedelta:
    return datetime.combine(date.min, value) - datetime.combine(date.min, other)


def _flipped(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda one, other: function(other, one)


_Operators = dict[tuple[str, Kind, Kind], tuple[SqlType, Callable[[Any, Any], Any]]]

_INTERVAL = Kind.INTERVAL
_OF_TIMES: _Operators = {
    ("-", Kind.DATE, Kind.DATE): (SqlType(Kind.INTEGER), lambda one, other: (one - other).days),
    ("-", Kind.TIMESTAMP, Kind.TIMESTAMP): (INTERVAL, operator.sub),
    ("-", Kind.TIMESTAMPTZ, Kind.TIMESTAMPTZ): (INTERVAL, operator.sub),
    ("-", Kind.TIME, Kind.TIME): (INTERVAL, _since),
    ("+", Kind.DATE, Kind.TIME): (TIMESTAMP, _at),
    ("+", Kind.TIME, Kind.DATE): (TIMESTAMP, _flipped(_at)),
    ("+", Kind.DATE, _INTERVAL): (TIMESTAMP, _later),
    ("+", _INTERVAL, Kind.DATE): (TIMESTAMP, _flipped(_later)),
    ("-", Kind.DATE, _INTERVAL): (TIMESTAMP, lambda one, other: _later(one, -other)),
    ("+", Kind.TIME, _INTERVAL): (TIME, _clock),
    ("+", _INTERVAL, Kind.TIME): (TIME, _flipped(_clock)),
    ("-", Kind.TIME, _INTERVAL): (TIME, lambda one, other: _clock(one, -other)),
    ("+", _INTERVAL, _INTERVAL): (INTERVAL, operator.add),
    ("-", _INTERVAL, _INTERVAL): (INTERVAL, operator.sub),
}
for _moment in (TIMESTAMP, TIMESTAMPTZ):
    _OF_TIMES["+", _moment.kind, _INTERVAL] = (_moment, operator.add)
    _OF_TIMES["+", _INTERVAL, _moment.kind] = (_moment, operator.add)
    _OF_TIMES["-", _moment.kind, _INTERVAL] = (_moment, operator.sub)
for _kind in (Kind.SMALLINT, Kind.INTEGER):
    _OF_TIMES["+", Kind.DATE, _kind] = (DATE, _days)
    _OF_TIMES["+", _kind, Kind.DATE] = (DATE, _flipped(_days))
    _OF_TIMES["-", Kind.DATE, _kind] = (DATE, lambda one, other: _days(one, -other))
for _kind in INTEGERS:
    _OF_TIMES["*", _INTERVAL, _kind] = (INTERVAL, operator.mul)
    _OF_TIMES["*", _kind, _INTERVAL] = (INTERVAL, operator.mul)
