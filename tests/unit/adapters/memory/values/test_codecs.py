"""What comes back of what a column is given, what it refuses, and how its values compare: as in PostgreSQL."""

import enum
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from ipaddress import ip_address, ip_interface, ip_network
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Column, Dialect, MetaData, Table, types
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.types import TypeEngine

from unitofwork.adapters.memory.values import Codec, codec_of
from unitofwork.domain.errors import (
    InvalidValue,
    MappingError,
    UnsupportedQuery,
    ValueOutOfRange,
    ValueTooLong,
    WrongType,
)

EAST = timezone(timedelta(hours=5, minutes=30))
WEST = timezone(timedelta(hours=-3))
BERLIN = ZoneInfo("Europe/Berlin")
D = Decimal


class Color(enum.Enum):
    """Declared in another order than that of the names."""

    RED = "#f00"
    GREEN = "#0f0"


class Shape(enum.StrEnum):
    """Whose members are texts, which the database does not have."""

    ROUND = "round"
    SQUARE = "square"


class Bracketed(types.TypeDecorator[str]):
    impl = types.String(8)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str:
        assert dialect.name == "postgresql"
        return "nothing" if value is None else f"<{value}>"

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None or value == "nothing" else value[1:-1]


class Point(types.UserDefinedType[object]):
    cache_ok = True

    def get_col_spec(self, **kw: Any) -> str:
        return "POINT"


class Shouted(types.String):
    def bind_expression(self, bindvalue: Any) -> Any:
        return bindvalue


def codec(type_: TypeEngine[Any]) -> Codec:
    table = Table("boxes", MetaData(), Column("content", type_))
    return codec_of(table.c.content)


def stored(made: Codec, given: object) -> Any:
    return given if made.store is None else made.store(given)


def loaded(made: Codec, given: object) -> Any:
    kept = stored(made, given)
    hash(kept)
    return kept if made.load is None else made.load(kept)


SAME: list[tuple[TypeEngine[Any], Sequence[object]]] = [
    (types.SmallInteger(), [0, -(2**15), 2**15 - 1]),
    (types.Integer(), [0, -(2**31), 2**31 - 1]),
    (types.BigInteger(), [-(2**63), 2**63 - 1]),
    (types.Numeric(5, 2), [D("1.25"), D("-999.99")]),
    (types.Numeric(), [D("1.10"), D("1E-30")]),
    (types.Float(), [0.0, 0.1, 1e-300, 1.7976931348623157e308]),
    (types.REAL(), [0.1, 1e-40, -3e-45, 3.4e38, 9.999999e9]),
    (types.String(5), ["", "äöü🐙x", "a  "]),
    (types.Text(), ["one\ntwo\r\n"]),
    (types.Boolean(), [True, False]),
    (types.Date(), [date.min, date.max]),
    (types.DateTime(), [datetime.min, datetime.max]),
    (types.DateTime(timezone=True), [datetime(2024, 1, 1, tzinfo=UTC)]),
    (types.Time(), [time.min, time.max]),
    (types.Time(timezone=True), [time(1, 2, 3, 4, tzinfo=EAST)]),
    (types.Interval(), [timedelta(days=-400, microseconds=1), timedelta(0)]),
    (types.Interval(native=False), [timedelta(days=-400, microseconds=1)]),
    (types.LargeBinary(), [b"", b"\x00\xff"]),
    (types.Enum(Color), list(Color)),
    (types.Enum(Color, native_enum=False), list(Color)),
    (types.Enum(Color, values_callable=lambda members: [member.value for member in members]), list(Color)),
    (types.Enum(Shape), list(Shape)),
    (types.Enum("x", "a"), ["x", "a"]),
    (types.Uuid(), [UUID(int=0), UUID(int=2**128 - 1)]),
    (types.Uuid(as_uuid=False), [str(UUID(int=7))]),
    (types.JSON(), [{"b": [1, 1.5, None, True, {"a": "Ω"}], "a": ""}, [], "text", 0]),
    (postgresql.JSONB(), [{"a": [1, 1.5, None, True]}, 1.0, []]),
    (MutableDict.as_mutable(types.JSON()), [{"a": 1}]),
    (types.ARRAY(types.Integer), [[], [1, None, 2], [[1, 2], [3, 4]]]),
    (types.ARRAY(types.Enum(Color)), [[Color.RED, Color.GREEN]]),
    (types.ARRAY(types.Text, as_tuple=True), [("a",)]),
    (types.PickleType(), [{"a": {1, 2}}]),
    (Bracketed(), ["six"]),
    (types.String().with_variant(types.Integer(), "postgresql"), [1]),
    (types.String(5).with_variant(mysql.VARCHAR(9), "mysql"), ["five."]),
    (postgresql.INET(), [ip_address("::1"), ip_interface("10.0.0.1/8")]),
    (postgresql.CIDR(), [ip_network("10.0.0.0/8")]),
    (postgresql.MACADDR(), ["08:00:2b:01:02:03"]),
]


