"""Row Q3: whatever an attribute holds that has an order, pages go on after it, and after None."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, Order, where

from .models.samples import Color, NewUnit, Sample, Samples
from .models.samples import mapping as samples_mapping

pytestmark = pytest.mark.row("Q3")

VALUES: dict[str, list[Any]] = {
    "yes": [True, False],
    "small": [-1, 0, 1],
    "big": [-(2**63), 2**63 - 1, 2**53 + 1, 2**53],
    "price": [Decimal("-0.001"), Decimal("1.100"), Decimal("999999999.999")],
    "ratio": [-1.5, 1 / 3, 0.1, 0.2, 0.1 + 0.2, 1e-300, 1.7976931348623157e308],
    "name": ["", " ", "a", "B", "b", 'say "x"', "Ω ß İ", "🐙"],
    "text": ["", "one\ntwo\r\n", "long " * 300],
    "data": [b"", b"\x00\xff\\'", bytes(range(256))],
    "color": list(Color),
    "day": [date(1000, 1, 1), date(2024, 2, 29), date(9999, 12, 31)],
    "moment": [
        datetime(1000, 1, 1),
        datetime(2024, 2, 29, 23, 59, 59, 999_999),
        datetime(2024, 2, 29, 23, 59, 59, 999_998),
    ],
    "instant": [
        datetime(2024, 3, 31, 1, 30, tzinfo=UTC),
        datetime(2024, 3, 31, 1, 30, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    ],
    "hour": [time(0), time(12, 30), time(23, 59, 59, 999_999)],
    "span": [timedelta(0), timedelta(days=-400, microseconds=1), timedelta(days=9_000, hours=5, microseconds=999_999)],
    "key": [UUID(int=0), UUID("12345678-1234-5678-9234-567812345678"), UUID(int=2**128 - 1)],
}


@pytest.fixture
def mapping() -> registry:
    return samples_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Samples(database)


@pytest.mark.parametrize("name", VALUES)
def test_pages_go_on_after_every_value(unit: NewUnit, name: str) -> None:
    with unit() as uow:
        uow.samples.add_all(Sample(**{name: value}) for value in [*VALUES[name], None, *VALUES[name], None])
        uow.commit()
    ascending, descending = where(name).asc(), where(name).desc()
    for order in (ascending, ascending.nulls_first(), descending, descending.nulls_last()):
        with unit() as uow:
            assert _paged(uow, order) == [sample.id for sample in uow.samples.find(order_by=(order, _by_key(order)))]


def _by_key(order: Order) -> Order:
    return where("id").desc() if order.descending else where("id").asc()


def _paged(uow: Samples, order: Order) -> list[int | None]:
    page = uow.samples.page(order_by=order, size=1)
    found = [sample.id for sample in page]
    while page.next is not None and len(found) < 100:
        page = uow.samples.page(order_by=order, size=1, after=page.next)
        found += [sample.id for sample in page]
    return found
