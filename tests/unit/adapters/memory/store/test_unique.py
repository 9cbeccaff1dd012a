"""Unique rules that are not checked row by row, or that tell NULLs apart otherwise."""

import pytest
from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import registry

from unit.adapters.memory.store.town import Town
from unitofwork.adapters.memory.store import Store
from unitofwork.domain.errors import ExclusionViolation, LockTimeout, MappingError, UniqueViolation


def things(*rules: UniqueConstraint | Index | ExcludeConstraint) -> Town:
    made = registry()
    numbers = Column("a", Integer), Column("b", Integer)
    Table("things", made.metadata, Column("id", Integer, primary_key=True), *numbers, *rules)
    return Town(Store(made.metadata, made))


def test_a_deferrable_one_is_checked_when_the_statement_ends() -> None:
    town = things(UniqueConstraint("a", deferrable=True))
    transaction = town.store.begin()
    rows = town.insert(transaction, "things", {"a": 1}, {"a": 2})
    table = town.table("things")
    changes = [(row, town.values("things", {"a": 3 - row[2]})) for row in rows]
    transaction.update(table, changes)
    assert [row[1] for row in town.seen(transaction, "things")] == [2, 1]
    with pytest.raises(UniqueViolation) as caught:
        town.insert(transaction, "things", {"a": 1})
    assert caught.value.constraint == "things_a_key"


def test_a_deferred_one_is_checked_at_commit() -> None:
    town = things(UniqueConstraint("a", deferrable=True, initially="DEFERRED"))
    transaction = town.store.begin()
    town.insert(transaction, "things", {"a": 1}, {"a": 1})
    town.delete(transaction, "things", 1)
    transaction.commit()
    one, two = town.store.begin(), town.store.begin()
    town.insert(one, "things", {"a": 2})
    town.insert(two, "things", {"a": 2})
    with pytest.raises(LockTimeout):
        two.commit()
    town.insert(one, "things", {"a": 1})
    with pytest.raises(UniqueViolation):
        one.commit()
    assert len(town.store.committed(town.table("things").shape.table)) == 1


def test_nulls_may_count_as_equal() -> None:
    town = things(UniqueConstraint("a", "b", postgresql_nulls_not_distinct=True))
    transaction = town.store.begin()
    town.insert(transaction, "things", {"a": 1}, {"a": 2})
    with pytest.raises(UniqueViolation):
        town.insert(transaction, "things", {"a": 1})
    table = town.table("things")
    columns = table.shape.table.c
    assert transaction.find(table, (columns.a, columns.b), (1, None)) == ()


def test_an_exclusion_of_equality_is_told_as_such() -> None:
    town = things(ExcludeConstraint(("a", "="), name="one_each"))
    transaction = town.store.begin()
    with pytest.raises(ExclusionViolation) as caught:
        town.insert(transaction, "things", {"a": 1}, {"a": 1})
    assert (caught.value.table, caught.value.columns, caught.value.constraint) == ("things", ("a",), "one_each")


def test_another_operator_is_refused() -> None:
    with pytest.raises(MappingError, match="one_each of things has the operator <>"):
        things(ExcludeConstraint(("a", "<>"), name="one_each"))


def test_the_same_rule_twice_has_the_first_ones_name() -> None:
    town = things(
        UniqueConstraint("a", name="first"), UniqueConstraint("a", name="second"), Index("i", "a", unique=True)
    )
    transaction = town.store.begin()
    with pytest.raises(UniqueViolation) as caught:
        town.insert(transaction, "things", {"a": 1}, {"a": 1})
    assert caught.value.constraint == "first"
