"""Rows that are placed in a straight line come to the same as those that are inserted."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import NoneType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    CHAR,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Integer,
    Numeric,
    Sequence,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import registry
from sqlalchemy.types import JSON, TypeDecorator

from unit.adapters.memory.store.town import Town
from unitofwork.adapters.memory.store import Place, Row, Store, Transaction, fitting, placing
from unitofwork.adapters.memory.values import DIALECT
from unitofwork.adapters.orm.column_types import test_of as rules_of
from unitofwork.domain.errors import (
    CheckViolation,
    ForeignKeyViolation,
    InvalidValue,
    LockTimeout,
    NotNullViolation,
    UniqueViolation,
)
from unitofwork.domain.isolation import Isolation

USER = ("name", "team")
"""What the users of the tests give; ``id`` and ``boss`` are given nothing."""


def place_of(town: Town, name: str, given: tuple[str, ...], *kinds: type) -> Place:
    shape = town.table(name).shape
    place = placing(shape, [shape.table.columns[each] for each in given], kinds)
    assert place is not None
    return place


@pytest.fixture
def known(town: Town) -> Town:
    transaction = town.store.begin()
    town.insert(transaction, "teams", {"id": 1, "code": 1}, {"id": 2, "code": 2})
    transaction.commit()
    return town


def place_users(town: Town, *users: tuple[str, int], me: Transaction | None = None) -> list[Row]:
    me = me or town.store.begin()
    place = place_of(town, "users", USER, str, int)
    return me.place(town.table("users"), place, users)


def test_rows_are_placed_as_they_would_be_inserted(known: Town) -> None:
    users = [("ann", 1), ("bob", 1), ("ann", 2)]
    me = known.store.begin()
    assert place_users(known, *users, me=me) == [
        (1, 1, "ann", 1, None),
        (2, 2, "bob", 1, None),
        (3, 3, "ann", 2, None),
    ]
    table = known.table("users")
    columns = table.shape.table.columns
    assert [row[1] for row in me.find(table, (columns.name, columns.team), ("ann", 2))] == [3]
    assert [row[1] for row in me.find(table, (columns.team,), (1,))] == [1, 2]
    assert me.by_key(table, (3,)) == (3, 3, "ann", 2, None)
    me.commit()
    assert known.store.commits == 2
    assert known.seen(known.store.begin(), "users") == [
        (1, "ann", 1, None),
        (2, "bob", 1, None),
        (3, "ann", 2, None),
    ]


def test_rows_that_were_placed_are_undone(known: Town) -> None:
    me = known.store.begin()
    place_users(known, ("ann", 1), me=me)
    mark = me.savepoint()
    place_users(known, ("bob", 2), me=me)
    me.rollback_to(mark)
    assert known.seen(me, "users") == [(1, "ann", 1, None)]
    me.rollback()
    known.delete(known.store.begin(), "teams", 1)  # which nobody holds any more
    assert place_users(known, ("ann", 2)) == [(3, 3, "ann", 2, None)]


def test_placing_ends_before_what_is_unusual(known: Town) -> None:
    me = known.store.begin()
    users = [("ann", 1), ("bob", 2), ("ann", 1), ("dan", 1)]
    placed = place_users(known, *users, me=me)
    assert [row[2] for row in placed] == ["ann", "bob"]
    assert place_users(known, *users[2:], me=me) == []
    assert known.store.sequences["users_id_seq"] == 2
    assert known.insert(me, "users", {"name": "eve", "team": 1}) == [(3, 3, "eve", 1, None)]


def test_what_is_left_is_inserted_next(known: Town) -> None:
    me, users = known.store.begin(), [("ann", 1), ("bob", 2), ("cid", 1)]
    table = known.table("users")
    columns = table.shape.table.columns
    known.insert(me, "users", {"id": 2, "name": "zoé"})
    placed = place_users(known, *users, me=me)
    assert [row[1:4] for row in placed] == [(1, "ann", 1)]
    with pytest.raises(UniqueViolation):
        me.insert_values(table, (columns.name, columns.team), users[1:])
    rest = me.insert_values(table, (columns.name, columns.team), users[1:])
    assert [row[1:4] for row in rest] == [(3, "bob", 2), (4, "cid", 1)]


def test_rows_that_refer_to_none_are_refused(known: Town) -> None:
    me = known.store.begin()
    with pytest.raises(ForeignKeyViolation) as refused:
        place_users(known, ("ann", 1), ("bob", 7), me=me)
    assert refused.value.constraint == "users_team_fkey"
    assert known.seen(me, "users") == []
    me.commit()
    assert known.store.commits == 1


def test_what_comes_next_is_refused_before_what_refers_to_none(known: Town) -> None:
    """A statement checks its rows' keys first, and then what they refer to."""
    me = known.store.begin()
    assert len(place_users(known, ("ann", 7), ("ann", 7), me=me)) == 1
    table = known.table("users")
    columns = table.shape.table.columns
    with pytest.raises(UniqueViolation):
        me.insert_values(table, (columns.name, columns.team), [("ann", 7)])
    known.insert(me, "users", {"name": "bob"})  # of what was left to check, nothing is left


