"""The name of whom an event tells: the same for equal keys, since an aggregate's messages are kept in order by it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from uuid import UUID

import pytest

from unitofwork.service_layer.aggregates import aggregate_name

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


class Price: ...


class Colour(str, Enum):  # noqa: UP042  # whose text is not its value, as that of a StrEnum is
    RED = "red"


class Size(IntEnum):
    SMALL = 1


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ((42,), "Price:42"),
        ((3, "b"), "Price:3,b"),
        ((UUID(int=1),), "Price:00000000-0000-0000-0000-000000000001"),
        ((Decimal("1.50"),), "Price:1.5"),
        ((Decimal("1E+2"),), "Price:100"),
        ((Decimal("123456789012345678901234567890.10"),), "Price:123456789012345678901234567890.1"),
        ((1e300,), "Price:1e+300"),
        ((datetime(2026, 3, 4),), "Price:2026-03-04 00:00:00"),
    ],
)
def test_it_is_the_class_and_the_key(key: tuple[object, ...], name: str) -> None:
    assert aggregate_name(Price, key) == name


@pytest.mark.parametrize(
    ("given", "loaded"),
    [
        (Decimal(1), Decimal("1.00")),
        (1, Decimal("1.00")),
        (Decimal("100"), Decimal("1E+2")),
        (Decimal(0), Decimal("0.00")),
        (1, 1.0),
        (True, 1),
        (Colour.RED, "red"),
        (Size.SMALL, 1),
        (NOON.astimezone(timezone(timedelta(hours=2))), NOON),
    ],
)
def test_equal_keys_have_one_however_they_are_written(given: object, loaded: object) -> None:
    assert given == loaded
    assert aggregate_name(Price, (given, "a")) == aggregate_name(Price, (loaded, "a"))