@pytest.mark.parametrize(("type_", "values"), SAME, ids=lambda each: repr(each)[:40])
def test_what_fits_comes_back_as_it_was(type_: TypeEngine[Any], values: Sequence[object]) -> None:
    made = codec(type_)
    for value in values:
        back = loaded(made, value)
        assert (back, type(back)) == (value, type(value))


@pytest.mark.parametrize(
    ("type_", "given", "back"),
    [
        (types.Numeric(12, 3), D("1.0005"), "1.001"),
        (types.Numeric(12, 3), D("-1.0005"), "-1.001"),
        (types.Numeric(12, 3), D("-0.0001"), "0.000"),
        (types.Numeric(12, 3), 0.1, "0.100"),
        (types.Numeric(12, 3), 7, "7.000"),
        (types.Numeric(10), D("2.5"), "3"),
        (types.Numeric(), D("1E+3"), "1000"),
        (types.Numeric(), D("-0.00"), "0.00"),
        (types.Numeric(), 1 / 3, "0.333333333333333"),
        (types.Numeric(5, 1, asdecimal=False), D("1.25"), "1.3"),
        (types.Float(asdecimal=True), 0.1, "0.1000000000"),
        (types.Float(asdecimal=True, decimal_return_scale=3), 1 / 3, "0.333"),
        (types.Float(), 1, "1.0"),
        (types.Float(24), 1 / 3, "0.33333334"),
        (types.Float(53), 1 / 3, "0.3333333333333333"),
        (types.String(3), "a     ", "a  "),
        (types.CHAR(4), "ab", "ab  "),
        (types.CHAR(2), "ab    ", "ab"),
        (types.Uuid(as_uuid=False), "ABCDEFAB123456781234567812345678", "abcdefab-1234-5678-1234-567812345678"),
        (types.DateTime(timezone=True), datetime(2024, 1, 1, tzinfo=EAST), "2023-12-31 18:30:00+00:00"),
        (types.DateTime(timezone=True), datetime(2024, 10, 27, 2, fold=1, tzinfo=BERLIN), "2024-10-27 01:00:00+00:00"),
        (postgresql.TIMESTAMP(precision=2), datetime(2024, 1, 1, 0, 0, 0, 5000), "2024-01-01 00:00:00.010000"),
        (postgresql.TIMESTAMP(precision=2), datetime(1999, 12, 31, 23, 59, 59, 995000), "1999-12-31 23:59:59.990000"),
        (postgresql.TIME(precision=0), time(1, 2, 3, 500000), "01:02:04"),
        (postgresql.INTERVAL(precision=0), timedelta(seconds=2.5), "0:00:03"),
        (types.Interval(second_precision=1), timedelta(seconds=-0.25), "-1 day, 23:59:59.800000"),
        (types.LargeBinary(), bytearray(b"x"), "b'x'"),
        (types.Enum(Color), "RED", "Color.RED"),
        (types.JSON(), {"bb": 1, "a": 1e300}, "{'bb': 1, 'a': 1e+300}"),
        (
            postgresql.JSONB(),
            {"bb": 1e16, "é": 1, "a": -0.0, "b": 1},
            "{'a': 0.0, 'b': 1, 'bb': 10000000000000000, 'é': 1}",
        ),
        (types.JSON(), {1: 2, "1": 3}, "{'1': 3}"),
        (types.ARRAY(types.Numeric(5, 2)), (D("1.005"), None), "[Decimal('1.01'), None]"),
        (types.ARRAY(types.String(3)), ["abcd"], "['abc']"),
        (types.ARRAY(types.Integer), [[], []], "[]"),
        (types.ARRAY(Bracketed()), ["a", None], "['a', None]"),
        (postgresql.INET(), "10.0.0.1/32", "10.0.0.1"),
        (postgresql.MACADDR(), "0800-2B01-0203", "08:00:2b:01:02:03"),
    ],
)
def test_what_comes_back_is_what_postgresql_made_of_it(type_: TypeEngine[Any], given: object, back: str) -> None:
    assert str(loaded(codec(type_), given)) == back


