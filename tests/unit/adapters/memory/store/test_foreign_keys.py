"""Foreign keys are checked when a statement ends, or at commit, and do what ON DELETE and ON UPDATE say."""

import pytest
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Integer, Table, UniqueConstraint
from sqlalchemy.orm import registry

from unit.adapters.memory.store.town import Town
from unitofwork.adapters.memory.store import Store
from unitofwork.domain.errors import ForeignKeyViolation, MappingError, NotNullViolation


def test_rows_of_one_statement_may_refer_to_each_other(town: Town) -> None:
    transaction = town.store.begin()
    town.insert(transaction, "users", {"id": 1, "name": "a", "boss": 2}, {"id": 2, "name": "b", "boss": 1})
    users = town.table("users")
    assert transaction.delete(users, list(transaction.rows(users))) == 2


def test_what_is_still_referred_to_stays(town: Town) -> None:
    transaction = town.store.begin()
    town.insert(transaction, "users", {"id": 1, "name": "a"}, {"id": 2, "name": "b", "boss": 1})
    with pytest.raises(ForeignKeyViolation) as caught:
        town.delete(transaction, "users", 1)
    assert (caught.value.table, caught.value.constraint) == ("users", "users_boss_fkey")
    with pytest.raises(ForeignKeyViolation):
        town.change(transaction, "users", 1, id=5)
    town.change(transaction, "users", 1, name="stays")
    assert len(town.seen(transaction, "users")) == 2


def test_deleting_sets_null_and_cascades(town: Town) -> None:
    transaction = town.store.begin()
    town.insert(transaction, "teams", {"id": 1}, {"id": 2})
    town.insert(transaction, "users", {"id": 1, "name": "a", "team": 1}, {"id": 2, "name": "b", "team": 2})
    town.insert(transaction, "badges", {"user": 1}, {"user": 2}, {"user": 2})
    town.delete(transaction, "teams", 1)
    assert town.seen(transaction, "users") == [(1, "a", None, None), (2, "b", 2, None)]
    town.delete(transaction, "users", 2)
    assert [row[1] for row in town.seen(transaction, "badges")] == [1]


def test_a_changed_key_is_followed(town: Town) -> None:
    transaction = town.store.begin()
    town.insert(transaction, "teams", {"id": 1})
    town.insert(transaction, "users", {"id": 1, "name": "a", "team": 1})
    town.change(transaction, "teams", 1, id=9)
    assert town.seen(transaction, "users") == [(1, "a", 9, None)]


def test_a_deferred_one_is_checked_at_commit_and_keeps_nothing(town: Town) -> None:
    transaction = town.store.begin()
    town.insert(transaction, "users", {"id": 1, "name": "a"})
    town.insert(transaction, "badges", {"user": 1, "team": 5})
    with pytest.raises(ForeignKeyViolation) as caught:
        transaction.commit()
    assert caught.value.constraint == "badges_team_fkey"
    assert list(town.store.committed(town.table("users").shape.table)) == []
    transaction = town.store.begin()
    town.insert(transaction, "users", {"id": 1, "name": "a"})
    town.insert(transaction, "badges", {"user": 1, "team": 5})
    town.insert(transaction, "teams", {"code": 5})
    transaction.commit()
    assert len(town.store.committed(town.table("badges").shape.table)) == 1


@pytest.fixture
def mapping() -> registry:
    made = registry()
    Table(
        "rooms",
        made.metadata,
        Column("floor", Integer, primary_key=True),
        Column("number", Integer, primary_key=True),
    )
    return made


def guests(mapping: registry, *, ondelete: str | None = None, match: str | None = None) -> Store:
    Table(
        "guests",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("floor", Integer),
        Column("number", Integer),
        ForeignKeyConstraint(["number", "floor"], ["rooms.number", "rooms.floor"], ondelete=ondelete, match=match),
    )
    return Store(mapping.metadata, mapping)


