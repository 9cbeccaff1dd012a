"""Each statement is all or nothing, and refuses what PostgreSQL refuses, in its words."""

import pytest

from unit.adapters.memory.store.town import Town
from unitofwork.adapters.memory.store import Transaction
from unitofwork.domain.errors import (
    ConstraintViolation,
    ForeignKeyViolation,
    NotNullViolation,
    UniqueViolation,
    ValueTooLong,
    WrongType,
)


@pytest.fixture
def transaction(town: Town) -> Transaction:
    return town.store.begin()


def test_rows_come_back_as_they_are_kept(town: Town, transaction: Transaction) -> None:
    [red, blue] = town.insert(transaction, "teams", {"name": "red"}, {"name": "blue", "code": 7})
    assert red[1:] == (1, None, "red")
    assert blue[1:] == (2, 7, "blue")
    assert red[0] != blue[0]
    assert transaction.by_key(town.table("teams"), (2,)) == blue
    assert transaction.by_key(town.table("teams"), (3,)) is None


def test_only_what_is_given_is_changed(town: Town, transaction: Transaction) -> None:
    town.insert(transaction, "teams", {"name": "red", "code": 1})
    changed = town.change(transaction, "teams", 1, name="green")
    assert changed is not None
    assert changed[1:] == (1, 1, "green")
    assert town.seen(transaction, "teams") == [(1, 1, "green")]


def test_a_row_that_is_gone_is_neither_changed_nor_deleted(town: Town, transaction: Transaction) -> None:
    [red] = town.insert(transaction, "teams", {"name": "red"})
    table = town.table("teams")
    assert transaction.delete(table, [red]) == 1
    assert transaction.delete(table, [red]) == 0
    assert transaction.update(table, [(red, town.values("teams", {"name": "green"}))]) == [None]
    assert town.seen(transaction, "teams") == []


@pytest.mark.parametrize(
    ("table", "row", "kind", "known"),
    [
        ("users", {"name": None, "team": 9}, NotNullViolation, ("users", ("name",), None)),
        ("users", {"name": "bob", "id": 1}, UniqueViolation, ("users", ("id",), "users_pkey")),
        (
            "users",
            {"id": 2, "name": "sandy", "team": 1},
            UniqueViolation,
            ("users", ("name", "team"), "users_name_team_key"),
        ),
        ("users", {"id": 2, "name": "bob", "team": 9}, ForeignKeyViolation, ("users", ("team",), "users_team_fkey")),
        ("users", {"id": 2, "name": "bob", "boss": 9}, ForeignKeyViolation, ("users", ("boss",), "users_boss_fkey")),
        ("teams", {"code": 5}, UniqueViolation, ("teams", ("code",), "teams_code_key")),
        ("badges", {"team": 5}, NotNullViolation, ("badges", ("user",), None)),
    ],
)
def test_what_breaks_a_rule_is_named_and_leaves_nothing(
    town: Town,
    transaction: Transaction,
    table: str,
    row: dict[str, object],
    kind: type[ConstraintViolation],
    known: tuple[str, tuple[str, ...], str | None],
) -> None:
    town.insert(transaction, "teams", {"name": "red", "code": 5})
    town.insert(transaction, "users", {"id": 1, "name": "sandy", "team": 1})
    before = {name: town.seen(transaction, name) for name in ("teams", "users", "badges")}
    fine = {"id": 50, "name": "fine", "user": 1}
    columns = town.table(table).shape.table.columns
    with pytest.raises(kind) as caught:
        town.insert(transaction, table, {key: value for key, value in fine.items() if key in columns}, row)
    error = caught.value
    assert (error.table, error.columns, error.constraint) == known
    assert {name: town.seen(transaction, name) for name in before} == before
    assert transaction.find(town.table("users"), (town.table("users").shape.table.c.name,), ("fine",)) == []


@pytest.mark.parametrize(("value", "kind"), [("elevenchars", ValueTooLong), (5, WrongType)])
def test_a_value_that_the_column_cannot_hold_is_refused_before_any_rule(
    town: Town, transaction: Transaction, value: object, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        town.insert(transaction, "users", {"name": None}, {"name": value})
    assert town.seen(transaction, "users") == []


def test_an_update_that_fails_changes_no_row(town: Town, transaction: Transaction) -> None:
    rows = town.insert(transaction, "teams", {"code": 1}, {"code": 2}, {"code": 3})
    changes = [(row, town.values("teams", {"code": code})) for row, code in zip(rows, (10, 3, 30), strict=True)]
    with pytest.raises(UniqueViolation):
        transaction.update(town.table("teams"), changes)
    assert [code for _, code, _ in town.seen(transaction, "teams")] == [1, 2, 3]


def test_a_swap_of_unique_values_fails_row_by_row(town: Town, transaction: Transaction) -> None:
    [one, two] = town.insert(transaction, "teams", {"code": 1}, {"code": 2})
    with pytest.raises(UniqueViolation):
        transaction.update(
            town.table("teams"), [(one, town.values("teams", {"code": 2})), (two, town.values("teams", {"code": 1}))]
        )


def test_null_in_a_key_equals_nothing(town: Town, transaction: Transaction) -> None:
    town.insert(transaction, "teams", {}, {})
    town.insert(transaction, "users", {"name": "sandy"}, {"name": "sandy"})
    teams = town.table("teams")
    assert transaction.find(teams, (teams.shape.table.c.code,), (None,)) == ()
    assert len(town.seen(transaction, "users")) == 2


def test_rows_are_found_by_any_columns(town: Town, transaction: Transaction) -> None:
    town.insert(transaction, "teams", {"code": 1, "name": "red"}, {"code": 2, "name": "red"})
    town.insert(transaction, "users", {"name": "sandy", "team": 1}, {"name": "bob", "team": 1})
    teams, users = town.table("teams"), town.table("users")
    columns = teams.shape.table.c
    assert len(transaction.find(teams, (columns.name,), ("red",))) == 2
    assert len(transaction.find(teams, (columns.name, columns.code), ("red", 2))) == 1
    assert len(transaction.find(users, (users.shape.table.c.team,), (1,))) == 2
    town.delete(transaction, "users", 1)
    town.change(transaction, "users", 2, name="patrick")
    assert [row[2] for row in transaction.find(users, (users.shape.table.c.team,), (1,))] == ["patrick"]
    by_both = (users.shape.table.c.team, users.shape.table.c.name)
    assert len(transaction.find(users, by_both, (1, "patrick"))) == 1
