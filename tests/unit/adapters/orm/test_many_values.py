"""Values tested together are taken only if each of them is."""

import enum
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import make_url, types
from sqlalchemy.dialects import postgresql

from unitofwork.adapters.orm.column_types import test_of as make_test
from unitofwork.adapters.orm.many_values import many_test_of


class Colour(enum.Enum):
    RED = 1


class Text(str):
    """A text of another class."""


class Stripped(types.TypeDecorator[str]):
    impl = types.String(3)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: object) -> Any:
        return None if value is None else value.strip()


class Plain(types.TypeDecorator[str]):
    impl = types.String(3)
    cache_ok = True


TYPES: list[types.TypeEngine[Any]] = [
    types.String(3),
    types.Text(),
    types.Enum(Colour),
    types.Enum("a", "b"),
    types.SmallInteger(),
    types.Integer(),
    types.BigInteger(),
    types.Float(),
    types.Numeric(5, 2),
    types.Boolean(),
    types.Date(),
    types.DateTime(),
    types.DateTime(timezone=True),
    types.Interval(),
    types.Uuid(),
    types.Uuid(as_uuid=False),
    types.LargeBinary(3),
    types.JSON(),
    postgresql.CITEXT(),
    Stripped(),
    Plain(),
]

DIALECTS: list[Any] = [
    make_url(f"{name}://").get_dialect()() for name in ("sqlite", "postgresql+psycopg", "mariadb+pymysql")
]

VALUES = st.sampled_from(
    [
        *("", "a", "b", "abc", "abcd", "RED", "a\0", "\ud800", "ä€🐿", Text("a"), Text("abcd")),
        *(0, 1, -1, 2**15, -(2**15) - 1, 2**31, -(2**31), 2**63, 2**64, True, False),
        *(0.5, 1e308, float("nan"), float("inf"), Decimal("1.5"), Decimal("1e9")),
        *(date(2024, 1, 1), datetime(2024, 1, 1), datetime(2024, 1, 1, tzinfo=UTC), timedelta(1)),
        *(uuid4(), str(uuid4()), b"abc", b"abcd", bytearray(b"a"), Colour.RED, [], {}, object()),
    ]
)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: str(dialect.name))
@pytest.mark.parametrize("type_", TYPES, ids=repr)
@given(values=st.lists(VALUES, min_size=1, max_size=3))
def test_what_is_taken_together_is_taken_one_by_one(type_: Any, dialect: Any, values: list[Any]) -> None:
    together, each = many_test_of(type_, dialect), make_test(type_, dialect, stored=True)
    try:
        taken = together is not None and together(values)
    except TypeError:
        taken = False
    if taken:
        assert each is not None
        assert [each(value) for value in values] == [None] * len(values)


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        (types.String(3), ["", "abc", "ä€"]),
        (types.Integer(), [0, -(2**31), 2**31 - 1]),
        (types.SmallInteger(), [-(2**15), 2**15 - 1]),
        (types.BigInteger(), [2**63 - 1]),
        (types.Float(), [0.5]),
        (types.Boolean(), [True, False]),
        (types.Date(), [date(2024, 1, 1)]),
        (types.DateTime(), [datetime(2024, 1, 1)]),
        (types.Interval(), [timedelta(1)]),
        (types.Uuid(), [UUID(int=1)]),
        (types.LargeBinary(3), [b"abc"]),
        (types.Enum(Colour), [Colour.RED]),
        (types.Enum("a", "b"), ["a", "b"]),
        (Plain(), ["abc"]),
    ],
)
def test_usual_values_are_taken_together(type_: Any, values: list[Any]) -> None:
    together = many_test_of(type_, DIALECTS[0])
    assert together is not None
    assert together(values)
    assert together(values * 1_000)


@pytest.mark.parametrize("type_", TYPES, ids=repr)
def test_none_is_never_taken_together(type_: Any) -> None:
    together = many_test_of(type_, DIALECTS[0])
    if together is not None:
        for values in ([None], ["a", None], [1, None], [None, Colour.RED]):
            with suppress(TypeError):
                assert not together(values)