def test_rows_may_refer_to_each_other_only_within_a_statement(known: Town) -> None:
    place = place_of(known, "users", ("id", "name", "boss"), int, str, int)
    table, rows = known.table("users"), [(1, "ann", 2), (2, "bob", 1)]
    me = known.store.begin()
    assert len(me.place(table, place, rows)) == 2
    with pytest.raises(ForeignKeyViolation):
        me.place(table, place, [(3, "cid", 4)])


def test_what_rows_refer_to_is_kept(known: Town) -> None:
    me, other = known.store.begin(), known.store.begin()
    place_users(known, ("ann", 1), ("bob", 1), me=me)
    with pytest.raises(LockTimeout):
        known.delete(other, "teams", 1)
    known.change(other, "teams", 1, name="red")  # which leaves its key alone
    place_users(known, ("cid", 2), me=me)
    with pytest.raises(LockTimeout):
        known.delete(other, "teams", 2)


def test_nothing_is_kept_that_somebody_is_about_to_delete(known: Town) -> None:
    other = known.store.begin()
    known.delete(other, "teams", 1)
    with pytest.raises(LockTimeout):
        place_users(known, ("ann", 1))
    other.rollback()
    assert len(place_users(known, ("ann", 1))) == 1


def test_nothing_is_placed_where_another_transaction_writes(known: Town) -> None:
    known.insert(known.store.begin(), "users", {"name": "ann", "team": 1})
    assert place_users(known, ("bob", 1)) == []


def test_nothing_is_placed_in_a_past_that_others_have_changed(known: Town) -> None:
    me = known.store.begin(Isolation.SNAPSHOT)
    assert len(place_users(known, ("ann", 1), me=me)) == 1
    other = known.store.begin()
    known.change(other, "teams", 2, code=5)
    other.commit()
    assert place_users(known, ("bob", 2), me=me) == []


def test_placing_takes_a_snapshot(known: Town) -> None:
    me = known.store.begin(Isolation.SNAPSHOT)
    place_users(known, ("ann", 1), me=me)
    known.change(other := known.store.begin(), "teams", 1, name="red")
    other.commit()
    assert known.seen(me, "teams") == [(1, 1, None), (2, 2, None)]


def test_a_database_that_is_frozen_does_not_change(known: Town) -> None:
    frozen = known.store.freeze()
    me = known.store.begin()
    place_users(known, ("ann", 1), me=me)
    me.commit()
    known.store.restore(frozen)
    assert known.seen(known.store.begin(), "users") == []
    assert [row[1:] for row in place_users(known, ("ann", 1))] == [(1, "ann", 1, None)]


def test_nothing_stays_behind_where_nothing_is_placed(known: Town) -> None:
    known.insert(committed := known.store.begin(), "users", {"name": "ann", "team": 1})
    committed.commit()
    me = known.store.begin()
    assert place_users(known, ("ann", 1), me=me) == []
    known.store.freeze()  # as nobody writes


def test_a_row_that_is_gone_leaves_no_key(known: Town) -> None:
    me = known.store.begin()
    place_users(known, ("ann", 1), me=me)
    known.insert(me, "users", {"name": "bob"}, {"name": "bob"})  # without a team they have no key
    for key in (1, 2, 3):
        known.delete(me, "users", key)
    assert len(place_users(known, ("ann", 1), me=me)) == 1


# What can be placed


class Shouted(TypeDecorator[str]):
    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: object) -> str | None:
        return value and value.upper()


def town_of(*columns: Any) -> Town:
    mapping = registry()
    Table("things", mapping.metadata, *columns)
    return Town(Store(mapping.metadata, mapping))


def is_placed(town: Town, kinds: dict[str, type]) -> bool:
    shape = town.table("things").shape
    return placing(shape, [shape.table.columns[name] for name in kinds], list(kinds.values())) is not None


def key() -> Column[int]:
    return Column("id", Integer, primary_key=True)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (Integer(), 5),
        (SmallInteger(), 2**15 - 1),
        (String(3), "abc"),
        (Float(), 1.5),
        (DateTime(), datetime(2020, 1, 1)),
        (DateTime(timezone=True), datetime(2020, 1, 1, tzinfo=UTC)),
    ],
    ids=str,
)
def test_plain_values_are_kept_as_they_are(type_: Any, value: Any) -> None:
    town = town_of(key(), Column("value", type_, nullable=False))
    place = place_of(town, "things", ("value",), type(value))
    assert town.store.begin().place(town.table("things"), place, [(value,)]) == [(1, 1, value)]


