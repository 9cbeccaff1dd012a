"""What expressions give, of SQLAlchemy's constructs and as text: PostgreSQL's answers to the same."""

import builtins
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import (
    ARRAY,
    CHAR,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Enum,
    Float,
    Integer,
    Interval,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    Time,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    column,
    extract,
    false,
    func,
    literal,
    not_,
    null,
    or_,
    text,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB

from unitofwork.adapters.memory.expressions import CannotEvaluate, compile_expression
from unitofwork.domain.errors import InvalidValue, MappingError, ValueOutOfRange, ValueTooLong, WrongType

things = Table(
    "things",
    MetaData(),
    Column("i", Integer),
    Column("s", SmallInteger),
    Column("b", BigInteger),
    Column("n", Numeric(12, 2)),
    Column("f", Double),
    Column("r", Float(24)),
    Column("t", String(20)),
    Column("c", CHAR(5)),
    Column("ok", Boolean),
    Column("d", Date),
    Column("ts", DateTime),
    Column("tz", DateTime(timezone=True)),
    Column("tm", Time),
    Column("iv", Interval),
    Column("u", Uuid),
    Column("e", Enum("low", "high", "extreme", name="level")),
    Column("j", JSON),
    Column("jb", JSONB),
    Column("a", ARRAY(Integer)),
    Column("Odd name", Integer),
    Column("nothing", Integer),
)
PLACE = {each: place for place, each in enumerate(things.c, start=1)}
VALUES: dict[str, Any] = {
    "i": 7,
    "s": 3,
    "b": 2**40,
    "n": Decimal("2.50"),
    "f": 0.5,
    "r": 0.25,
    "t": "Hällo_%",
    "c": "ab",
    "ok": True,
    "d": date(2024, 2, 29),
    "ts": datetime(2024, 2, 29, 12, 30, 15, 250_000),
    "tz": datetime(2024, 2, 29, 12, 30, tzinfo=UTC),
    "tm": time(23, 30),
    "iv": timedelta(days=1, hours=2),
    "e": "high",
    "j": '{"a": {"b": [1, "x", null, 2.5]}}',
    "jb": '{"a": true, "n": null, "t": "text"}',
    "a": (1, 2),
    "Odd name": -5,
}
ROW = (1, *(VALUES.get(each.name) for each in things.c))
c = things.c
D = Decimal


class NoRows:
    """Expressions that read nothing but the row."""

    def now(self) -> datetime:
        return datetime(2026, 1, 2, 23, 30, tzinfo=UTC)

    def table(self, table: Table) -> Any:
        raise AssertionError

    def rows(self, table: Any) -> Sequence[tuple[Any, ...]]:
        raise AssertionError

    def find(self, table: Any, columns: tuple[Any, ...], values: tuple[Any, ...]) -> Sequence[tuple[Any, ...]]:
        raise AssertionError


def evaluate(clause: Any, place: Mapping[Column[Any], int] = PLACE, into: Column[Any] | None = None) -> Any:
    return compile_expression(clause, place, into=into)(ROW, NoRows())


@pytest.mark.parametrize(
    ("clause", "value"),
    [
        (c.i + 1, 8),
        (c.i - c.s * 2, 1),
        (c.i // 2, 3),
        (-c.i // 2, -3),
        (c.i % 4, 3),
        (-c.i % 4, -3),
        (c.i / 2, D("3.5000000000000000")),
        (c.n / 3, D("0.83333333333333333333")),
        (c.n * c.n, D("6.2500")),
        (c.n + c.i, D("9.50")),
        (c.n % 2, D("0.50")),
        (c.f * c.i, 3.5),
        (c.f + c.n, 3.0),
        (c.r + c.r, 0.5),
        (-c.n, D("-2.50")),
        (c.t + "!", "Hällo_%!"),
        (c.c + "|", "ab|"),
        (literal("x") + c.t + c.t, "xHällo_%Hällo_%"),
        (c.t.concat(c.nothing), None),
        (c.d + 1, date(2024, 3, 1)),
        (c.d - date(2024, 1, 1), 59),
        (c.ts - c.iv, datetime(2024, 2, 28, 10, 30, 15, 250_000)),
        (c.d + c.iv, datetime(2024, 3, 1, 2, 0)),
        (c.tm + c.iv, time(1, 30)),
        (text("iv * 2"), timedelta(days=2, hours=4)),
        (c.ts - datetime(2024, 2, 29), timedelta(hours=12, minutes=30, seconds=15, microseconds=250_000)),
        (c.i > 5, True),
        (c.i > c.n, True),
        (c.f == c.n / 5, True),
        (c.d < c.ts, True),
        (c.ts > c.tz, True),
        (c.t == "hällo_%", False),
        (c.c == "ab", True),
        (c.e > "low", True),
        (c.e < "extreme", True),
        (c.nothing == 1, None),
        (c.nothing != c.nothing, None),
        (c.nothing.is_(None), True),
        (c.i.is_not(None), True),
        (c.nothing.is_distinct_from(1), True),
        (c.nothing.is_not_distinct_from(None), True),
        (c.ok.is_(True), True),
        ((c.nothing > 1).is_(False), False),
        (c.ok.is_not(False), True),
        (and_(c.i > 1, c.nothing > 1), None),
        (and_(c.i < 1, c.nothing > 1), False),
        (or_(c.i > 1, c.nothing > 1), True),
        (or_(c.i < 1, c.nothing > 1), None),
        (not_(c.nothing > 1), None),
        (~c.ok, False),
        (and_(true(), c.ok), True),
        (or_(false(), c.i == 7), True),
        (c.i.in_([1, 7]), True),
        (c.i.in_([1, None]), None),
        (c.i.not_in([1, None]), None),
        (c.i.not_in([]), True),
        (c.i.in_([]), False),
        (c.i.between(1, 7), True),
        (~c.i.between(1, c.nothing), None),
        (c.t.like("H%"), True),
        (c.t.like(r"%\_\%"), True),
        (c.t.like("%!_!%", escape="!"), True),
        (c.t.not_like("h%"), True),
        (c.t.ilike("hÄ%"), True),
        (c.t.startswith("H_"), True),
        (c.t.startswith("H_", autoescape=True), False),
        (c.t.endswith("_%", autoescape=True), True),
        (c.t.contains("LL"), False),
        (c.t.icontains("LL"), True),
        (case((c.i > 5, "big"), (c.i > 1, "middle"), else_="small"), "big"),
        (case((c.i > 50, 1), else_=c.n), D("2.50")),
        (case((c.i > 50, 1)), None),
        (case({7: "seven"}, value=c.i), "seven"),
        (case((c.i == 7, 1), else_=c.i / (c.i - 7)), D(1)),
        (func.coalesce(c.nothing, c.i, 1 // (c.i - 7)), 7),
        (func.nullif(c.i, 7), None),
        (func.nullif(c.i, 8), 7),
        (func.greatest(c.i, c.nothing, c.s), 7),
        (func.least(c.i, c.n), D("2.50")),
        (func.lower(c.t), "hällo_%"),
        (func.upper(c.t), "HÄLLO_%"),
        (func.length(c.t), 7),
        (func.char_length(c.c), 2),
        (func.abs(-c.i), 7),
        (func.round(c.n), D(3)),
        (func.round(c.n * -1, 1), D("-2.5")),
        (func.round(c.f), 0.0),
        (func.floor(-c.n), D(-3)),
        (func.ceil(c.n), D(3)),
        (func.mod(c.i, 4), 3),
        (func.power(c.i, 2), 49.0),
        (func.substr(c.t, 2, 3), "äll"),
        (func.substr(c.t, 0, 2), "H"),
        (func.trim("  a "), "a"),
        (func.ltrim("xxay", "xy"), "ay"),
        (func.replace(c.t, "l", "L"), "HäLLo_%"),
        (func.concat(c.t, c.nothing, c.i), "Hällo_%7"),
        (func.concat_ws("-", 1, None, "x"), "1-x"),
        (func.split_part("a,b", ",", 2), "b"),
        (func.num_nonnulls(c.i, c.nothing), 1),
        (extract("year", c.d), D(2024)),
        (extract("second", c.ts), D("15.250000")),
        (extract("epoch", c.iv), D("93600.000000")),
        (func.date_trunc("month", c.ts), datetime(2024, 2, 1)),
        (func.now(), datetime(2026, 1, 2, 23, 30, tzinfo=UTC)),
        (func.current_date(), date(2026, 1, 2)),
        (func.localtimestamp(), datetime(2026, 1, 2, 23, 30)),
        (cast(c.n, Integer), 3),
        (cast(c.f, Integer), 0),
        (cast(c.i, String(1)), "7"),
        (cast(c.t, String(2)), "Hä"),
        (cast("12", Integer), 12),
        (cast(c.i, Numeric(5, 1)), D("7.0")),
        (cast(c.ts, Date), date(2024, 2, 29)),
        (cast(c.ok, Integer), 1),
        (cast(c.i, Boolean), True),
        (cast(c.ts, Text), "2024-02-29 12:30:15.25"),
        (cast("2024-01-01", Date), date(2024, 1, 1)),
        (type_coerce(c.i, String), 7),
        (c.j["a"]["b"][0].as_integer(), 1),
        (c.j[("a", "b", -1)].as_float(), 2.5),
        (c.j[("a", "b", 1)].as_string(), "x"),
        (c.j["nobody"].as_string(), None),
        (c.jb["a"].as_boolean(), True),
        (c.jb["n"].as_string(), None),
        (c.jb["t"].astext, "text"),
        (c.jb["t"], '"text"'),
        (c.jb == {"n": None, "t": "text", "a": True}, True),
        (c.a == [1, 2], True),
        (c.i.label("seven"), 7),
        (c.i.op("^")(2), 49.0),
        (literal(2.5), 2.5),
        (null(), None),
    ],
    ids=str,
)
def test_a_clause_gives_what_postgresql_gives(clause: Any, value: Any) -> None:
    found = evaluate(clause)
    assert (found, type(found), str(found)) == (value, type(value), str(value))


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("i >= 0", True),
        ("I >= 0 AND things.i < 8", True),
        ('"Odd name" < 0', True),
        ("nothing > 0", None),
        ("nothing IS NULL OR i / 0 > 1", True),
        ("i / 2", 3),
        ("i / 2.0", D("3.5000000000000000")),
        ("i % 4 * 2", 6),
        ("- i ^ 2", 49.0),
        ("i + 1.50", D("8.50")),
        ("12345678901", 12345678901),
        ("'EUR'", "EUR"),
        ("t LIKE 'H%' AND t NOT LIKE '%x'", True),
        ("t ILIKE '%!%' ESCAPE '!'", True),
        ("i IN (1, 7) AND i NOT IN (2, 3)", True),
        ("i BETWEEN 1 AND 7 AND NOT i BETWEEN 8 AND 9", True),
        ("t IN ('a', 'Hällo_%')", True),
        ("char_length(trim(t)) > 3", True),
        ("lower(t) = t", False),
        ("n::int + '1'::integer", 4),
        ("CAST(i AS varchar(1)) || 'x'", "7x"),
        ("i::numeric(5, 1)", D("7.0")),
        ("CASE WHEN i > 5 THEN 'big' ELSE 'small' END", "big"),
        ("CASE i WHEN 7 THEN n END", D("2.50")),
        ("coalesce(nothing, i)", 7),
        ("d >= '2024-01-01' AND d < DATE '2024-03-01'", True),
        ("ts < tz + interval '1 day'", True),
        ("extract(month FROM d) = 2", True),
        ("d IS DISTINCT FROM NULL", True),
        ("ok IS TRUE AND ok IS NOT FALSE AND ok", True),
        ("i = ANY (ARRAY[1, 7])", True),
        ("t ~ '^H[^0-9]+_%$'", True),
        ("t !~* '^h.{2}$'", True),
        ("jb ->> 't' = 'text'", True),
        ("e = 'high' AND e > 'low'", True),
        ("now() > '2020-01-01'", True),
        ("octet_length(t)", 8),
        ("position('l' in t)", 3),
        ("substring(t from 1 for 1)", "H"),
        ("(i)", 7),
        ("true", True),
        ("NULL", None),
    ],
)
def test_text_gives_what_postgresql_gives(sql: str, value: Any) -> None:
    found = evaluate(text(sql))
    assert (found, type(found), str(found)) == (value, type(value), str(value))


@pytest.mark.parametrize(
    ("clause", "error"),
    [
        (c.i // 0, InvalidValue),
        (c.n % 0, InvalidValue),
        (c.f / (c.f - 0.5), InvalidValue),
        (c.i * 2**30, ValueOutOfRange),
        (c.s + cast(32_767, SmallInteger), ValueOutOfRange),
        (c.b * c.b, ValueOutOfRange),
        (c.f * 1e308 * 10.0, ValueOutOfRange),
        (cast(c.b, Integer), ValueOutOfRange),
        (cast(c.t, Integer), WrongType),
        (cast(c.n * 1000, Numeric(3, 1)), ValueOutOfRange),
        (func.substr(c.t, 1, -1), InvalidValue),
        (c.t.like("\\"), InvalidValue),
        (c.d + 10_000_000, WrongType),
        (func.sqrt(-c.i), InvalidValue),
        (func.power(-8.0, 0.5), InvalidValue),
        (func.power(0.0, -1), InvalidValue),
    ],
    ids=str,
)
def test_what_fails_there_fails_here(clause: Any, error: type[InvalidValue]) -> None:
    with pytest.raises(InvalidValue) as caught:
        evaluate(clause)
    assert type(caught.value) is error


def test_both_sides_are_evaluated_though_one_is_null() -> None:
    with pytest.raises(InvalidValue):
        evaluate(c.nothing + c.i // 0)


@pytest.mark.parametrize(
    ("clause", "construct"),
    [
        (func.frobnicate(c.i), r"the function frobnicate\(integer\)"),
        (func.lower(c.i), r"the function lower\(integer\)"),
        (c.t.collate("de_DE"), "the construct Collat"),
        (c.t > c.i, "text beside integer|integer beside text"),
        (c.i + c.t, r"integer \+ text"),
        (c.j == {}, "= between values of the type json"),
        (func.row_number().over(), "Over"),
        (c.i == bindparam("later"), "a parameter that is given its value later"),
        (column("stray"), "the column stray, which is not at hand"),
        (Table("others", MetaData(), Column("x", Integer)).c.x, r"the column others\.x"),
        (c.i.op("@@")(1), "the operator @@"),
        (func.sum(c.i), "the aggregate sum"),
        (text("frobnicate(i) > 1"), r"the function frobnicate\(integer\)"),
        (text("stray > 1"), "the name stray"),
        (text("i >"), "the text 'i >', which cannot be parsed"),
        (text("i > 1, 2"), "which is not one expression"),
        (text("i FROM x"), "which is not one expression"),
        (text("i > 1; DROP TABLE things"), "which is not one expression"),
        (text("t ~ t"), "a regular expression that is no literal"),
        (text(r"t ~ '\w'"), "a regular expression of more"),
        (text("t COLLATE \"C\" > 'a'"), "the construct Collate in text"),
        (text("(SELECT 1) = i"), "the construct Subquery in text"),
        (text("i = :later").bindparams(later=1), "text with parameters"),
        (text("i::serial"), "a cast to"),
        (text("d > 'yesterday'"), "a date that is not written as"),
        (text("i > 'x'"), "a literal that is no integer"),
    ],
    ids=str,
)
def test_what_is_not_evaluated_is_named(clause: Any, construct: str) -> None:
    with pytest.raises(CannotEvaluate, match=construct):
        evaluate(clause)


def test_a_value_becomes_what_its_column_holds() -> None:
    assert evaluate(c.i / 2, into=c.i) == 4
    assert evaluate(c.i * c.n, into=c.n) == D("17.50")
    assert str(evaluate(c.i, into=c.n)) == "7.00"
    assert evaluate(text("'2024-01-01'"), into=c.d) == date(2024, 1, 1)
    assert evaluate(func.now(), into=c.ts).tzinfo is None
    assert evaluate(c.t, into=c.t) == "Hällo_%"
    with pytest.raises(ValueTooLong, match=r"things\.c takes at most 5"):
        evaluate(c.t + c.t, into=c.c)
    with pytest.raises(ValueOutOfRange):
        evaluate(c.b, into=c.i)
    with pytest.raises(CannotEvaluate, match="text for a column of integer"):
        evaluate(c.t, into=c.i)


def test_text_without_the_parser_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "unitofwork.adapters.memory.expressions.parsing", raising=False)
    importing = builtins.__import__

    def missing(name: str, *arguments: Any) -> Any:
        if name == "sqlglot":
            raise ModuleNotFoundError("no such module", name="sqlglot")
        return importing(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", missing)
    assert evaluate(c.i + 1) == 8
    with pytest.raises(MappingError, match=r"install unitofwork\[memory\]"):
        evaluate(text("i + 1"))
