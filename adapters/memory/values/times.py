"""Dates and times, to the microsecond or to fewer digits where the column says so; moments are kept as UTC."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

from sqlalchemy import types
from sqlalchemy.dialects import postgresql

from unitofwork.adapters.memory.values.codec import Codec, Convert, Holder, Plain
from unitofwork.adapters.orm.rules import Refusal, Test
from unitofwork.domain.errors import InvalidValue, ValueOutOfRange, WrongType

_EPOCH = datetime(2000, 1, 1)  # from where PostgreSQL counts
_MICROSECOND = timedelta(microseconds=1)
_DAY = 86_400_000_000
_WIDEST = timedelta(hours=16)
_OUT_OF_RANGE = Refusal(ValueOutOfRange, "takes times of the years 1 to 9999")


def date_codec(type_: types.Date, holder: Holder) -> Codec:
    """Days."""
    store = holder.storing(type_, lambda value: date(value.year, value.month, value.day))

    def store_date(value: object) -> object:
        return value if type(value) is date else store(value)

    return Codec(store=store_date, operand=store_date, plain=Plain(date))


def datetime_codec(type_: types.DateTime, holder: Holder) -> Codec:
    """Moments, as UTC, or dates with a time that are nowhere in particular."""
    plain = _utc if type_.timezone else _bare
    rounded = _rounded_moment(type_)

    def moment(value: datetime) -> datetime:
        try:
            return rounded(plain(value)) if rounded else plain(value)
        except OverflowError as error:
            raise holder.refused(_OUT_OF_RANGE) from error

    def asked(value: datetime) -> datetime:
        try:
            return plain(value)
        except OverflowError as error:
            raise holder.refused(_OUT_OF_RANGE) from error

    otherwise = holder.storing(type_, moment)
    zone = UTC if type_.timezone else None

    def store(value: datetime) -> object:
        if type(value) is datetime and value.tzinfo is zone and not value.fold and rounded is None:
            return value
        return otherwise(value)

    test = f"{{0}}.tzinfo is {'UTC' if type_.timezone else 'None'} and not {{0}}.fold"
    plain_ = Plain(datetime, test) if rounded is None else None
    return Codec(store=store, operand=holder.comparing(type_, asked), plain=plain_)


def _utc(value: datetime) -> datetime:
    return _bare(value.astimezone(UTC)).replace(tzinfo=UTC)


def _bare(value: datetime) -> datetime:
    """Without what a subclass, a zone or an hour that comes twice adds to it."""
    return datetime(value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond)


def _rounded_moment(type_: types.DateTime) -> Convert | None:
    unit = _unit(getattr(type_, "precision", None))
    if unit is None:
        return None

    def rounded(value: datetime) -> datetime:
        epoch = _EPOCH.replace(tzinfo=value.tzinfo)
        return epoch + timedelta(microseconds=_round((value - epoch) // _MICROSECOND, unit))

    return rounded


def _unit(precision: int | None) -> int | None:
    """How many microseconds the last digit counts that is kept; None if each of them is."""
    return None if precision is None or precision >= 6 else 10 ** (6 - precision)


def _round(microseconds: int, unit: int) -> int:
    """Half away from zero."""
    whole: int = (abs(microseconds) + unit // 2) // unit * unit
    return whole if microseconds >= 0 else -whole


def time_codec(type_: types.Time, holder: Holder) -> Codec:
    """Times of day; with a zone, one is the same as another only if it has the same offset, too."""
    unit = _unit(getattr(type_, "precision", None))

    def kept(value: time, unit: int | None) -> time:
        micros = _microseconds(value)
        rounded = micros if unit is None else _round(micros, unit)
        if rounded >= _DAY:
            raise holder.refused(Refusal(ValueOutOfRange, "takes times before midnight, also when they are rounded"))
        return (datetime.min + timedelta(microseconds=rounded)).time().replace(tzinfo=_offset(value))

    def checked(stored: bool) -> Convert:
        convert: Convert = lambda value: kept(value, unit if stored else None)  # noqa: E731  # a def has no place here
        plain = holder.storing(type_, convert) if stored else holder.comparing(type_, convert)
        if not type_.timezone:
            return plain
        offset = holder.checking(_has_offset)
        return lambda value: plain(offset(value))

    order = order_with_offset if type_.timezone else None
    return Codec(store=checked(True), operand=checked(False), key=order, order=order)


def _microseconds(value: time) -> int:
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond


def _offset(value: time) -> timezone | None:
    offset = value.utcoffset()
    return None if offset is None else timezone(offset)


def _has_offset(value: object) -> Refusal | None:
    if not isinstance(value, time) or value.tzinfo is None:
        return None  # which the type's own rule refuses
    offset = value.utcoffset()
    if offset is None:
        return Refusal(WrongType, "takes times with a fixed offset: a zone without a date has none")
    if offset.microseconds or abs(offset) >= _WIDEST:
        return Refusal(InvalidValue, "takes offsets of whole seconds, and of less than 16 hours")
    return None


def order_with_offset(value: time) -> tuple[int, int]:
    """PostgreSQL's: by the moment, then from west to east, with the sign turned round."""
    offset = value.utcoffset() or timedelta()
    return _microseconds(value) - offset // _MICROSECOND, -(offset // timedelta(seconds=1))


def interval_codec(type_: types.Interval | postgresql.INTERVAL, holder: Holder) -> Codec:
    """Spans of time; they have no months, which Python cannot tell from days."""
    if isinstance(type_, postgresql.INTERVAL) and type_.fields:
        raise holder.unkept(type_, "it keeps some fields only; map it without")
    emulated = isinstance(type_, types.Interval) and not type_.native
    precision = type_.precision if isinstance(type_, postgresql.INTERVAL) else type_.second_precision
    unit = None if emulated else _unit(precision)

    def span(value: timedelta) -> timedelta:
        days, micros = value.days, value.seconds * 1_000_000 + value.microseconds
        return timedelta(days=days, microseconds=micros if unit is None else _round(micros, unit))

    def emulated_span(value: timedelta) -> timedelta:
        try:
            return (types.Interval.epoch + value) - types.Interval.epoch
        except OverflowError as error:
            raise holder.refused(_OUT_OF_RANGE) from error

    kind: Test = _is_span
    operand = holder.checking(kind, lambda value: timedelta(value.days, value.seconds, value.microseconds))
    return Codec(store=holder.checking(kind, emulated_span if emulated else span), operand=operand)


def _is_span(value: Any) -> Refusal | None:
    return None if isinstance(value, timedelta) else Refusal(WrongType, f"takes timedelta, not {type(value).__name__}")
