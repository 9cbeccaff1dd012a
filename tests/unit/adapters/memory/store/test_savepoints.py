"""Savepoints nest, and the whole database can be gone back to."""

import gc
import weakref

import pytest
from sqlalchemy import Column, Integer, Table, UniqueConstraint
from sqlalchemy.orm import registry

from unit.adapters.memory.store.town import Town
from unitofwork.adapters.memory.store import Store
from unitofwork.adapters.memory.store.schema import schema_of
from unitofwork.domain.errors import ForeignKeyViolation, MappingError, UniqueViolation, UnitOfWorkError
from unitofwork.domain.isolation import Isolation


def test_going_back_undoes_rows_indexes_and_what_was_put_off(town: Town) -> None:
    transaction = town.store.begin()
    town.insert(transaction, "teams", {"id": 1, "code": 1}, {"id": 2, "code": 2})
    outer = transaction.savepoint()
    town.change(transaction, "teams", 1, code=10)
    inner = transaction.savepoint()
    town.delete(transaction, "teams", 1)
    town.insert(transaction, "teams", {"id": 3, "code": 1})
    transaction.rollback_to(inner)
    assert town.seen(transaction, "teams") == [(1, 10, None), (2, 2, None)]
    town.insert(transaction, "users", {"id": 1, "name": "a"})
    town.insert(transaction, "badges", {"user": 1, "team": 99})
    transaction.rollback_to(outer)
    assert town.seen(transaction, "teams") == [(1, 1, None), (2, 2, None)]
    with pytest.raises(UniqueViolation):
        town.insert(transaction, "teams", {"id": 4, "code": 1})
    town.insert(transaction, "teams", {"id": 4, "code": 10})
    transaction.commit()
    assert len(town.store.committed(town.table("teams").shape.table)) == 3


def test_what_was_put_off_before_a_savepoint_is_still_checked(town: Town) -> None:
    transaction = town.store.begin()
    town.insert(transaction, "users", {"id": 1, "name": "a"})
    town.insert(transaction, "badges", {"user": 1, "team": 99})
    transaction.rollback_to(transaction.savepoint())
    with pytest.raises(ForeignKeyViolation):
        transaction.commit()


def test_a_database_goes_back_to_what_was_kept_again_and_again(town: Town) -> None:
    transaction = town.store.begin()
    town.insert(transaction, "teams", {"code": 1, "name": "red"})
    town.insert(transaction, "users", {"name": "sandy", "team": 1})
    transaction.commit()
    kept = town.store.freeze()
    users = town.table("users")
    for _ in range(3):
        transaction = town.store.begin()
        assert town.insert(transaction, "teams", {"code": 2})[0][1] == 2
        town.change(transaction, "users", 1, name="bob")
        town.delete(transaction, "teams", 1)
        transaction.commit()
        town.store.restore(kept)
        transaction = town.store.begin()
        assert town.seen(transaction, "teams") == [(1, 1, "red")]
        assert town.seen(transaction, "users") == [(1, "sandy", 1, None)]
        assert len(transaction.find(users, (users.shape.table.c.team,), (1,))) == 1
        with pytest.raises(UniqueViolation):
            town.insert(transaction, "teams", {"id": 9, "code": 1})
        transaction.rollback()


def test_a_table_that_nobody_had_asked_for_was_empty(town: Town) -> None:
    kept = town.store.freeze()
    for _ in range(2):
        transaction = town.store.begin()
        town.insert(transaction, "teams", {"code": 1})
        transaction.commit()
        town.store.restore(kept)
        assert town.seen(town.store.begin(), "teams") == []


def test_what_is_not_committed_is_in_the_way(town: Town) -> None:
    kept = town.store.freeze()
    writer = town.store.begin()
    mark = writer.savepoint()
    town.insert(writer, "teams", {})
    for refused in (town.store.freeze, lambda: town.store.restore(kept)):
        with pytest.raises(UnitOfWorkError, match="changes that are not committed"):
            refused()
    writer.rollback_to(mark)
    kept = town.store.freeze()
    town.insert(writer, "teams", {})
    writer.commit()
    town.store.restore(kept)
    assert town.seen(town.store.begin(), "teams") == []


def test_who_looks_at_a_snapshot_is_in_the_way_of_going_back(town: Town) -> None:
    kept = town.store.freeze()
    reader = town.store.begin(Isolation.SNAPSHOT)
    assert town.seen(reader, "teams") == []
    with pytest.raises(UnitOfWorkError, match="looking at a snapshot"):
        town.store.restore(kept)
    reader.commit()
    town.store.restore(kept)


def test_the_mapping_is_read_once_and_again_when_it_has_grown() -> None:
    made = registry()
    table = Table("things", made.metadata, Column("id", Integer, primary_key=True), Column("a", Integer))
    assert schema_of(made.metadata) is schema_of(made.metadata)
    table.append_constraint(UniqueConstraint("a"))
    town = Town(Store(made.metadata, made))
    with pytest.raises(UniqueViolation):
        town.insert(town.store.begin(), "things", {"a": 1}, {"a": 1})
    others = Table("others", made.metadata, Column("id", Integer, primary_key=True))
    with pytest.raises(MappingError, match="no table others"):
        town.store.table(others)
    assert not Store(made.metadata, made).committed(others)


def test_what_was_read_of_a_mapping_goes_with_it() -> None:
    made = registry()
    Table("things", made.metadata, Column("id", Integer, primary_key=True))
    Store(made.metadata, made)
    gone = weakref.ref(made.metadata)
    del made
    gc.collect()
    assert gone() is None
