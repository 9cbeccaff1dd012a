"""What a column's type takes: PostgreSQL's rules, because other databases keep values that it refuses."""

import re
import uuid
from datetime import UTC, date, datetime, time, timedelta
from functools import partial, singledispatch
from typing import Any, cast

from sqlalchemy import Dialect, types
from sqlalchemy.types import TypeDecorator, TypeEngine

from unitofwork.adapters.orm.json_types import json_rule
from unitofwork.adapters.orm.number_types import float_rule, integer_rule, numeric_rule
from unitofwork.adapters.orm.rules import Refusal, Rule, Test, is_instance, is_of_one_database, keeps_anything, wrong
from unitofwork.domain.errors import InvalidValue, ValueOutOfRange, ValueTooLong, WrongType


def test_of(type_: TypeEngine[Any], dialect: Dialect, *, stored: bool) -> Test | None:
    """How to tell whether a value is of the type and, if it is to be stored, fits it; None for a type without rules."""
    if isinstance(type_, TypeDecorator) and not isinstance(type_, types.Interval):
        return _decorated(type_, dialect, stored)
    rule = rule_of(meant(type_, dialect), dialect)
    if rule is None:
        return None
    kind, fit, both = rule
    if fit is None or not stored:
        return kind
    return both or (lambda value: kind(value) or fit(value))


