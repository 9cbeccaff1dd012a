"""Rows that are inserted, or change the row with their key, as PostgreSQL's INSERT … ON CONFLICT does it."""

from typing import Any

import pytest
from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint, text
from sqlalchemy.orm import registry

from unit.adapters.memory.store.town import Town
from unitofwork.adapters.memory.store import Row, Store, Transaction
from unitofwork.domain.errors import (
    ForeignKeyViolation,
    LockTimeout,
    NotNullViolation,
    SerializationConflict,
    UniqueViolation,
    UnsupportedQuery,
)
from unitofwork.domain.isolation import Isolation

NAME = 3
"""Where in a team's row its name is."""


@pytest.fixture
def known(town: Town) -> Town:
    """Two teams, committed."""
    transaction = town.store.begin()
    town.insert(transaction, "teams", {"id": 1, "code": 1, "name": "red"}, {"id": 2, "code": 2, "name": "blue"})
    transaction.commit()
    return town


def rename(_: Row, new: Row) -> list[tuple[int, Any]]:
    return [(NAME, new[NAME])]


def upsert(town: Town, transaction: Transaction, *rows: dict[str, Any], key: str = "id", change: Any = rename) -> None:
    table = town.table("teams")
    given = [town.values("teams", row) for row in rows]
    transaction.upsert(table, given, [table.shape.table.c[key]], change)


def test_a_new_key_is_inserted_and_a_known_one_changed(known: Town) -> None:
    transaction = known.store.begin()
    upsert(known, transaction, {"id": 2, "code": 9, "name": "navy"}, {"id": 3, "code": 3, "name": "green"})
    assert known.seen(transaction, "teams") == [(1, 1, "red"), (2, 2, "navy"), (3, 3, "green")]


def test_without_a_change_a_known_key_is_left_alone(known: Town) -> None:
    transaction = known.store.begin()
    upsert(known, transaction, {"id": 2, "name": "navy"}, {"id": 3, "name": "green"}, change=None)
    assert known.seen(transaction, "teams") == [(1, 1, "red"), (2, 2, "blue"), (3, None, "green")]


def test_the_rows_are_written_in_their_order(known: Town) -> None:
    def recode(_: Row, new: Row) -> list[tuple[int, Any]]:
        return [(2, new[2])]

    transaction = known.store.begin()
    upsert(known, transaction, {"id": 1, "code": 9}, {"id": 3, "code": 1}, change=recode)
    assert known.seen(transaction, "teams") == [(1, 9, "red"), (2, 2, "blue"), (3, 1, None)]
    with pytest.raises(UniqueViolation):
        upsert(known, transaction, {"id": 4, "code": 2}, {"id": 2, "code": 8}, change=recode)
    assert known.seen(transaction, "teams") == [(1, 9, "red"), (2, 2, "blue"), (3, 1, None)]


def test_a_row_that_breaks_another_rule_undoes_the_statement(known: Town) -> None:
    transaction = known.store.begin()
    with pytest.raises(UniqueViolation):
        upsert(known, transaction, {"id": 1, "name": "pink"}, {"id": 3, "code": 2})
    assert known.seen(transaction, "teams") == [(1, 1, "red"), (2, 2, "blue")]


def test_foreign_keys_are_checked_after_all_rows(town: Town) -> None:
    transaction = town.store.begin()
    users = town.table("users")
    key = users.shape.primary_columns
    rows = [{"id": 1, "name": "sandy", "boss": 2}, {"id": 2, "name": "eugene", "boss": 1}]
    transaction.upsert(users, [town.values("users", row) for row in rows], key, None)
    with pytest.raises(ForeignKeyViolation):
        transaction.upsert(users, [town.values("users", {"id": 3, "name": "x", "boss": 7})], key, None)
    assert len(town.seen(transaction, "users")) == 2


def test_a_row_must_keep_to_the_rules_about_itself_even_if_it_is_there(town: Town) -> None:
    transaction = town.store.begin()
    town.insert(transaction, "users", {"id": 1, "name": "sandy"})
    users = town.table("users")
    with pytest.raises(NotNullViolation):
        transaction.upsert(users, [town.values("users", {"id": 1, "name": None})], users.shape.primary_columns, None)


def test_of_two_rows_with_one_new_key_the_last_counts(known: Town) -> None:
    transaction = known.store.begin()
    upsert(known, transaction, {"code": 7, "id": 7, "name": "a"}, {"code": 7, "id": 8, "name": "b"}, key="code")
    assert known.seen(transaction, "teams")[2:] == [(7, 7, "b")]


def test_a_key_that_another_transaction_has_taken_or_let_go_would_be_waited_for(known: Town) -> None:
    other, transaction = known.store.begin(), known.store.begin()
    known.insert(other, "teams", {"id": 3, "code": 3})
    known.change(other, "teams", 1, name="pink")
    known.delete(other, "teams", 2)
    for number in (1, 2, 3):
        for change in (rename, None):
            with pytest.raises(LockTimeout):
                upsert(known, transaction, {"id": number, "name": "x"}, change=change)
    other.rollback()
    upsert(known, transaction, {"id": 1, "name": "x"})


@pytest.mark.parametrize("isolation", [Isolation.SNAPSHOT, Isolation.SERIALIZABLE])
@pytest.mark.parametrize("change", [rename, None])
def test_a_row_that_came_or_changed_since_the_snapshot_is_a_conflict(
    known: Town, isolation: Isolation, change: Any
) -> None:
    for number in (1, 3):
        transaction, other = known.store.begin(isolation), known.store.begin()
        assert len(known.seen(transaction, "teams")) == 2
        if number == 3:
            known.insert(other, "teams", {"id": 3})
        else:
            known.change(other, "teams", 1, name="pink")
        other.commit()
        with pytest.raises(SerializationConflict):
            upsert(known, transaction, {"id": number, "name": "x"}, change=change)
        transaction.rollback()


def test_a_statement_by_itself_takes_the_snapshot(known: Town) -> None:
    transaction, other = known.store.begin(Isolation.SNAPSHOT), known.store.begin()
    upsert(known, transaction, {"id": 3, "name": "green"})
    known.change(other, "teams", 1, name="pink")
    other.commit()
    assert (1, 1, "red") in known.seen(transaction, "teams")


def test_a_key_that_no_rule_tells_rows_by_is_refused(known: Town) -> None:
    with pytest.raises(UnsupportedQuery, match="no unique rule about name of teams"):
        upsert(known, known.store.begin(), {"id": 3, "name": "green"}, key="name")


def test_a_rule_that_is_checked_late_or_of_some_rows_alone_tells_none() -> None:
    mapping = registry()
    Table(
        "things",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("late", Integer),
        Column("some", Integer),
        UniqueConstraint("late", deferrable=True),
        Index("of_some", "some", unique=True, postgresql_where=text("some > 5")),
    )
    store = Store(mapping.metadata, mapping)
    table = store.table(mapping.metadata.tables["things"])
    for name in ("late", "some"):
        with pytest.raises(UnsupportedQuery, match=f"no unique rule about {name} of things"):
            store.begin().upsert(table, [], [table.shape.table.c[name]], None)
