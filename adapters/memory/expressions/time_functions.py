"""SQL's functions of dates and times; without a zone they are taken for UTC, and now is when the transaction began."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from unitofwork.adapters.memory.expressions.kinds import (
    DATE,
    INTEGER,
    NUMERIC,
    TEXT,
    TIME,
    TIMESTAMP,
    TIMESTAMPTZ,
    Kind,
    SqlType,
)
from unitofwork.adapters.memory.expressions.overloads import Overload
from unitofwork.adapters.memory.expressions.parts import Part, Writer
from unitofwork.adapters.memory.expressions.refusing import CannotEvaluate, no_such
from unitofwork.domain.errors import InvalidValue

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


def _local(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _week(value: date) -> int:
    return value.isocalendar()[1]


def _iso_year(value: date) -> int:
    return value.isocalendar()[0]


_DAYS: dict[str, Callable[[date], int]] = {
    "year": lambda value: value.year,
    "month": lambda value: value.month,
    "day": lambda value: value.day,
    "quarter": lambda value: (value.month + 2) // 3,
    "dow": lambda value: value.isoweekday() % 7,
    "isodow": lambda value: value.isoweekday(),
    "doy": lambda value: value.timetuple().tm_yday,
    "week": _week,
    "isoyear": _iso_year,
    "decade": lambda value: value.year // 10,
    "century": lambda value: (value.year + 99) // 100,
    "millennium": lambda value: (value.year + 999) // 1000,
}
_TIMES: dict[str, tuple[Callable[[Any], int], int]] = {
    "hour": (lambda value: value.hour, 0),
    "minute": (lambda value: value.minute, 0),
    "second": (lambda value: value.second * 1_000_000 + value.microsecond, 6),
    "milliseconds": (lambda value: value.second * 1_000_000 + value.microsecond, 3),
    "microseconds": (lambda value: value.second * 1_000_000 + value.microsecond, 0),
}
"""What is counted, and how many of its digits are behind the point."""

_DATES = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})
_CLOCKS = frozenset({Kind.TIME, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})


def extract(writer: Writer, field: str, part: Part) -> Part:
    """EXTRACT: a field of a date, a time, a timestamp or an interval, as a decimal.

    Raises:
        CannotEvaluate: there is no such field.
    """
    kind = part.type.kind
    if field == "epoch" and kind in _DATES | _CLOCKS | {Kind.INTERVAL}:
        return writer.call(NUMERIC, _epoch, part)
    if kind in _DATES and field in _DAYS:
        count, scale = _DAYS[field], 0
    elif kind in _CLOCKS and field in _TIMES:
        count, scale = _TIMES[field]
    else:
        raise CannotEvaluate(f"extract({field} from {kind.value})")

    def counted(value: Any) -> Decimal:
        return Decimal(count(value)).scaleb(-scale)

    return writer.call(NUMERIC, counted, part)


def _epoch(value: Any) -> Decimal:
    if isinstance(value, timedelta):
        span = value
    elif isinstance(value, datetime):
        span = value.replace(tzinfo=None) - _EPOCH
    elif isinstance(value, time):
        span = datetime.combine(_EPOCH, value) - _EPOCH
    else:
        return Decimal((value - _EPOCH.date()).days * 86_400)
    return Decimal(span // _MICROSECOND).scaleb(-6)


_STARTS: dict[str, Callable[[datetime], datetime]] = {
    "year": lambda value: value.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0),
    "quarter": lambda value: _midnight(value).replace(month=(value.month - 1) // 3 * 3 + 1, day=1),
    "month": lambda value: _midnight(value).replace(day=1),
    "week": lambda value: _midnight(value) - timedelta(days=value.weekday()),
    "day": lambda value: _midnight(value),
    "hour": lambda value: value.replace(minute=0, second=0, microsecond=0),
    "minute": lambda value: value.replace(second=0, microsecond=0),
    "second": lambda value: value.replace(microsecond=0),
}
"""When the field of a moment began."""


def _midnight(value: datetime) -> datetime:
    return value.replace(hour=0, minute=0, second=0, microsecond=0)


def _truncated(field: str, value: datetime) -> datetime:
    start = _STARTS.get(field.lower())
    if start is None:
        raise InvalidValue("an expression truncates a time to a field that is not known here")
    return start(value)


def _at_zone(zone: str, value: datetime) -> datetime:
    if zone.upper() not in ("UTC", "GMT", "Z"):
        raise InvalidValue("an expression names a time zone other than UTC, which is not known here")
    return value.replace(tzinfo=UTC if value.tzinfo is None else None)


def _made_date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise no_such("date") from error


CLOCKS: dict[str, tuple[SqlType, Callable[[datetime], Any] | None]] = {
    "now": (TIMESTAMPTZ, None),
    "current_timestamp": (TIMESTAMPTZ, None),
    "transaction_timestamp": (TIMESTAMPTZ, None),
    "localtimestamp": (TIMESTAMP, _local),
    "current_date": (DATE, datetime.date),
    "localtime": (TIME, datetime.time),
}
"""The names of the transaction's time, each with what is made of it."""

TIME_FUNCTIONS: dict[str, list[Overload]] = {
    "date": [Overload((type_,), DATE, datetime.date) for type_ in (TIMESTAMP, TIMESTAMPTZ)],
    "date_trunc": [Overload((TEXT, type_), type_, _truncated) for type_ in (TIMESTAMP, TIMESTAMPTZ)],
    "timezone": [
        Overload((TEXT, TIMESTAMPTZ), TIMESTAMP, _at_zone),
        Overload((TEXT, TIMESTAMP), TIMESTAMPTZ, _at_zone),
    ],
    "make_date": [Overload((INTEGER, INTEGER, INTEGER), DATE, _made_date)],
}