TYPES: list[Any] = [
    SmallInteger(),
    Integer(),
    BigInteger(),
    Float(),
    String(3),
    String(),
    Text(),
    Boolean(),
    Uuid(),
    Date(),
    DateTime(),
    DateTime(timezone=True),
    postgresql.TIMESTAMP(precision=3),
    CHAR(3),
    Numeric(),
    Shouted(),
]
VALUES = [
    *(0, -1, 2**15 - 1, 2**15, -(2**15), -(2**15) - 1, 2**31 - 1, 2**31, -(2**31) - 1, 2**63 - 1, 2**63, -(2**63) - 1),
    *(True, 0.0, -1.5, float("nan"), float("inf"), Decimal(1)),
    *("", "abc", "abcd", "ab ", "abc ", "é", "ééé", "éééé", "a\0", "\ud800", b"abc"),
    *(UUID(int=1), date(2020, 1, 1), datetime(2020, 1, 1), datetime(2020, 1, 1, fold=1)),
    *(datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=1)))),
]


@pytest.mark.parametrize("type_", TYPES, ids=repr)
def test_what_fits_is_taken_by_all_other_checks_and_kept_as_it_is(type_: Any) -> None:
    shape = town_of(key(), Column("value", type_)).table("things").shape
    column, check = shape.table.columns.value, rules_of(type_, DIALECT, stored=True)
    for value in VALUES:
        fits = fitting(shape, [column], [type(value)])
        if fits is not None and fits((value,)):
            assert check is not None
            assert check(value) is None
            assert shape.converted({column: value})[0][1] is value


@pytest.mark.parametrize(
    ("type_", "fitting_values"),
    [
        (Integer(), {0, -1, 2**15 - 1, 2**15, -(2**15), -(2**15) - 1, 2**31 - 1}),
        (String(3), {"", "abc", "ab ", "é", "ééé"}),
        (Float(), {0.0, -1.5}),
        (Boolean(), {True}),
        (Uuid(), {UUID(int=1)}),
        (DateTime(timezone=True), {datetime(2020, 1, 1, tzinfo=UTC)}),
        (CHAR(3), set[object]()),
    ],
    ids=lambda given: type(given).__name__,
)
def test_values_fit_that_are_of_the_plain_class_and_within_limits(type_: Any, fitting_values: set[object]) -> None:
    shape = town_of(key(), Column("value", type_)).table("things").shape
    fit = [(value, fitting(shape, [shape.table.columns.value], [type(value)])) for value in VALUES]
    assert {(type(value), value) for value, fits in fit if fits is not None and fits((value,))} == {
        (type(value), value) for value in fitting_values
    }


@pytest.mark.parametrize(
    ("columns", "kinds"),
    [
        ([Column("value", Integer)], {"value": bool}),
        ([Column("value", Integer)], {"value": str}),
        ([Column("value", Numeric)], {"value": int}),
        ([Column("value", Shouted)], {"value": str}),
        ([Column("value", Shouted)], {"value": NoneType}),
        ([Column("value", JSON)], {"value": str}),
        ([Column("value", Integer, nullable=False)], {"value": NoneType}),
        ([Column("value", Integer, server_default="3")], {"value": NoneType}),
        ([Column("value", DateTime, server_default=func.now())], {}),
        ([Column("value", Integer), Column("twice", Integer, Computed("value * 2"))], {"value": int}),
        ([Column("value", Integer, Identity(always=True))], {"value": int}),
        ([Column("value", Integer, Sequence("far", data_type=None, start=2**40))], {}),
        ([Column("value", Integer), UniqueConstraint("value", deferrable=True)], {"value": int}),
        (
            [Column("value", ForeignKey("things.id", deferrable=True, initially="DEFERRED"))],
            {"value": int},
        ),
    ],
)
def test_what_is_not_plain_is_not_placed(columns: list[Any], kinds: dict[str, type]) -> None:
    assert not is_placed(town_of(key(), *columns), {"id": NoneType, **kinds})


def test_one_sequence_does_not_number_two_columns() -> None:
    numbers = Sequence("numbers")
    town = town_of(Column("id", BigInteger, numbers, primary_key=True), Column("other", BigInteger, numbers))
    assert not is_placed(town, {"id": NoneType})
    assert is_placed(town, {"id": NoneType, "other": int})


