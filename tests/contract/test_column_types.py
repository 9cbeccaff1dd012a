"""Row E8: whatever a column's type takes comes back equal, and is found by its value."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, where
from unitofwork.domain.errors import ValueOutOfRange

from .models.samples import Color, NewUnit, Sample, Samples
from .models.samples import mapping as samples_mapping

pytestmark = pytest.mark.row("E8")

EAST = timezone(timedelta(hours=5, minutes=30))

VALUES: dict[str, list[Any]] = {
    "yes": [True, False],
    "small": [0, -(2**15), 2**15 - 1],
    "whole": [0, -(2**31), 2**31 - 1],
    "big": [-(2**63), 2**63 - 1],
    "price": [Decimal(0), Decimal("-0.001"), Decimal("1.100"), Decimal("999999999.999")],
    "exact": [Decimal(0), Decimal("-0.000001"), Decimal("1.25"), Decimal("123456789.123")],
    "ratio": [0.0, -1.5, 1 / 3, 0.1, 1e-300, 1.7976931348623157e308],
    "name": ["", " ", "a%_\\b", "it's", 'say "x"', "Ω ß İ", "🐙"],
    "word": ["", "Ünïcödé"],
    "free": ["", "as long as it takes " * 50],
    "text": ["", "one\ntwo\r\n", "long " * 30_000],
    "data": [b"", b"\x00\xff\\'", bytes(range(256)) * 400],
    "color": list(Color),
    "day": [date(1000, 1, 1), date(2024, 2, 29), date(9999, 12, 31)],
    "moment": [
        datetime(1000, 1, 1),
        datetime(2024, 2, 29, 23, 59, 59, 999_999),
        datetime(1969, 12, 31, 23, 59, 59, 1),
        datetime(9999, 12, 31, 23, 59, 59, 999_999),
    ],
    "instant": [
        datetime(2024, 3, 31, 1, 30, tzinfo=UTC),
        datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=EAST),
        datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
    ],
    "hour": [time(0), time(12, 30), time(23, 59, 59, 999_999)],
    "span": [timedelta(0), timedelta(days=-400, microseconds=1), timedelta(days=9_000, hours=5, microseconds=999_999)],
    "key": [UUID(int=0), UUID("12345678-1234-5678-9234-567812345678"), UUID(int=2**128 - 1)],
    "facts": [{}, [], 0, False, "", "a", 1.5, {"a": [1, None, {"b": "Ω"}], "": True}],
    "settings": [{}, {"a": {"b": 1}}],
}
of_each_type = pytest.mark.parametrize("name", VALUES)


@pytest.fixture
def mapping() -> registry:
    return samples_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Samples(database)


def keep(unit: NewUnit, name: str, values: Iterable[Any]) -> list[int]:
    """The keys of samples, one for each value, after they were committed."""
    samples = [Sample(**{name: given}) for given in values]
    with unit() as uow:
        uow.samples.add_all(samples)
        uow.commit()
        return [sample.id for sample in samples if sample.id is not None]


@of_each_type
def test_what_was_kept_comes_back_equal(unit: NewUnit, name: str) -> None:
    keys = keep(unit, name, VALUES[name])
    with unit() as uow:
        for key, given in zip(keys, VALUES[name], strict=True):
            found = getattr(uow.samples.get_one(key), name)
            assert found == given
            assert isinstance(found, type(given))


@of_each_type
def test_many_rows_are_kept_as_one_is(unit: NewUnit, name: str) -> None:
    short = [value for value in VALUES[name] if not isinstance(value, str | bytes) or len(value) < 1_000]
    given = [*short, None] * (1_200 // len(short))
    with unit() as uow:
        uow.samples.insert_many({name: value} for value in given)
        uow.commit()
    with unit() as uow:
        assert [getattr(sample, name) for sample in uow.samples.find(order_by="id")] == given


@of_each_type
def test_setting_what_was_loaded_to_an_equal_value_changes_nothing(unit: NewUnit, name: str) -> None:
    keys = keep(unit, name, VALUES[name])
    with unit() as uow:
        for key, given in zip(keys, VALUES[name], strict=True):
            sample = uow.samples.get_one(key)
            setattr(sample, name, given)
            assert not uow.is_modified(sample)


@pytest.mark.parametrize("name", [name for name in VALUES if name not in ("facts", "settings")])
def test_what_was_kept_is_found_by_its_value(unit: NewUnit, name: str) -> None:
    keys = keep(unit, name, [*VALUES[name], None])
    with unit() as uow:
        for key, given in zip(keys, VALUES[name], strict=False):
            assert [sample.id for sample in uow.samples.find(**{name: given})] == [key]
            assert uow.samples.count(where(name).in_([given])) == 1
            assert uow.samples.count(~(where(name) == given)) == len(VALUES[name]) - 1


@pytest.mark.parametrize(
    ("name", "kept", "asked"),
    [
        ("ratio", 1.5, [1, 1.5]),
        ("ratio", 1.5, [1, 2**40, 1.5]),
        ("price", Decimal("1.5"), [1, Decimal("1.5")]),
        ("price", Decimal("1.5"), [1, 1.5]),
        ("price", Decimal("1.5"), [None, 2**40, Decimal("1.5")]),
        ("price", Decimal(2**20), [1, 2**40, 2**20]),
        ("price", Decimal("1.5"), [1, 10**30, Decimal("1.5")]),
        ("ratio", 1e30, [1, 10**30]),
        ("span", timedelta(days=1), [None, timedelta(days=1)]),
    ],
)
def test_a_value_is_found_by_a_list_of_several_kinds(unit: NewUnit, name: str, kept: Any, asked: list[Any]) -> None:
    with unit() as uow:
        uow.samples.add(Sample(**{name: kept}))
        for several in (asked, asked[::-1]):
            assert uow.samples.count(where(name).in_(several)) == 1
            assert uow.samples.count(where(name).not_in([each for each in several if each is not None])) == 0


@pytest.mark.parametrize(("name", "kept"), [("price", Decimal("1.5")), ("exact", Decimal("1.5")), ("ratio", 1.5)])
def test_a_number_is_compared_with_any_integer(unit: NewUnit, name: str, kept: Any) -> None:
    small: Any = 1
    large: Any = 10**30
    with unit() as uow:
        uow.samples.add(Sample(**{name: kept}))
        for condition in (
            where(name) < large,
            where(name) > -large,
            where(name) != large,
            where(name).between(small, large),
        ):
            assert uow.samples.count(condition) == 1
        assert not uow.samples.exists(**{name: large})


@pytest.mark.parametrize(
    "beyond", [datetime(1, 1, 1, tzinfo=EAST), datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-1)))]
)
def test_a_moment_that_has_no_year_in_utc_is_refused(unit: NewUnit, beyond: datetime) -> None:
    """PostgreSQL would keep it, and nobody could read it."""
    with unit() as uow:
        uow.samples.add(Sample(instant=beyond))
        with pytest.raises(ValueOutOfRange, match=r"Sample\.instant takes times of the years 1 to 9999"):
            uow.flush()
        uow.rollback()
        with pytest.raises(ValueOutOfRange, match=r"Sample\.instant"):
            uow.samples.insert_many([{"instant": beyond}])
        with pytest.raises(ValueOutOfRange, match=r"Sample\.instant"):
            uow.samples.count(where("instant") > beyond)


@pytest.mark.parametrize("name", [name for name in VALUES if name not in ("facts", "settings")])
def test_a_list_of_nothing_but_none_means_nothing(unit: NewUnit, name: str) -> None:
    keep(unit, name, [VALUES[name][0], None])
    among = where(getattr(Sample, name)).in_([None])
    with unit() as uow:
        assert (uow.samples.find(among), uow.samples.find(~among)) == ([], [])
        assert (uow.samples.update_where(among, word="no"), uow.samples.update_where(~among, word="no")) == (0, 0)
        assert (uow.samples.delete_where(among), uow.samples.delete_where(~among)) == (0, 0)


@of_each_type
def test_none_is_kept_in_each(unit: NewUnit, name: str) -> None:
    (key,) = keep(unit, name, VALUES[name][-1:])
    with unit() as uow:
        setattr(uow.samples.get_one(key), name, None)
        uow.commit()
    with unit() as uow:
        assert getattr(uow.samples.get_one(key), name) is None


@pytest.mark.parametrize(
    "name", ["small", "whole", "big", "price", "exact", "ratio", "day", "moment", "instant", "hour", "span", "yes"]
)
def test_values_are_ordered_as_python_orders_them(unit: NewUnit, name: str) -> None:
    keep(unit, name, reversed(VALUES[name]))
    with unit() as uow:
        found = [getattr(sample, name) for sample in uow.samples.find(order_by=name)]
        assert found == sorted(VALUES[name])
        least = min(VALUES[name])
        above = uow.samples.count(where(name) > least)
        assert above == len(VALUES[name]) - 1


def test_a_moment_with_a_zone_is_the_same_moment_in_another(unit: NewUnit) -> None:
    given = datetime(2024, 2, 29, 3, 30, 0, 1, tzinfo=EAST)
    (key,) = keep(unit, "instant", [given])
    with unit() as uow:
        found = uow.samples.find_one(instant=given.astimezone(UTC))
        assert (found.id, found.instant) == (key, given)
        assert found.instant is not None
        assert found.instant.tzinfo is not None


def test_decimals_are_rounded_half_up_to_their_scale(unit: NewUnit) -> None:
    keys = keep(unit, "price", map(Decimal, ("1.0004", "1.0005", "-1.0005", "2.0015")))
    with unit() as uow:
        assert [str(uow.samples.get_one(key).price) for key in keys] == ["1.000", "1.001", "-1.001", "2.002"]


def test_a_change_inside_of_a_plain_value_is_not_noticed(unit: NewUnit) -> None:
    """Give the attribute another value, or map it so that it notices its changes."""
    (key,) = keep(unit, "facts", [{"a": 1}])
    with unit() as uow:
        uow.samples.get_one(key).facts["a"] = 2
        uow.commit()
    with unit() as uow:
        sample = uow.samples.get_one(key)
        assert sample.facts == {"a": 1}
        sample.facts = {**sample.facts, "a": 3}
        uow.commit()
    with unit() as uow:
        assert uow.samples.get_one(key).facts == {"a": 3}


def test_a_change_inside_of_a_value_that_notices_its_changes_is_kept(unit: NewUnit) -> None:
    (key,) = keep(unit, "settings", [{"a": 1}])
    with unit() as uow:
        sample = uow.samples.get_one(key)
        assert sample.settings is not None
        sample.settings["a"] = 2
        assert uow.is_modified(sample)
        uow.rollback()
        assert sample.settings == {"a": 1}
        sample.settings["b"] = 3
        uow.commit()
    with unit() as uow:
        assert uow.samples.get_one(key).settings == {"a": 1, "b": 3}
