"""SQL expressions that are assigned to attributes, or made by defaults: converted as PostgreSQL's assignment does."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from attrs import field
from sqlalchemy import CHAR, Column, Date, Double, Integer, Numeric, SmallInteger, String, Table, func, literal, text
from sqlalchemy.orm import column_property, registry

from unitofwork import Database, UnitOfWork, entity, map_entity, repository
from unitofwork.adapters.memory.database import MemoryDatabase
from unitofwork.domain.errors import InvalidValue, UnsupportedQuery, ValueOutOfRange, ValueTooLong

made = registry()
things = Table(
    "assigned_things",
    made.metadata,
    Column("id", Integer, primary_key=True),
    Column("age", Integer),
    Column("small", SmallInteger),
    Column("price", Numeric(6, 2)),
    Column("name", String(5)),
    Column("code", CHAR(4)),
    Column("low", String(10), default=func.lower("ABC")),
    Column("changes", Integer, default=0, onupdate=text("changes + 1")),
    Column("weight", Double),
    Column("day", Date),
)
c = things.c


@entity
class Thing:
    age: Any = None
    small: Any = None
    price: Any = None
    name: Any = None
    code: Any = None
    low: Any = None
    changes: Any = None
    weight: Any = None
    day: Any = None
    id: int | None = None
    initial: Any = field(init=False)
    half: Any = field(init=False)


map_entity(
    made,
    Thing,
    things,
    properties={
        "initial": column_property(func.substr(things.c.name, 1, 1)),
        "half": column_property(func.power(things.c.age, 0.5)),
    },
)


class Things(UnitOfWork):
    things = repository(Thing)


@pytest.fixture
def database() -> Database:
    """Keeps one thing."""
    database = MemoryDatabase(made)
    with Things(database) as uow:
        uow.things.add(Thing(5, 3, Decimal("10.25"), "abc", "xy", weight=2.5, day=date(2024, 2, 28)))
        uow.commit()
    return database


@pytest.mark.parametrize(
    ("name", "expression", "expected"),
    [
        ("age", c.age + 1, 6),
        ("age", c.price, 10),
        ("age", c.weight * 3, 8),
        ("age", text("age + 2"), 7),
        ("age", text("'7'"), 7),
        ("age", func.length(c.code), 2),
        ("price", c.price / 3, Decimal("3.42")),
        ("price", c.weight, Decimal("2.50")),
        ("price", text("1.005"), Decimal("1.01")),
        ("weight", c.price, 10.25),
        ("name", func.upper(c.name), "ABC"),
        ("name", c.code + "|", "xy|"),
        ("name", func.concat(c.name, c.age), "abc5"),
        ("code", c.name, "abc "),
        ("day", c.day + 1, date(2024, 2, 29)),
    ],
    ids=str,
)
def test_an_expression_is_converted_for_its_column(
    database: Database, name: str, expression: Any, expected: object
) -> None:
    with Things(database) as uow:
        thing = uow.things.find_one()
        setattr(thing, name, expression)
        uow.flush()
        assert repr(getattr(thing, name)) == repr(expected)
        assert thing.changes == 1
        uow.commit()
    with Things(database) as uow:
        assert repr(getattr(uow.things.find_one(), name)) == repr(expected)


@pytest.mark.parametrize(
    ("name", "expression", "error"),
    [
        ("small", c.age * 10_000, ValueOutOfRange),
        ("price", c.age * 1_000_000, ValueOutOfRange),
        ("name", c.name + "xyz", ValueTooLong),
        ("name", text("'abcdefgh'"), ValueTooLong),
        ("small", c.age / 0, InvalidValue),
        ("weight", func.sqrt(-c.age), InvalidValue),
        ("age", literal("7"), UnsupportedQuery),
    ],
    ids=str,
)
def test_what_the_column_does_not_take_is_refused(
    database: Database, name: str, expression: Any, error: type[Exception]
) -> None:
    with Things(database) as uow:
        setattr(uow.things.find_one(), name, expression)
        with pytest.raises(error):
            uow.flush()


def test_an_expression_makes_a_new_row(database: Database) -> None:
    with Things(database) as uow:
        thing = Thing(text("1 + 1"), name=func.upper("ab"))
        uow.things.add(thing)
        uow.commit()
        assert (thing.age, thing.name, thing.low, thing.changes) == (2, "AB", "abc", 0)


def test_a_new_row_has_no_columns_to_name(database: Database) -> None:
    with Things(database) as uow:
        uow.things.add(Thing(c.age + 1))
        with pytest.raises(UnsupportedQuery, match=r"assigned_things\.age, which is not at hand"):
            uow.flush()


def test_an_expression_is_loaded_whose_type_sqlalchemy_does_not_know(database: Database) -> None:
    with Things(database) as uow:
        thing = uow.things.find_one()
        assert (thing.initial, thing.half) == ("a", 5**0.5)