def meant(type_: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    """The type whose rules hold: SQLite's own variant says what SQLite needs, and not what the application means."""
    model = "postgresql" if keeps_anything(dialect) else dialect.name
    variants = type_._variant_mapping  # pyright: ignore[reportPrivateUsage]  # there is no public name for it
    return variants.get(model, type_)


def _decorated(type_: TypeDecorator[Any], dialect: Dialect, stored: bool) -> Test | None:
    """Test what the decorator makes of a value; one that binds values by other means than the usual has no rules."""
    if overrides(type_, "bind_processor"):
        return None
    inner = test_of(type_.load_dialect_impl(dialect), dialect, stored=stored)
    if not overrides(type_, "process_bind_param"):
        return inner

    def test(value: object) -> Refusal | None:
        try:
            bound = type_.process_bind_param(value, dialect)
        except Exception as error:  # the application's code, which may stumble over a value in any way
            return Refusal(WrongType, f"does not take this {type(value).__name__}", error)
        return None if bound is None or inner is None else inner(bound)

    return test


def overrides(type_: TypeDecorator[Any], method: str) -> bool:
    """Whether the decorator has a method of its own."""
    return getattr(type(type_), method) is not getattr(TypeDecorator, method)


@singledispatch
def rule_of(type_: TypeEngine[Any], dialect: Dialect) -> Rule | None:
    """The rule for a type; None for one that has none here, as those of a single database, which checks them itself."""
    return None


rule_of.register(types.Integer, integer_rule)
rule_of.register(types.Float, float_rule)
rule_of.register(types.Numeric, numeric_rule)
rule_of.register(types.JSON, json_rule)


@rule_of.register
def _string(type_: types.String, dialect: Dialect) -> Rule | None:
    if is_of_one_database(type_):
        return None
    limit = type_.length

    def fit(value: str) -> Refusal | None:
        if limit is not None and len(value) > limit:  # be it by spaces, which PostgreSQL would silently cut off
            return Refusal(ValueTooLong, f"takes at most {limit} characters")
        return None

    def both(value: object) -> Refusal | None:
        if type(value) is str and value.isascii() and "\0" not in value and (limit is None or len(value) <= limit):
            return None
        return _is_text(value) or fit(cast(str, value))

    return Rule(_is_text, fit, both)


def _is_text(value: object) -> Refusal | None:
    if not isinstance(value, str):
        return wrong("str", value)
    if "\0" in value:
        return Refusal(InvalidValue, "takes no NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        return Refusal(InvalidValue, "takes no surrogate, which is half a character")
    return None


@rule_of.register
def _enum(type_: types.Enum, dialect: Dialect) -> Rule | None:
    members, names = type_.enum_class, frozenset(type_.enums)

    def kind(value: object) -> Refusal | None:
        if (isinstance(value, str) and value in names) or (members is not None and isinstance(value, members)):
            return None
        if members is not None:
            return wrong(members.__name__, value)
        return Refusal(WrongType, f"takes one of {', '.join(type_.enums)}")

    return Rule(kind)


@rule_of.register
def _boolean(type_: types.Boolean, dialect: Dialect) -> Rule:
    return Rule(partial(is_instance, bool))


@rule_of.register
def _date(type_: types.Date, dialect: Dialect) -> Rule:
    def kind(value: object) -> Refusal | None:
        return wrong("date", value) if isinstance(value, datetime) else is_instance(date, value)

    return Rule(kind)


@rule_of.register
def _datetime(type_: types.DateTime, dialect: Dialect) -> Rule:
    def kind(value: object) -> Refusal | None:
        if not isinstance(value, datetime):
            return wrong("datetime", value)
        if not type_.timezone or 1 < value.year < 9999:
            return _matching_zone(type_.timezone, value.utcoffset() is not None)
        return _matching_zone(True, value.utcoffset() is not None) or _moment_in_range(value)

    return Rule(kind)


def _moment_in_range(value: datetime) -> Refusal | None:
    """Refuse a moment that PostgreSQL keeps, and that nobody can read back."""
    try:
        value.astimezone(UTC)
    except OverflowError:
        return Refusal(ValueOutOfRange, "takes times of the years 1 to 9999, also in UTC")
    return None


@rule_of.register
def _time(type_: types.Time, dialect: Dialect) -> Rule:
    def kind(value: object) -> Refusal | None:
        if not isinstance(value, time):
            return wrong("time", value)
        if type_.timezone and dialect.name != "postgresql":
            return Refusal(
                WrongType,
                f"takes no time of day with a time zone in {dialect.name}, which would drop the zone:"
                " keep a DateTime(timezone=True)",
            )
        return _matching_zone(type_.timezone, value.tzinfo is not None)

    return Rule(kind)


def _matching_zone(wanted: bool, given: bool) -> Refusal | None:
    if wanted and not given:
        return Refusal(WrongType, "takes times with a time zone: give it one, such as tzinfo=UTC")
    if given and not wanted:
        return Refusal(
            WrongType, "takes times without a time zone: declare the column with timezone=True, or drop the zone"
        )
    return None


@rule_of.register
def _interval(type_: types.Interval, dialect: Dialect) -> Rule:
    return Rule(partial(is_instance, timedelta))


@rule_of.register
def _uuid(type_: types.Uuid[Any], dialect: Dialect) -> Rule:
    return Rule(partial(is_instance, uuid.UUID) if type_.as_uuid else _is_text_of_uuid)


_UUID = re.compile("(?:[0-9a-f]{4}-?){7}[0-9a-f]{4}", re.IGNORECASE)


def _is_text_of_uuid(value: object) -> Refusal | None:
    if not isinstance(value, str):
        return wrong("str", value)
    if _UUID.fullmatch(value) is None:
        return Refusal(InvalidValue, "takes the text of a UUID: 32 hexadecimal digits, with hyphens or without")
    return None


@rule_of.register(types.LargeBinary)
@rule_of.register(types.BINARY)
@rule_of.register(types.VARBINARY)
def _binary(type_: types.LargeBinary | types.BINARY | types.VARBINARY, dialect: Dialect) -> Rule:
    limit = type_.length

    def kind(value: object) -> Refusal | None:
        return None if isinstance(value, bytes | bytearray | memoryview) else wrong("bytes", value)

    def fit(value: bytes | bytearray | memoryview) -> Refusal | None:
        if limit is not None and memoryview(value).nbytes > limit:
            return Refusal(ValueTooLong, f"takes at most {limit} bytes")
        return None

    return Rule(kind, fit)