@pytest.mark.parametrize(
    ("type_", "given", "error"),
    [
        (types.SmallInteger(), 2**15, ValueOutOfRange),
        (types.Integer(), -(2**31) - 1, ValueOutOfRange),
        (types.BigInteger(), 2**63, ValueOutOfRange),
        (types.Integer(), True, WrongType),
        (types.Integer(), "1", WrongType),
        (types.Numeric(5, 2), D("999.995"), ValueOutOfRange),
        (types.Numeric(5, 2), D("NaN"), ValueOutOfRange),
        (types.Numeric(), D("Infinity"), ValueOutOfRange),
        (types.Numeric(), D("1E-16384"), ValueOutOfRange),
        (types.Float(), float("inf"), ValueOutOfRange),
        (types.Float(24), 1e39, ValueOutOfRange),
        (types.Float(24), 1e-50, ValueOutOfRange),
        (types.String(3), "abcd", ValueTooLong),
        (types.String(3), "a   b", ValueTooLong),
        (types.CHAR(3), "abcd", ValueTooLong),
        (types.Text(), "a\0", InvalidValue),
        (types.Text(), "\ud800", InvalidValue),
        (types.Text(), 1, WrongType),
        (types.Boolean(), 1, WrongType),
        (types.Date(), datetime(2024, 1, 1), WrongType),
        (types.DateTime(), datetime(2024, 1, 1, tzinfo=UTC), WrongType),
        (types.DateTime(timezone=True), datetime(2024, 1, 1), WrongType),
        (types.DateTime(timezone=True), datetime(1, 1, 1, tzinfo=EAST), ValueOutOfRange),
        (types.Time(timezone=True), time(1, tzinfo=BERLIN), WrongType),
        (types.Time(timezone=True), time(1, tzinfo=timezone(timedelta(hours=16))), InvalidValue),
        (postgresql.TIME(precision=0), time.max, ValueOutOfRange),
        (types.Interval(), 1, WrongType),
        (types.Interval(native=False), timedelta.max, ValueOutOfRange),
        (types.LargeBinary(), "a", WrongType),
        (types.LargeBinary(1), b"ab", ValueTooLong),
        (types.Enum(Color), "#f00", WrongType),
        (types.Enum(Shape), "round", WrongType),
        (types.Enum("x"), "y", WrongType),
        (types.Uuid(), "12345678123456781234567812345678", WrongType),
        (types.Uuid(as_uuid=False), "no", InvalidValue),
        (types.JSON(), {1, 2}, WrongType),
        (types.JSON(), float("nan"), InvalidValue),
        (postgresql.JSONB(), "\0", InvalidValue),
        (types.JSON(), "\ud800", InvalidValue),
        (types.ARRAY(types.Integer), "abc", WrongType),
        (types.ARRAY(types.Integer), [[1], [2, 3]], WrongType),
        (types.ARRAY(types.Integer), [1, [2]], WrongType),
        (types.ARRAY(types.Integer), [2**31], ValueOutOfRange),
        (types.ARRAY(types.Numeric), [D(1), 1], WrongType),
        (types.PickleType(), lambda: None, WrongType),
        (Bracketed(), "seven..", ValueTooLong),
        (postgresql.INET(), "here", WrongType),
        (postgresql.INET(), 1, WrongType),
        (postgresql.CIDR(), "10.0.0.1/8", WrongType),
        (postgresql.MACADDR(), "08:00", WrongType),
    ],
)
def test_what_the_column_cannot_hold_is_refused(
    type_: TypeEngine[Any], given: object, error: type[InvalidValue]
) -> None:
    with pytest.raises(InvalidValue, match=r"^boxes\.content takes|^boxes\.content does not take") as caught:
        stored(codec(type_), given)
    assert (type(caught.value), caught.value.table, caught.value.columns) == (error, "boxes", ("content",))


