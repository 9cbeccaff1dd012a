"""Which values a column takes."""

import enum
import math
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Dialect, Integer, Numeric, String, create_engine, types
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.engine import url

from unitofwork.adapters.orm.column_types import test_of as make_test
from unitofwork.adapters.orm.rules import Refusal
from unitofwork.domain.errors import InvalidValue, ValueOutOfRange, ValueTooLong, WrongType

POSTGRESQL, SQLITE, MARIADB = (url.make_url(f"{name}://").get_dialect()() for name in ("postgresql", "sqlite", "mysql"))


class Color(enum.Enum):
    RED = 1


class Lower(types.TypeDecorator[str]):
    """Kept in lower case."""

    impl = String(5)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if not isinstance(value, str):
            raise TypeError("no text")
        return value.lower() or None


class Length(types.TypeDecorator[str]):
    """A text kept as a number."""

    impl = types.SmallInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return len(value)


class Wrapped(types.TypeDecorator[Any]):
    """A decorator of a type without rules."""

    impl = types.PickleType
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return {"value": value}


class Short(types.TypeDecorator[str]):
    """A decorator that changes nothing."""

    impl = String(2)
    cache_ok = True


def refusal(type_: types.TypeEngine[Any], value: object, dialect: Dialect = POSTGRESQL, *, stored: bool = True) -> Any:
    test = make_test(type_, dialect, stored=stored)
    return None if test is None else test(value)


NAIVE, AWARE = datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC)

ZONE = "takes times with a time zone: give it one, such as tzinfo=UTC"
NO_ZONE = "takes times without a time zone: declare the column with timezone=True, or drop the zone"
UUID_TEXT = "takes the text of a UUID: 32 hexadecimal digits, with hyphens or without"
NO_JSON = "takes finite numbers only, and nothing that holds itself"
SURROGATE = "takes no surrogate, which is half a character"

ENDLESS: list[object] = []
ENDLESS.append(ENDLESS)

TAKEN = [
    (String(), ""),
    (String(3), "abc"),
    (String(3), "äöü"),
    (types.Text(), "x" * 100_000),
    (types.SmallInteger(), 2**15 - 1),
    (types.SmallInteger(), -(2**15)),
    (Integer(), 2**31 - 1),
    (Integer(), -(2**31)),
    (types.BigInteger(), 2**63 - 1),
    (types.BigInteger(), -(2**63)),
    (mysql.INTEGER(unsigned=True), 2**32 - 1),
    (types.Boolean(), True),
    (types.Float(), 1),
    (types.Float(), 1.5),
    (types.Double(), -1e300),
    (Numeric(4, 2), Decimal("99.99")),
    (Numeric(4, 2), Decimal("99.994")),
    (Numeric(4, 2), Decimal("-99.994999999999999999999")),
    (Numeric(4, 2), 99),
    (Numeric(4, 2), 0.1 + 0.2),
    (Numeric(4), Decimal("9999.4")),
    (Numeric(), Decimal("1e1000")),
    (Numeric(20, 10), Decimal("1234567890.0123456789")),
    (types.Date(), date(2024, 1, 1)),
    (types.DateTime(), NAIVE),
    (types.DateTime(timezone=True), AWARE),
    (types.Time(), time(12)),
    (types.Time(timezone=True), time(12, tzinfo=UTC)),
    (types.Interval(), timedelta(1)),
    (types.Uuid(), uuid.UUID(int=1)),
    (types.Uuid(as_uuid=False), str(uuid.UUID(int=1))),
    (types.Enum(Color), Color.RED),
    (types.Enum(Color), "RED"),
    (types.Enum("a", "b"), "b"),
    (types.LargeBinary(3), b"abc"),
    (types.LargeBinary(3), bytearray(b"abc")),
    (types.LargeBinary(3), memoryview(b"abc")),
    (types.VARBINARY(3), b"abc"),
    (types.LargeBinary(), b"abc" * 1000),
    (Wrapped(), [1]),
    (types.Uuid(as_uuid=False), uuid.UUID(int=10**38).hex.upper()),
    (types.JSON(), {"a": [1, 2.5, True, None, "äöü 🐿"], 5: ()}),
    (types.JSON(), "a text that says \\u0000"),
    (types.JSON(), types.JSON.NULL),
    (types.ARRAY(Integer), "whatever"),
    (types.PickleType(), object()),
    (mysql.SET("a", "b"), {"a"}),
    (Lower(), "ABCDE"),
    (Lower(), ""),  # becomes None
    (Length(), "abc"),
    (Short(), "ab"),
    (String(2).with_variant(String(5), "postgresql"), "abcde"),
]

