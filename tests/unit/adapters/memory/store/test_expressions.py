"""Checks, computed columns, server defaults and partial indexes: evaluated as PostgreSQL does, or refused by name."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Column, Computed, DateTime, FetchedValue, Index, Integer, Table, func, text
from sqlalchemy.orm import registry

from unit.adapters.memory.store.town import Town
from unitofwork.adapters.memory.store import Store
from unitofwork.domain.errors import CheckViolation, MappingError, UniqueViolation


def things(*parts: Any, **options: Any) -> Town:
    made = registry()
    Table("things", made.metadata, Column("id", Integer, primary_key=True), Column("a", Integer), *parts)
    return Town(Store(made.metadata, made, **options))


def test_a_check_is_broken_by_what_is_false_and_not_by_null() -> None:
    town = things(CheckConstraint("a > 0"))
    transaction = town.store.begin()
    town.insert(transaction, "things", {"a": 1}, {"a": None})
    with pytest.raises(CheckViolation) as caught:
        town.insert(transaction, "things", {"a": 0})
    assert (caught.value.table, caught.value.constraint) == ("things", "things_a_check")
    with pytest.raises(CheckViolation):
        town.change(transaction, "things", 1, a=-1)


def test_a_computed_column_follows_the_others_and_takes_no_value() -> None:
    town = things(Column("twice", Integer, Computed("a * 2")))
    transaction = town.store.begin()
    assert town.insert(transaction, "things", {"a": 4})[0][3] == 8
    changed = town.change(transaction, "things", 1, a=5)
    assert changed is not None
    assert changed[3] == 10
    with pytest.raises(MappingError, match=r"things.twice is always generated"):
        town.insert(transaction, "things", {"twice": 1})


def test_a_default_is_a_constant_or_computed_and_given_way_to_any_value() -> None:
    parts = Column("b", Integer, server_default="7"), Column("c", Integer, server_default=text("1 + 2"))
    town = things(*parts)
    transaction = town.store.begin()
    [row, other] = town.insert(transaction, "things", {}, {})
    assert row[3:] == other[3:] == (7, 3)
    assert town.insert(transaction, "things", {"b": None, "c": 5})[0][3:] == (None, 5)


@pytest.mark.parametrize("default", [func.now(), func.current_timestamp(), text("now()"), text("CURRENT_TIMESTAMP")])
def test_the_time_is_the_transactions(default: Any) -> None:
    now = datetime(2026, 2, 3, 4, 5, tzinfo=UTC)
    times = iter([now, now + timedelta(hours=1)])
    town = things(Column("at", DateTime(timezone=True), server_default=default), clock=lambda: next(times))
    first, second = town.store.begin(), town.store.begin()
    assert [row[3] for row in town.insert(first, "things", {}, {})] == [now, now]
    assert town.insert(first, "things", {})[0][3] == now
    first.rollback()
    assert town.insert(second, "things", {})[0][3] == now + timedelta(hours=1)


def test_a_partial_index_is_about_some_rows_and_one_of_expressions_about_what_they_say() -> None:
    made = Index("some", "a", unique=True, postgresql_where=text("a > 5"))
    town = things(made, Index("parity", text("(a % 100)"), unique=True))
    transaction = town.store.begin()
    town.insert(transaction, "things", {"a": 1})
    with pytest.raises(UniqueViolation) as caught:
        town.insert(transaction, "things", {"a": 101})
    assert caught.value.constraint == "parity"
    town.insert(transaction, "things", {"a": 8})
    with pytest.raises(UniqueViolation) as caught:
        town.insert(transaction, "things", {"a": 8})
    assert caught.value.constraint in ("some", "parity")


@pytest.mark.parametrize(
    "part",
    [
        CheckConstraint("pg_sleep(a) IS NOT NULL", name="slow"),
        Column("b", Integer, server_default=FetchedValue()),
        Column("b", Integer, server_default=text("pg_backend_pid()")),
        Column("b", Integer, Computed("pg_backend_pid() + a")),
        Column("b", Integer, server_default="seven"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_when_the_store_is_made(part: Any) -> None:
    with pytest.raises(MappingError) as caught:
        things(part)
    assert caught.value.table == "things"