@pytest.mark.parametrize(
    "type_",
    [
        Point(),
        Shouted(),
        types.NullType(),
        types.String(collation="de_DE"),
        types.ARRAY(types.JSON),
        mysql.YEAR(),
        mysql.INTEGER(unsigned=True),
        postgresql.CITEXT(),
        postgresql.TSVECTOR(),
        postgresql.MONEY(),
        postgresql.BIT(3),
        postgresql.HSTORE(),
        postgresql.INT4RANGE(),
        postgresql.INTERVAL(fields="DAY TO SECOND"),
        postgresql.DOMAIN("short", types.String(3)),
    ],
    ids=repr,
)
def test_a_type_that_is_not_kept_is_refused_by_name(type_: TypeEngine[Any]) -> None:
    with pytest.raises(MappingError, match=rf"boxes\.content is of the type {type(type_).__name__}\b.*: ") as caught:
        codec(type_)
    assert (caught.value.table, caught.value.columns) == ("boxes", ("content",))


def test_what_is_loaded_is_nobody_elses() -> None:
    for type_, value in ((types.JSON(), {"a": [1]}), (types.ARRAY(types.Integer), [1]), (types.PickleType(), [1])):
        made = codec(type_)
        assert made.load is not None
        kept = stored(made, value)
        assert made.load(kept) is not made.load(kept)
        value.clear()
        assert made.load(kept)


def test_none_is_kept_as_the_null_of_json_unless_the_column_says_otherwise() -> None:
    made = codec(types.JSON())
    assert (made.stores_none, stored(made, None), made.null) == (True, "null", "null")
    assert stored(made, types.JSON.NULL) == "null"
    assert not codec(types.JSON(none_as_null=True)).stores_none
    assert json.loads("null") is loaded(made, None)


def test_a_decorator_is_asked_about_none() -> None:
    made = codec(Bracketed())
    assert made.load is not None
    assert (made.stores_none, made.loads_null, stored(made, None), made.load(None)) == (True, True, "nothing", None)


@pytest.mark.parametrize(
    ("type_", "ascending"),
    [
        (types.Enum("x", "b", "a"), ["x", "b", "a"]),
        (types.Enum("x", "b", "a", native_enum=False), ["a", "b", "x"]),
        (types.CHAR(3), ["", "a", "a b", "aa"]),
        (
            types.Time(timezone=True),
            [time(0, tzinfo=EAST), time(2, tzinfo=EAST), time(1, tzinfo=UTC), time(0, tzinfo=WEST)],
        ),
        (types.Time(timezone=True), [time(4, tzinfo=timezone(timedelta(hours=4))), time(0, tzinfo=UTC)]),
        (types.ARRAY(types.Integer), [[], [1], [1, 2], [1, None], [2], [None]]),
        (types.ARRAY(types.Integer), [[1, 2], [[1, 2]], [[1], [2]], [1, 2, 3]]),
        (postgresql.INET(), ["10.0.0.0/8", "10.0.0.1/8", "10.0.0.0/16", "10.0.0.1", "11.0.0.0/8", "::/0"]),
    ],
    ids=lambda each: repr(each)[:40],
)
def test_values_sort_as_postgresql_sorts_them(type_: TypeEngine[Any], ascending: list[object]) -> None:
    made = codec(type_)
    kept = [stored(made, value) for value in ascending]
    shuffled = kept[::-1]
    assert sorted(shuffled, key=made.order) == kept