REFUSED = [
    (String(), 1, WrongType, "takes str, not int"),
    (String(), b"abc", WrongType, "takes str, not bytes"),
    (String(), "a\0b", InvalidValue, "takes no NUL character"),
    (String(), "a\ud800", InvalidValue, "takes no surrogate, which is half a character"),
    (String(3), "abcd", ValueTooLong, "takes at most 3 characters"),
    (String(3), "abc ", ValueTooLong, "takes at most 3 characters"),  # PostgreSQL would cut the space off
    (types.SmallInteger(), 2**15, ValueOutOfRange, "takes integers of 16 bits"),
    (Integer(), 2**31, ValueOutOfRange, "takes integers of 32 bits"),
    (Integer(), -(2**31) - 1, ValueOutOfRange, "takes integers of 32 bits"),
    (types.BigInteger(), 2**63, ValueOutOfRange, "takes integers of at most 64 bits"),
    (Integer(), True, WrongType, "takes int, not bool"),
    (Integer(), 1.0, WrongType, "takes int, not float"),
    (Integer(), "1", WrongType, "takes int, not str"),
    (types.Boolean(), 1, WrongType, "takes bool, not int"),
    (types.Float(), True, WrongType, "takes int or float, not bool"),
    (types.Float(), Decimal(1), WrongType, "takes int or float, not Decimal"),
    (types.Float(), math.nan, ValueOutOfRange, "takes finite numbers only"),
    (types.Float(), -math.inf, ValueOutOfRange, "takes finite numbers only"),
    (types.Float(), 10**400, ValueOutOfRange, "takes numbers up to 1.7976931348623157e+308"),
    (Numeric(4, 2), Decimal("99.995"), ValueOutOfRange, "takes at most 2 digits before the point"),
    (Numeric(4, 2), -100, ValueOutOfRange, "takes at most 2 digits before the point"),
    (Numeric(3, 2), 9.995, ValueOutOfRange, "takes at most 1 digits before the point"),
    (Numeric(4), Decimal("9999.5"), ValueOutOfRange, "takes at most 4 digits before the point"),
    (Numeric(), Decimal("1e131072"), ValueOutOfRange, "takes at most 131072 digits before the point"),
    (Numeric(), Decimal("NaN"), ValueOutOfRange, "takes finite numbers only"),
    (Numeric(), Decimal("sNaN"), ValueOutOfRange, "takes finite numbers only"),
    (Numeric(), Decimal("-Infinity"), ValueOutOfRange, "takes finite numbers only"),
    (Numeric(), "1", WrongType, "takes Decimal, int or float, not str"),
    (types.Date(), NAIVE, WrongType, "takes date, not datetime"),
    (types.Date(), "2024-01-01", WrongType, "takes date, not str"),
    (types.DateTime(), date(2024, 1, 1), WrongType, "takes datetime, not date"),
    (types.DateTime(), AWARE, WrongType, NO_ZONE),
    (types.DateTime(timezone=True), NAIVE, WrongType, ZONE),
    (types.Time(), "12:00", WrongType, "takes time, not str"),
    (types.Time(), time(12, tzinfo=UTC), WrongType, NO_ZONE),
    (types.Time(timezone=True), time(12), WrongType, ZONE),
    (types.Interval(), 1, WrongType, "takes timedelta, not int"),
    (types.Uuid(), str(uuid.UUID(int=1)), WrongType, "takes UUID, not str"),
    (types.Uuid(as_uuid=False), uuid.UUID(int=1), WrongType, "takes str, not UUID"),
    (types.Uuid(as_uuid=False), "notuuid", InvalidValue, UUID_TEXT),
    (types.Uuid(as_uuid=False), f"urn:uuid:{uuid.UUID(int=1)}", InvalidValue, UUID_TEXT),
    (types.JSON(), {"a": [{1}]}, WrongType, "takes what can be written as JSON"),
    (types.JSON(), {("a", "b"): 1}, WrongType, "takes what can be written as JSON"),
    (types.JSON(), {"a": [math.nan]}, InvalidValue, NO_JSON),
    (types.JSON(), -math.inf, InvalidValue, NO_JSON),
    (types.JSON(), ENDLESS, InvalidValue, NO_JSON),
    (types.JSON(), {"a": ["b\0"]}, InvalidValue, "takes no NUL character"),
    (types.JSON(), {"a\\\0": 1}, InvalidValue, "takes no NUL character"),
    (types.JSON(), [{"\ud800": 1}], InvalidValue, SURROGATE),
    (types.JSON(), "\udfff", InvalidValue, SURROGATE),
    (types.JSON().with_variant(postgresql.JSONB(), "postgresql"), math.nan, InvalidValue, NO_JSON),
    (types.Enum(Color), "BLUE", WrongType, "takes Color, not str"),
    (types.Enum(Color), 1, WrongType, "takes Color, not int"),
    (types.Enum("a", "b"), "c", WrongType, "takes one of a, b"),
    (types.Enum("a", "b"), ["a"], WrongType, "takes one of a, b"),
    (types.LargeBinary(), "abc", WrongType, "takes bytes, not str"),
    (types.LargeBinary(3), b"abcd", ValueTooLong, "takes at most 3 bytes"),
    (types.LargeBinary(3), memoryview(b"abcd"), ValueTooLong, "takes at most 3 bytes"),
    (types.BINARY(3), b"abcd", ValueTooLong, "takes at most 3 bytes"),
    (Lower(), "ABCDEF", ValueTooLong, "takes at most 5 characters"),
    (Lower(), 1, WrongType, "does not take this int"),
    (Length(), "x" * 2**15, ValueOutOfRange, "takes integers of 16 bits"),
    (Short(), "abc", ValueTooLong, "takes at most 2 characters"),
    (String(5).with_variant(String(2), "postgresql"), "abc", ValueTooLong, "takes at most 2 characters"),
]  # fmt: skip


