"""A transaction outside of any unit of work; what units do inside it, the contract says (row L13)."""

import pytest

from contract.model import Accounts, User, mapping
from unitofwork import FOR_UPDATE, Isolation, MemoryDatabase
from unitofwork.domain.errors import ConnectionLost, LockTimeout, NeedsRollback, UnitOfWorkError


def add(database: MemoryDatabase, name: str) -> None:
    with Accounts(database) as uow:
        uow.users.add(User(name))
        uow.commit()


def names(database: MemoryDatabase) -> list[object]:
    return [row["name"] for row in database.committed(User)]


def test_what_is_open_at_the_end_of_the_block_is_undone(database: MemoryDatabase) -> None:
    with database.transaction() as outer:
        with Accounts(database.joined(outer)) as uow:
            uow.users.add(User("patrick"))
            uow.commit()
        assert database.checked_out == 1
        assert names(database) == []
    assert not outer.is_active
    assert database.checked_out == 0
    assert names(database) == []


def test_its_isolation_is_that_of_its_units(database: MemoryDatabase) -> None:
    with database.transaction(Isolation.SNAPSHOT) as outer:
        with Accounts(database.joined(outer)) as uow:
            assert uow.users.count() == 0
        add(database, "patrick")
        with Accounts(database.joined(outer)) as uow:
            assert uow.users.count() == 0


def test_a_transaction_that_has_ended_cannot_be_joined(database: MemoryDatabase) -> None:
    with database.transaction() as outer:
        outer.commit()
        with pytest.raises(UnitOfWorkError, match="has ended"):
            database.joined(outer)


def test_that_of_another_database_is_refused(database: MemoryDatabase) -> None:
    with (
        MemoryDatabase(mapping()).transaction() as outer,
        pytest.raises(UnitOfWorkError, match=r"database\.transaction"),
    ):
        database.joined(outer)


@pytest.mark.parametrize("mode", ["create_savepoint", "rollback_only", "control_fully"])
def test_a_unit_whose_outer_transaction_was_ended_under_it_keeps_nothing(database: MemoryDatabase, mode: str) -> None:
    with database.transaction() as outer:
        joined = database.joined(outer, join_transaction_mode=mode)  # type: ignore[arg-type]  # one of the modes
        with Accounts(joined) as uow:
            uow.users.add(User("patrick"))
            uow.flush()
            outer.rollback()
            uow.users.add(User("gary"))
            with pytest.raises(UnitOfWorkError, match="outer transaction has ended"):
                uow.commit()
    assert names(database) == []
    assert database.checked_out == 0
    add(database, "pearl")


def test_a_connection_that_is_lost_is_lost_for_the_owner_too(database: MemoryDatabase) -> None:
    with database.transaction() as outer:
        with Accounts(database.joined(outer)) as uow:
            uow.users.add(User("patrick"))
            uow.commit()
            database.faults.fail("select", with_=ConnectionLost)
            with pytest.raises(ConnectionLost):
                uow.users.count()
        add(database, "patrick")  # nothing of it is locked any more
        with pytest.raises(NeedsRollback):
            outer.commit()
    assert names(database) == ["patrick"]


def test_a_lock_that_a_unit_could_not_have_undoes_the_outer_transaction(database: MemoryDatabase, sandy: int) -> None:
    """As on PostgreSQL, where an error ends it."""
    with Accounts(database) as holder, database.transaction() as outer:
        holder.users.get_one(sandy, lock=FOR_UPDATE)
        joined = database.joined(outer, join_transaction_mode="rollback_only")
        with Accounts(joined) as uow, pytest.raises(LockTimeout):
            uow.users.get_one(sandy, lock=FOR_UPDATE)
        assert not outer.is_active


def test_a_savepoint_of_a_transaction_that_was_kept_undoes_nothing(database: MemoryDatabase) -> None:
    with database.transaction() as outer:
        savepoint = outer.savepoint()
        with Accounts(database.joined(outer)) as uow:
            uow.users.add(User("patrick"))
            uow.commit()
        outer.commit()
        savepoint.rollback()
    assert names(database) == ["patrick"]


@pytest.mark.parametrize("mode", ["create_savepoint", "rollback_only", "control_fully"])
def test_a_connection_that_a_unit_throws_away_takes_the_outer_transaction_with_it(
    database: MemoryDatabase, mode: str
) -> None:
    with database.transaction() as outer:
        joined = database.joined(outer, join_transaction_mode=mode)  # type: ignore[arg-type]  # one of the modes
        uow = Accounts(joined).begin()
        uow.users.add(User("patrick"))
        uow.flush()
        uow.session.invalidate()
        assert not outer.is_active
        add(database, "patrick")  # nothing of it is locked any more
        uow.close()
    assert names(database) == ["patrick"]
    assert database.checked_out == 0