def test_one_of_several_columns_refers_to_a_whole_key_or_to_nothing(mapping: registry) -> None:
    store = guests(mapping, ondelete="SET NULL (number)")
    town, transaction = Town(store), store.begin()
    [room] = town.insert(transaction, "rooms", {"floor": 1, "number": 2})
    town.insert(transaction, "guests", {"floor": 1, "number": 2}, {"floor": 9}, {})
    with pytest.raises(ForeignKeyViolation) as caught:
        town.insert(transaction, "guests", {"floor": 2, "number": 1})
    assert caught.value.constraint == "guests_number_floor_fkey"
    transaction.delete(town.table("rooms"), [room])
    assert town.seen(transaction, "guests") == [(1, 1, None), (2, 9, None), (3, None, None)]


def parents_and_children(action: str, *, nullable: bool = True) -> Town:
    made = registry()
    Table("parents", made.metadata, Column("id", Integer, primary_key=True))
    Table(
        "children",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("parent", ForeignKey("parents.id", ondelete=action), nullable=nullable),
    )
    return Town(Store(made.metadata, made))


@pytest.mark.parametrize(("action", "kept"), [("CASCADE", []), ("set null", [(1, None)]), ("SET DEFAULT", [(1, None)])])
def test_what_a_deletion_does_to_rows_that_refer(action: str, kept: list[object]) -> None:
    town = parents_and_children(action)
    transaction = town.store.begin()
    town.insert(transaction, "parents", {"id": 1})
    town.insert(transaction, "children", {"parent": 1})
    town.delete(transaction, "parents", 1)
    assert town.seen(transaction, "children") == kept


@pytest.mark.parametrize("action", ["RESTRICT", "NO ACTION"])
def test_what_refuses_a_deletion(action: str) -> None:
    town = parents_and_children(action)
    transaction = town.store.begin()
    town.insert(transaction, "parents", {"id": 1})
    town.insert(transaction, "children", {"parent": 1})
    with pytest.raises(ForeignKeyViolation):
        town.delete(transaction, "parents", 1)


def test_an_action_keeps_the_rules_of_the_rows_that_it_changes() -> None:
    town = parents_and_children("SET NULL", nullable=False)
    transaction = town.store.begin()
    town.insert(transaction, "parents", {"id": 1})
    town.insert(transaction, "children", {"parent": 1})
    with pytest.raises(NotNullViolation) as caught:
        town.delete(transaction, "parents", 1)
    assert (caught.value.table, caught.value.columns) == ("children", ("parent",))
    assert len(town.seen(transaction, "parents")) == 1


def refused(mapping: registry) -> MappingError:
    with pytest.raises(MappingError) as caught:
        Store(mapping.metadata, mapping)
    assert caught.value.table == "guests"
    assert caught.value.constraint is not None
    return caught.value


def test_what_cannot_be_kept_is_refused_by_name(mapping: registry) -> None:
    with pytest.raises(MappingError, match="guests_number_floor_fkey of guests is MATCH FULL"):
        guests(mapping, match="FULL")


def test_an_unknown_action_is_refused(mapping: registry) -> None:
    with pytest.raises(MappingError, match="says BURN, which is not supported"):
        guests(mapping, ondelete="BURN")


@pytest.mark.parametrize("deferrable", [False, True])
def test_what_is_referred_to_must_be_unique_at_once(deferrable: bool) -> None:
    made = registry()
    rules = [UniqueConstraint("code", deferrable=True)] if deferrable else []
    Table("teams", made.metadata, Column("id", Integer, primary_key=True), Column("code", Integer), *rules)
    Table("guests", made.metadata, Column("id", Integer, primary_key=True), Column("team", ForeignKey("teams.code")))
    assert "no primary key or unique constraint" in str(refused(made))


def test_a_table_that_is_not_kept_cannot_be_referred_to(mapping: registry) -> None:
    Table("halls", mapping.metadata, Column("id", Integer, primary_key=True))
    hall: Column[int] = Column("hall", ForeignKey("halls.id"))
    with pytest.raises(MappingError, match="refers to a table that is not kept"):
        Store([Table("guests", mapping.metadata, Column("id", Integer, primary_key=True), hall)], mapping)