def _shown(value: object) -> str:
    """A test's name, which must be the same in each process: without addresses."""
    return repr(value).partition(" at 0x")[0]


@pytest.mark.parametrize(("type_", "value"), TAKEN, ids=_shown)
def test_a_value_that_postgresql_takes_is_taken(type_: types.TypeEngine[Any], value: object) -> None:
    assert refusal(type_, value) is None
    assert refusal(type_, value, stored=False) is None


@pytest.mark.parametrize(("type_", "value", "error", "text"), REFUSED, ids=_shown)
def test_a_value_that_postgresql_refuses_is_refused(
    type_: types.TypeEngine[Any], value: object, error: type[InvalidValue], text: str
) -> None:
    assert refusal(type_, value)[:2] == (error, text)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (String(3), "abcd"),
        (Integer(), 2**40),
        (types.SmallInteger(), 2**20),
        (Numeric(4, 2), 1000),
        (types.LargeBinary(1), b"ab"),
        (Lower(), "ABCDEF"),
    ],
    ids=repr,
)
def test_an_operand_need_not_fit_the_column(type_: types.TypeEngine[Any], value: object) -> None:
    assert refusal(type_, value) is not None
    assert refusal(type_, value, stored=False) is None


@pytest.mark.parametrize(
    ("type_", "value", "error"),
    [
        (String(3), 1, WrongType),
        (String(3), "a\0", InvalidValue),
        (String(3), "\udfff", InvalidValue),
        (types.SmallInteger(), 2**63, ValueOutOfRange),
        (types.SmallInteger(), -(2**63) - 1, ValueOutOfRange),
        (Lower(), 1, WrongType),
    ],
    ids=repr,
)
def test_an_operand_must_be_of_the_columns_kind(
    type_: types.TypeEngine[Any], value: object, error: type[InvalidValue]
) -> None:
    assert refusal(type_, value, stored=False).error is error