def test_a_sequence_counts_by_its_own_steps_and_ends() -> None:
    town = town_of(Column("id", Integer, Identity(start=7, increment=-3, minvalue=3, maxvalue=9), primary_key=True))
    place = place_of(town, "things", ("id",), NoneType)
    me, table = town.store.begin(), town.table("things")
    assert me.place(table, place, [(None,)] * 3) == [(1, 7), (2, 4)]
    with pytest.raises(InvalidValue):
        town.insert(me, "things", {})


def test_a_number_that_is_taken_is_left_to_be_refused() -> None:
    town = town_of(key())
    me, table = town.store.begin(), town.table("things")
    town.insert(me, "things", {"id": 1})
    assert me.place(table, place_of(town, "things", ("id",), NoneType), [(None,)]) == []
    with pytest.raises(UniqueViolation):
        town.insert(me, "things", {})
    assert len(me.place(table, place_of(town, "things", ("id",), NoneType), [(None,)])) == 1


def test_a_check_that_is_broken_is_left_to_be_refused() -> None:
    town = town_of(key(), Column("value", Integer), CheckConstraint("value > 0"))
    me, table, place = town.store.begin(), town.table("things"), place_of(town, "things", ("value",), int)
    assert me.place(table, place, [(1,), (0,), (2,)]) == [(1, 1, 1)]
    assert me.place(table, place_of(town, "things", ("value",), NoneType), [(None,)]) == [(2, 2, None)]
    with pytest.raises(CheckViolation):
        town.insert(me, "things", {"value": 0})


@pytest.mark.parametrize("value", [UUID(int=1), date(2020, 1, 1), True])
def test_keys_of_any_plain_class_are_entered(value: Any) -> None:
    town = town_of(Column("id", {UUID: Uuid, date: Date, bool: Boolean}[type(value)], primary_key=True))
    me, table, place = town.store.begin(), town.table("things"), place_of(town, "things", ("id",), type(value))
    assert me.place(table, place, [(value,), (value,)]) == [(1, value)]
    assert me.by_key(table, (value,)) == (1, value)
    town.delete(me, "things", value)
    assert len(me.place(table, place, [(value,)])) == 1


def test_a_value_that_is_needed_is_never_left_out(known: Town) -> None:
    shape = known.table("users").shape
    assert placing(shape, [shape.table.columns.name], [NoneType]) is None
    with pytest.raises(NotNullViolation):
        known.insert(known.store.begin(), "users", {"name": None})


# Rows by their keys


def test_rows_are_deleted_by_their_keys_and_what_refers_to_them_follows(known: Town) -> None:
    me = known.store.begin()
    place_users(known, ("ann", 1), ("bob", 2), ("cid", 1), me=me)
    me.delete_each(known.table("teams"), [(1,), (9,)])  # and there is no ninth
    assert known.seen(me, "teams") == [(2, 2, None)]
    assert known.seen(me, "users") == [(1, "ann", None, None), (2, "bob", 2, None), (3, "cid", None, None)]


def test_each_row_is_deleted_by_a_statement_of_its_own(known: Town) -> None:
    me = known.store.begin()
    known.insert(me, "users", {"id": 1, "name": "ann", "boss": 1}, {"id": 2, "name": "bob", "boss": 1})
    known.insert(me, "users", {"id": 3, "name": "cid"})
    with pytest.raises(ForeignKeyViolation):
        me.delete_each(known.table("users"), [(3,), (1,), (2,)])
    assert [row[0] for row in known.seen(me, "users")] == [1, 2, 3]
    me.delete_each(known.table("users"), [(2,), (1,)])
    assert [row[0] for row in known.seen(me, "users")] == [3]


def test_a_row_that_somebody_else_holds_is_not_deleted(known: Town) -> None:
    other, me = known.store.begin(), known.store.begin()
    place_users(known, ("ann", 1), me=other)
    with pytest.raises(LockTimeout):
        me.delete_each(known.table("teams"), [(1,)])
    other.rollback()
    known.store.freeze()  # as nobody writes
    me.delete_each(known.table("teams"), [(1,)])
    assert known.seen(me, "teams") == [(2, 2, None)]


def test_a_row_is_changed_by_its_key(known: Town) -> None:
    me, table = known.store.begin(), known.table("teams")
    columns = table.shape.table.columns
    assert me.update_by_key(table, (1,), {columns.name: "red", columns.code: 7}) == (1, 1, 7, "red")
    assert me.update_by_key(table, (9,), {columns.name: "red"}) is None
    assert me.find(table, (columns.code,), (7,)) == [(1, 1, 7, "red")]
    assert me.find(table, (columns.code,), (1,)) == []
    with pytest.raises(UniqueViolation):
        me.update_by_key(table, (1,), {columns.code: 2})
    assert known.seen(me, "teams") == [(1, 7, "red"), (2, 2, None)]
