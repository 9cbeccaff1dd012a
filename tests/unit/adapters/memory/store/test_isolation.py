"""What transactions see of each other, and what they refuse to do to each other."""

from typing import Any

import pytest
from sqlalchemy import Column

from unit.adapters.memory.store.town import Town
from unitofwork.adapters.memory.store import Transaction
from unitofwork.domain.errors import LockTimeout, PersistenceError, SerializationConflict, UniqueViolation
from unitofwork.domain.isolation import Isolation
from unitofwork.domain.lock import FOR_SHARE, FOR_UPDATE, Lock

SNAPSHOTS = (Isolation.SNAPSHOT, Isolation.SERIALIZABLE)


@pytest.fixture
def known(town: Town) -> Town:
    """Two teams and a user of the first, committed."""
    transaction = town.store.begin()
    town.insert(transaction, "teams", {"id": 1, "code": 1, "name": "red"}, {"id": 2, "code": 2, "name": "blue"})
    town.insert(transaction, "users", {"id": 1, "name": "sandy", "team": 1})
    transaction.commit()
    return town


def names(town: Town, transaction: Transaction) -> list[str]:
    return [row[2] for row in town.seen(transaction, "teams")]


def codes_of(town: Town) -> tuple[Column[Any], ...]:
    return (town.table("teams").shape.table.c.code,)


@pytest.mark.parametrize("isolation", Isolation)
def test_what_is_not_committed_is_seen_by_nobody_else(known: Town, isolation: Isolation) -> None:
    writer, reader = known.store.begin(), known.store.begin(isolation)
    teams = known.table("teams")
    known.insert(writer, "teams", {"id": 3, "code": 3, "name": "green"})
    known.change(writer, "teams", 1, name="pink", code=11)
    known.delete(writer, "teams", 2)
    for _ in range(2):
        assert names(known, reader) == ["red", "blue"]
        assert reader.by_key(teams, (3,)) is None
        row = reader.by_key(teams, (2,))
        assert row is not None
        columns = codes_of(known)
        assert reader.find(teams, columns, (11,)) == []
        assert [found[3] for found in reader.find(teams, columns, (1,))] == ["red"]
    writer.rollback()
    assert names(known, reader) == ["red", "blue"]


@pytest.mark.parametrize("isolation", [None, Isolation.READ_COMMITTED])
def test_read_committed_sees_what_is_committed_meanwhile(known: Town, isolation: Isolation | None) -> None:
    writer, reader = known.store.begin(), known.store.begin(isolation)
    assert names(known, reader) == ["red", "blue"]
    known.change(writer, "teams", 1, name="pink")
    writer.commit()
    assert names(known, reader) == ["pink", "blue"]


def test_read_committed_changes_only_the_changed_columns_of_the_newest_row(known: Town) -> None:
    one, two = known.store.begin(), known.store.begin()
    teams = known.table("teams")
    old = two.by_key(teams, (1,))
    assert old is not None
    known.change(one, "teams", 1, name="pink")
    one.commit()
    two.update(teams, [(old, known.values("teams", {"code": 5}))])
    assert known.seen(two, "teams")[0] == (1, 5, "pink")


@pytest.mark.parametrize("isolation", SNAPSHOTS)
def test_a_snapshot_is_taken_at_the_first_statement_and_stays(known: Town, isolation: Isolation) -> None:
    reader = known.store.begin(isolation)
    for name in ("pink", "lilac"):
        writer = known.store.begin()
        known.change(writer, "teams", 1, name=name)
        known.insert(writer, "teams", {"id": 3, "name": "green"})
        known.delete(writer, "teams", 2)
        writer.commit()
        assert names(known, reader) == ["pink", "green"]
        writer = known.store.begin()
        known.insert(writer, "teams", {"id": 2, "name": "blue", "code": 2})
        known.delete(writer, "teams", 3)
        writer.commit()
    assert names(known, reader) == ["pink", "green"]
    assert reader.by_key(known.table("teams"), (2,)) is None
    reader.commit()
    assert names(known, known.store.begin(isolation)) == ["lilac", "blue"]