@pytest.mark.parametrize(
    "number", ["0.123456789012345", "123456789012345", "-12345.6789", "1e-30", "0", "0e20", "1.50000000000000000"]
)
def test_fifteen_digits_are_kept_where_there_are_no_exact_decimals(number: str) -> None:
    assert refusal(Numeric(), Decimal(number), SQLITE) is None


@pytest.mark.parametrize("number", ["0.1234567890123456", "1234567890123456", "1e15", "100000000000000.5"])
def test_a_sixteenth_digit_is_refused_where_there_are_no_exact_decimals(number: str) -> None:
    assert refusal(Numeric(), Decimal(number), SQLITE) == (
        ValueOutOfRange,
        "takes at most 15 digits in sqlite, which has no exact decimals",
        None,
    )
    assert refusal(Numeric(), Decimal(number), MARIADB) is None


def test_digits_that_rounding_drops_do_not_count() -> None:
    assert refusal(Numeric(10, 2), Decimal("1.00499999999999999999999"), SQLITE) is None


def test_sqlites_own_variant_of_a_type_does_not_count() -> None:
    """``BigInteger().with_variant(Integer, "sqlite")`` is how SQLite is made to count a key, and means 64 bits."""
    key = types.BigInteger().with_variant(Integer, "sqlite")
    assert refusal(key, 2**40, SQLITE) is None
    assert refusal(Integer().with_variant(types.BigInteger(), "mysql"), 2**40, MARIADB) is None
    assert refusal(Integer().with_variant(types.BigInteger(), "mysql"), 2**40, SQLITE) is not None


@given(st.text(st.characters(exclude_categories=[])), st.integers(0, 20))
@example("a \ud800", 1)
@example("a  ", 1)
def test_text_is_taken_if_and_only_if_it_can_be_encoded_and_is_short_enough(text: str, length: int) -> None:
    try:
        encodable = "\0" not in text and bool(text.encode() or True)
    except UnicodeEncodeError:
        encodable = False
    assert (refusal(String(length), text) is None) == (encodable and len(text) <= length)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-2000, max_value=2000), st.integers(1, 6), st.data()
)
@example(Decimal("9.995"), 3, None)
@example(Decimal("-9.9949999999999999999999999999999999"), 3, None)
def test_a_decimal_is_taken_if_and_only_if_it_fits_once_rounded(
    number: Decimal, precision: int, data: st.DataObject | None
) -> None:
    scale = 2 if data is None else data.draw(st.integers(0, precision))
    with localcontext(prec=200):
        rounded = number.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
        fits = abs(rounded) < Decimal(10) ** (precision - scale)
    assert (refusal(Numeric(precision, scale), number) is None) == fits


@given(st.integers())
def test_an_integer_is_taken_if_and_only_if_its_bits_suffice(number: int) -> None:
    for type_, bits in ((types.SmallInteger(), 16), (Integer(), 32), (types.BigInteger(), 64)):
        assert (refusal(type_, number) is None) == (-(2 ** (bits - 1)) <= number < 2 ** (bits - 1))


def test_json_that_is_written_by_other_means_is_checked_by_these() -> None:
    own = create_engine("sqlite://", json_serializer=repr).dialect
    assert refusal(types.JSON(), object(), own) is None


def test_what_a_decorator_raises_is_the_cause() -> None:
    result = refusal(Lower(), 1)
    assert isinstance(result, Refusal)
    assert isinstance(result.cause, TypeError)


@pytest.mark.parametrize("raised", [AttributeError, KeyError, ZeroDivisionError, RuntimeError])
def test_whatever_a_decorator_raises_refuses_the_value(raised: type[Exception]) -> None:
    class Failing(types.TypeDecorator[str]):
        impl = String
        cache_ok = True

        def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
            raise raised

    result = refusal(Failing(), "abc")
    assert result[:2] == (WrongType, "does not take this str")
    assert isinstance(result.cause, raised)
