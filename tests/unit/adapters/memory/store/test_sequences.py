"""Generated numbers: each is handed out once, and nobody gives one back."""

import pytest
from sqlalchemy import Column, Identity, Integer, Sequence, SmallInteger, Table
from sqlalchemy.orm import registry

from unit.adapters.memory.store.town import Town
from unitofwork.adapters.memory.store import Store
from unitofwork.domain.errors import InvalidValue, MappingError, UniqueViolation


def test_a_rollback_leaves_a_gap(town: Town) -> None:
    transaction = town.store.begin()
    town.insert(transaction, "teams", {}, {})
    transaction.rollback()
    transaction = town.store.begin()
    assert [row[1] for row in town.insert(transaction, "teams", {}, {})] == [3, 4]


def test_a_row_that_is_refused_has_taken_its_number(town: Town) -> None:
    transaction = town.store.begin()
    town.insert(transaction, "teams", {"code": 1})
    with pytest.raises(UniqueViolation):
        town.insert(transaction, "teams", {"code": 1})
    assert town.insert(transaction, "teams", {})[0][1] == 3


def test_a_number_that_is_given_does_not_advance_the_sequence(town: Town) -> None:
    transaction = town.store.begin()
    town.insert(transaction, "teams", {"id": 1})
    with pytest.raises(UniqueViolation) as caught:
        town.insert(transaction, "teams", {})
    assert caught.value.constraint == "teams_pkey"
    assert town.insert(transaction, "teams", {})[0][1] == 2


def numbered(*columns: Column[int]) -> Town:
    made = registry()
    Table("things", made.metadata, *columns)
    return Town(Store(made.metadata, made))


def taken(town: Town, count: int) -> list[int]:
    transaction = town.store.begin()
    return [town.insert(transaction, "things", {})[0][1] for _ in range(count)]


@pytest.mark.parametrize(
    ("identity", "numbers"),
    [
        (Identity(), [1, 2, 3]),
        (Identity(start=10, increment=5), [10, 15, 20]),
        (Identity(increment=-1), [-1, -2, -3]),
        (Identity(minvalue=5), [5, 6, 7]),
        (Identity(start=8, minvalue=7, maxvalue=9, cycle=True), [8, 9, 7]),
    ],
)
def test_an_identity_counts_as_it_says(identity: Identity, numbers: list[int]) -> None:
    assert taken(numbered(Column("id", Integer, identity, primary_key=True)), 3) == numbers


def test_an_identity_that_is_always_generated_refuses_numbers() -> None:
    town = numbered(Column("id", Integer, Identity(always=True), primary_key=True))
    transaction = town.store.begin()
    with pytest.raises(MappingError, match=r"things.id is always generated"):
        town.insert(transaction, "things", {"id": 5})
    [row] = town.insert(transaction, "things", {})
    with pytest.raises(MappingError):
        town.change(transaction, "things", row[1], id=5)


def test_a_sequence_without_numbers_left_says_so() -> None:
    town = numbered(Column("id", Integer, Identity(maxvalue=1), primary_key=True))
    assert taken(town, 1) == [1]
    with pytest.raises(InvalidValue, match="the sequence things_id_seq has no number left"):
        taken(town, 1)


def test_a_key_of_small_integers_has_few_numbers() -> None:
    town = numbered(Column("id", SmallInteger, primary_key=True))
    town.store.sequences["things_id_seq"] = 32767
    with pytest.raises(InvalidValue):
        taken(town, 1)


def test_columns_may_share_a_sequence() -> None:
    made = registry()
    for name in ("things", "others"):
        Table(name, made.metadata, Column("id", Integer, Sequence("numbers", start=100), primary_key=True))
    town = Town(Store(made.metadata, made))
    transaction = town.store.begin()
    given = [town.insert(transaction, name, {})[0][1] for name in ("things", "others", "things")]
    assert given == [100, 101, 102]