@pytest.mark.parametrize("isolation", SNAPSHOTS)
@pytest.mark.parametrize("how", ["change", "delete", "lock"])
def test_what_changed_since_the_snapshot_is_a_conflict(known: Town, isolation: Isolation, how: str) -> None:
    one, two = known.store.begin(), known.store.begin(isolation)
    teams = known.table("teams")
    old = two.by_key(teams, (1,))
    assert old is not None
    known.change(one, "teams", 1, name="pink")
    one.commit()
    with pytest.raises(SerializationConflict):
        if how == "change":
            two.update(teams, [(old, {})])
        elif how == "delete":
            two.delete(teams, [old])
        else:
            two.lock_rows(teams, [old], FOR_SHARE.skip_locked())
    assert names(known, two) == ["red", "blue"]


def test_a_unique_value_that_the_snapshot_does_not_see_is_taken_nevertheless(known: Town) -> None:
    two = known.store.begin(Isolation.SNAPSHOT)
    assert names(known, two) == ["red", "blue"]
    one = known.store.begin()
    known.insert(one, "teams", {"id": 3, "code": 3})
    one.commit()
    with pytest.raises(UniqueViolation):
        known.insert(two, "teams", {"id": 33, "code": 3})


# What would wait


def test_what_depends_on_how_another_ends_would_wait(known: Town) -> None:
    holder = known.store.begin()
    known.insert(holder, "teams", {"id": 3, "code": 3})
    known.change(holder, "teams", 1, code=10)
    known.delete(holder, "teams", 2)
    for code in (3, 1, 10, 2):
        other = known.store.begin()
        with pytest.raises(LockTimeout):
            known.insert(other, "teams", {"id": 77, "code": code})
        other.rollback()
    other = known.store.begin()
    with pytest.raises(LockTimeout):
        known.change(other, "teams", 1, name="pink")
    with pytest.raises(LockTimeout):
        known.delete(other, "teams", 2)
    known.insert(other, "teams", {"id": 78, "code": 78})
    holder.commit()
    known.change(other, "teams", 1, name="pink")
    known.insert(other, "teams", {"id": 79, "code": 2})


def test_a_row_that_is_referred_to_keeps_its_key_until_the_other_ends(known: Town) -> None:
    child, other = known.store.begin(), known.store.begin()
    known.insert(child, "users", {"id": 2, "name": "bob", "team": 2})
    known.change(other, "teams", 2, name="stays")
    with pytest.raises(LockTimeout):
        known.change(other, "teams", 2, id=5)
    with pytest.raises(LockTimeout):
        known.delete(other, "teams", 2)
    child.rollback()
    assert known.delete(other, "teams", 2) == 1
    with pytest.raises(LockTimeout):
        known.insert(known.store.begin(), "users", {"id": 2, "name": "bob", "team": 2})


CONFLICTS = {
    (FOR_UPDATE, FOR_UPDATE): True,
    (FOR_UPDATE, FOR_SHARE): True,
    (FOR_SHARE, FOR_UPDATE): True,
    (FOR_SHARE, FOR_SHARE): False,
}


@pytest.mark.parametrize(("held", "wanted"), CONFLICTS, ids=str)
def test_locks_exclude_each_other_as_postgresqls(known: Town, held: Lock, wanted: Lock) -> None:
    holder, other = known.store.begin(), known.store.begin()
    teams = known.table("teams")
    rows = list(holder.rows(teams))
    assert holder.lock_rows(teams, rows[:1], held) == rows[:1]
    assert holder.lock_rows(teams, rows[:1], FOR_UPDATE if held is FOR_UPDATE else FOR_SHARE) == rows[:1]
    assert other.lock_rows(teams, rows, wanted.skip_locked()) == (rows[1:] if CONFLICTS[held, wanted] else rows)
    third = known.store.begin()
    if CONFLICTS[held, wanted]:
        with pytest.raises(LockTimeout):
            third.lock_rows(teams, rows[:1], wanted.nowait())
        with pytest.raises(LockTimeout):
            known.change(third, "teams", 1, name="pink")
    other.rollback()
    holder.rollback()
    assert third.lock_rows(teams, rows, wanted) == rows


def test_a_lock_reads_the_newest_row_and_leaves_out_what_is_gone(known: Town) -> None:
    one, two = known.store.begin(), known.store.begin()
    teams = known.table("teams")
    old = list(two.rows(teams))
    known.change(one, "teams", 1, name="pink")
    known.delete(one, "teams", 2)
    one.commit()
    assert [row[3] for row in two.lock_rows(teams, old, FOR_UPDATE)] == ["pink"]


