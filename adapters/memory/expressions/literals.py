"""Texts that stand for values, and values as texts, as PostgreSQL reads and writes them."""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from unitofwork.adapters.memory.expressions.kinds import Kind, SqlType
from unitofwork.adapters.memory.expressions.numbers import in_range
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate, no_such
from unitofwork.adapters.memory.values.numbers import shortest, spelled

_SPACE = " \t\n\r\v\f"
_INTEGER = re.compile(r"[+-]?\d+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?")
_ZONE = re.compile(r" ?(?:(Z|UTC)|([+-])(\d{1,2})(?::?(\d{2}))?)", re.IGNORECASE)
_SPAN = re.compile(r"([+-]?\d+)\s*([a-z]+)\s*", re.IGNORECASE)
_TRUTHS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
_UNITS = {
    "microsecond": timedelta(microseconds=1),
    "millisecond": timedelta(milliseconds=1),
    "second": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


def read(text: str, type_: SqlType) -> Any:
    """The value of the type that the text says.

    Raises:
        WrongType: it says none.
        CannotEvaluate: what such a text says is not known here.
    """
    if type_.kind is Kind.ENUM:
        if text not in type_.labels:
            raise no_such("label of its enumeration")
        return text
    reader = _READERS.get(type_.kind)
    if reader is None:
        raise CannotEvaluate(f"a text that is read as {type_.kind.value}")
    return reader(text)


def _read_integer(kind: Kind) -> Callable[[str], int]:
    def reader(text: str) -> int:
        digits = text.strip(_SPACE)
        if _INTEGER.fullmatch(digits) is None or not digits.isascii():
            raise no_such(kind.value)
        number: int = in_range(kind, int(digits))
        return number

    return reader


def _read_numeric(text: str) -> Decimal:
    digits = text.strip(_SPACE)
    if _NUMBER.fullmatch(digits) is None or not digits.isascii():
        raise no_such("numeric")
    try:
        return spelled(Decimal(digits))
    except InvalidOperation as error:
        raise no_such("numeric") from error


def _read_double(text: str) -> float:
    digits = text.strip(_SPACE)
    if _NUMBER.fullmatch(digits) is None or not digits.isascii():
        raise no_such("double precision")
    number: float = in_range(Kind.DOUBLE, float(digits))
    return number


def _read_boolean(text: str) -> bool:
    word = text.strip(_SPACE).lower()
    found = {truth for name, truth in _TRUTHS.items() if word and name.startswith(word) and word != "o"}
    if len(found) != 1:
        raise no_such("boolean")
    return found.pop()


def _read_date(text: str) -> date:
    match = _DATE.fullmatch(text.strip(_SPACE))
    if match is None:
        raise CannotEvaluate("a date that is not written as 2000-12-31")
    day: date = _made("date", date, *map(int, match.groups()))
    return day


def _made(what: str, make: Callable[..., Any], *parts: int) -> Any:
    try:
        return make(*parts)
    except ValueError as error:
        raise no_such(what) from error


def _time_at(text: str, place: int) -> tuple[time, int]:
    match = _TIME.match(text, place)
    if match is None:
        raise CannotEvaluate("a time that is not written as 23:59:59")
    hour, minute, second, part = match.groups()
    micros = int((part or "0").ljust(6, "0"))
    return _made("time", time, int(hour), int(minute), int(second or 0), micros), match.end()


def _read_time(text: str) -> time:
    found, end = _time_at(text.strip(_SPACE), 0)
    if end != len(text.strip(_SPACE)):
        raise CannotEvaluate("a time that is not written as 23:59:59")
    return found


def _moment(text: str) -> tuple[datetime, timedelta | None]:
    """A date with a time and its offset, as far as they are there."""
    text = text.strip(_SPACE)
    match = _DATE.match(text)
    if match is None:
        raise CannotEvaluate("a timestamp that is not written as 2000-12-31 23:59:59")
    day, at, end = _made("date", date, *map(int, match.groups())), time(), match.end()
    if end < len(text) and text[end] in " T":
        at, end = _time_at(text, end + 1)
    zone = _ZONE.fullmatch(text, end) if end < len(text) else None
    if end < len(text) and zone is None:
        raise CannotEvaluate("a timestamp that is not written as 2000-12-31 23:59:59")
    offset: timedelta | None = None
    if zone is not None:
        hours, minutes = int(zone[3] or 0), int(zone[4] or 0)
        offset = (-1 if zone[2] == "-" else 1) * timedelta(hours=hours, minutes=minutes)
    return datetime.combine(day, at), offset


def _read_timestamp(text: str) -> datetime:
    return _moment(text)[0]


def _read_timestamptz(text: str) -> datetime:
    moment, offset = _moment(text)
    return (moment - (offset or timedelta())).replace(tzinfo=UTC)


def _read_interval(text: str) -> timedelta:
    text, place, found = text.strip(_SPACE), 0, timedelta()
    while place < len(text):
        match = _SPAN.match(text, place)
        unit = None if match is None else _UNITS.get(match[2].lower().removesuffix("s"))
        if match is None or unit is None:
            break
        found += int(match[1]) * unit
        place = match.end()
    if place < len(text):
        at, place = _time_at(text, place)
        found += timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
    if place < len(text) or not text:
        raise CannotEvaluate("an interval that is not written as 1 day 12 hours")
    return found


def _read_uuid(text: str) -> UUID:
    try:
        return UUID(text.strip("{}"))
    except ValueError as error:
        raise no_such("uuid") from error


_READERS: dict[Kind, Callable[[str], Any]] = {
    Kind.TEXT: str,
    Kind.UNKNOWN: str,
    Kind.CHAR: lambda text: text.rstrip(" "),
    Kind.BOOLEAN: _read_boolean,
    Kind.SMALLINT: _read_integer(Kind.SMALLINT),
    Kind.INTEGER: _read_integer(Kind.INTEGER),
    Kind.BIGINT: _read_integer(Kind.BIGINT),
    Kind.NUMERIC: _read_numeric,
    Kind.DOUBLE: _read_double,
    Kind.DATE: _read_date,
    Kind.TIME: _read_time,
    Kind.TIMESTAMP: _read_timestamp,
    Kind.TIMESTAMPTZ: _read_timestamptz,
    Kind.INTERVAL: _read_interval,
    Kind.UUID: _read_uuid,
}


READABLE = frozenset(_READERS)
"""The kinds of which texts are read."""


def written(type_: SqlType) -> Callable[[Any], str] | None:
    """What writes values of the type as text; None where they are not written here."""
    return _WRITERS.get(type_.kind)


def _write_moment(value: datetime) -> str:
    text = value.replace(tzinfo=None).isoformat(" ")
    return (text.rstrip("0") if value.microsecond else text) + ("+00" if value.tzinfo else "")


def _write_time(value: time) -> str:
    return value.isoformat().rstrip("0") if value.microsecond else value.isoformat()


def _write_float(value: float) -> str:
    if math.isinf(value) or math.isnan(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    digits, _, power = f"{Decimal(repr(value)):e}".partition("e")
    exponent = int(power)
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    if value == 0:
        return "-0" if math.copysign(1, value) < 0 else "0"
    if -5 < exponent < 15:
        text = format(Decimal(repr(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return f"{digits}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"


_WRITERS: dict[Kind, Callable[[Any], str]] = {
    Kind.TEXT: str,
    Kind.CHAR: str,
    Kind.ENUM: str,
    Kind.BOOLEAN: lambda value: "true" if value else "false",
    Kind.SMALLINT: str,
    Kind.INTEGER: str,
    Kind.BIGINT: str,
    Kind.NUMERIC: lambda value: format(value, "f"),
    Kind.DOUBLE: _write_float,
    Kind.REAL: lambda value: _write_float(shortest(value)),
    Kind.DATE: date.isoformat,
    Kind.TIME: _write_time,
    Kind.TIMESTAMP: _write_moment,
    Kind.TIMESTAMPTZ: _write_moment,
    Kind.UUID: str,
}