def test_json_has_no_order() -> None:
    order = codec(types.JSON()).order
    assert order is not None
    with pytest.raises(UnsupportedQuery, match=r"boxes\.content is JSON, which has no order"):
        order("1")


@pytest.mark.parametrize(
    ("type_", "one", "other", "equal"),
    [
        (types.JSON(), {"a": 1, "b": [1.0]}, {"b": [1], "a": 1.0}, True),
        (types.JSON(), [1], [True], False),
        (types.JSON(), [1, 2], [2, 1], False),
        (types.JSON(), 1e300, 10**300, True),
        (types.JSON(), {}, [], False),
        (types.JSON(), None, False, False),
        (types.Time(timezone=True), time(1, tzinfo=UTC), time(6, 30, tzinfo=EAST), False),
        (types.Time(timezone=True), time(1, tzinfo=UTC), time(1, tzinfo=timezone(timedelta(0), "Z")), True),
        (types.ARRAY(types.Time(timezone=True)), [time(1, tzinfo=UTC)], [time(6, 30, tzinfo=EAST)], False),
        (
            types.DateTime(timezone=True),
            datetime(2024, 1, 1, 5, 30, tzinfo=EAST),
            datetime(2024, 1, 1, tzinfo=UTC),
            True,
        ),
        (types.Numeric(), D("1.0"), D(1), True),
        (types.CHAR(4), "a", "a  ", True),
        (types.String(4), "a", "a  ", False),
        (types.Float(), 0.0, -0.0, True),
    ],
)
def test_values_are_equal_as_postgresql_calls_them_equal(
    type_: TypeEngine[Any], one: object, other: object, equal: bool
) -> None:
    made = codec(type_)
    keys = [each if made.key is None else made.key(each) for each in (stored(made, one), stored(made, other))]
    assert (keys[0] == keys[1], len(set(keys)) == 1) == (equal, equal)


@pytest.mark.parametrize(
    ("type_", "operand", "compared"),
    [
        (types.SmallInteger(), 2**40, 2**40),
        (types.Numeric(3, 1), D("12345.678"), D("12345.678")),
        (types.Numeric(3, 1), 0.1, D("0.1")),
        (types.Float(), 1, 1.0),
        (types.String(2), "longer", "longer"),
        (types.CHAR(2), "a ", "a "),
        (types.Enum(Color), Color.RED, "RED"),
        (postgresql.TIMESTAMP(precision=0), datetime(2024, 1, 1, 0, 0, 0, 1), datetime(2024, 1, 1, 0, 0, 0, 1)),
        (Bracketed(), "x", "<x>"),
        (types.ARRAY(types.SmallInteger), [2**20], (2**20,)),
    ],
)
def test_an_operand_need_not_fit_the_column(type_: TypeEngine[Any], operand: object, compared: object) -> None:
    made = codec(type_)
    assert made.operand is not None
    given = made.operand(operand)
    assert (given, type(given)) == (compared, type(compared))


def test_an_operand_is_of_the_columns_type() -> None:
    for type_, operand in ((types.Integer(), "1"), (types.Float(), True), (types.DateTime(), date(2024, 1, 1))):
        made = codec(type_)
        assert made.operand is not None
        with pytest.raises(WrongType):
            made.operand(operand)
    floating = codec(types.Float()).operand
    assert floating is not None
    with pytest.raises(ValueOutOfRange):
        floating(10**400)