def test_locks_since_a_savepoint_end_with_it(known: Town) -> None:
    one, two = known.store.begin(), known.store.begin()
    teams = known.table("teams")
    [red, blue] = one.rows(teams)
    one.lock_rows(teams, [red], FOR_SHARE)
    mark = one.savepoint()
    one.lock_rows(teams, [red, blue], FOR_UPDATE)
    assert two.lock_rows(teams, [red, blue], FOR_SHARE.skip_locked()) == []
    one.rollback_to(mark)
    assert two.lock_rows(teams, [red, blue], FOR_SHARE.skip_locked()) == [red, blue]
    with pytest.raises(LockTimeout):
        two.lock_rows(teams, [red], FOR_UPDATE)


# Serializable transactions


def test_two_that_each_read_what_the_other_writes_have_no_order(known: Town) -> None:
    one, two = (known.store.begin(Isolation.SERIALIZABLE) for _ in range(2))
    assert names(known, one) == names(known, two)
    known.change(one, "teams", 1, name="one")
    known.change(two, "teams", 2, name="two")
    one.commit()
    with pytest.raises(SerializationConflict):
        two.commit()
    assert names(known, known.store.begin()) == ["one", "blue"]


def test_those_that_do_not_overlap_are_left_alone(known: Town) -> None:
    teams = known.table("teams")
    one, two = (known.store.begin(Isolation.SERIALIZABLE) for _ in range(2))
    for transaction, key in ((one, 1), (two, 2)):
        assert transaction.by_key(teams, (key,)) is not None
        known.change(transaction, "teams", key, name="mine")
    one.commit()
    two.commit()
    three = known.store.begin(Isolation.SERIALIZABLE)
    assert names(known, three) == ["mine", "mine"]
    known.change(three, "teams", 1, name="later")
    three.commit()
    assert known.store.commits == 4


def test_one_that_only_reads_may_be_what_leaves_no_order(known: Town) -> None:
    """The third of Fekete, O'Neil and O'Neil's: a report sees the batch closed, and not the receipt added to it."""
    teams, users = known.table("teams"), known.table("users")
    receipt = known.store.begin(Isolation.SERIALIZABLE)
    assert receipt.by_key(teams, (1,)) is not None
    closing = known.store.begin(Isolation.SERIALIZABLE)
    known.change(closing, "teams", 1, name="closed")
    closing.commit()
    report = known.store.begin(Isolation.SERIALIZABLE)
    assert names(known, report) == ["closed", "blue"]
    assert len(report.rows(users)) == 1
    known.insert(receipt, "users", {"id": 2, "name": "receipt"})
    with pytest.raises(SerializationConflict):
        receipt.commit()
        report.commit()


def test_two_that_add_what_each_found_missing_conflict_rather_than_collide(known: Town) -> None:
    one, two = (known.store.begin(Isolation.SERIALIZABLE) for _ in range(2))
    for transaction in (one, two):
        assert transaction.by_key(known.table("teams"), (3,)) is None
    known.insert(one, "teams", {"id": 3})
    one.commit()
    with pytest.raises(SerializationConflict):
        known.insert(two, "teams", {"id": 3})


def test_a_commit_that_is_refused_keeps_nothing_and_holds_nobody_up(known: Town) -> None:
    for _ in range(3):
        one, two = (known.store.begin(Isolation.SERIALIZABLE) for _ in range(2))
        assert names(known, one) == names(known, two)
        known.change(one, "teams", 1, name="one")
        known.change(two, "teams", 2, name="two")
        one.commit()
        with pytest.raises(PersistenceError):
            two.commit()
    assert names(known, known.store.begin()) == ["one", "blue"]
    known.store.restore(known.store.freeze())


def test_two_steps_of_which_the_first_was_committed_first_have_an_order(known: Town) -> None:
    teams = known.table("teams")
    first, second = (known.store.begin(Isolation.SERIALIZABLE) for _ in range(2))
    assert first.by_key(teams, (1,)) is not None
    assert second.by_key(teams, (2,)) is not None
    known.insert(first, "users", {"id": 2, "name": "bob"})
    first.commit()
    third = known.store.begin(Isolation.SERIALIZABLE)
    known.change(third, "teams", 2, name="three")
    third.commit()
    known.change(second, "teams", 1, name="two")
    second.commit()
    assert names(known, known.store.begin()) == ["two", "three"]
