"""Row L13: units inside a transaction that somebody else began, by each of the four modes."""

from collections.abc import Generator
from typing import get_args

import pytest
from sqlalchemy.orm.session import JoinTransactionMode

from unitofwork import Database, EntityState
from unitofwork.domain.errors import NeedsRollback, UniqueViolation, UnitOfWorkError
from unitofwork.domain.isolation import Isolation

from .adapters import Adapter, Probe
from .model import Accounts, NewUnit, User
from .outer import Outer

pytestmark = [pytest.mark.row("L13"), pytest.mark.needs("savepoints", "outer_transaction")]

MODES: tuple[JoinTransactionMode, ...] = get_args(JoinTransactionMode)
UNDOING: tuple[JoinTransactionMode, ...] = ("conditional_savepoint", "control_fully", "rollback_only")
"""The modes whose rollback is the outer transaction's, if that has no savepoint."""

every_mode = pytest.mark.parametrize("mode", MODES)


@pytest.fixture
def outer(adapter: Adapter, database: Database) -> Generator[Outer]:
    with adapter.begin_outer(database) as begun:
        yield begun


def add(database: Database, *names: str) -> None:
    """Commit users."""
    with Accounts(database) as uow:
        uow.users.add_all(User(name) for name in names)
        uow.commit()


def names(database: Database) -> list[str]:
    with Accounts(database) as uow:
        return [user.name for user in uow.users.find(order_by="id")]


@pytest.mark.parametrize("mode", ["create_savepoint", "rollback_only", "conditional_savepoint"])
def test_code_that_commits_can_be_undone(outer: Outer, database: Database, mode: JoinTransactionMode) -> None:
    joined = outer.joined(mode)
    add(joined, "patrick", "gary")
    with Accounts(joined) as uow:
        uow.users.delete(uow.users.find_one(name="gary"))
        uow.commit()
        uow.users.find_one(name="patrick").age = 30
        uow.commit()
    assert names(joined) == ["patrick"]
    assert outer.is_active()
    outer.rollback()
    assert names(database) == []


@every_mode
def test_what_was_committed_is_kept_when_the_outer_transaction_is(
    outer: Outer, database: Database, mode: JoinTransactionMode
) -> None:
    add(outer.joined(mode), "patrick")
    if mode == "control_fully":
        assert not outer.is_active()
    else:
        assert outer.is_active()
        outer.commit()
    assert names(database) == ["patrick"]


@every_mode
def test_what_was_not_committed_is_never_kept(outer: Outer, database: Database, mode: JoinTransactionMode) -> None:
    """Whether it was flushed or not: nothing but the unit's own commit keeps it."""
    with Accounts(outer.joined(mode)) as uow:
        patrick = User("patrick")
        uow.users.add(patrick)
        uow.flush()
        uow.users.add(User("gary"))
    assert patrick.id is not None
    if outer.is_active():
        outer.commit()
    assert names(database) == []
    with Accounts(database) as uow:
        assert uow.state(patrick) is EntityState.TRANSIENT


@every_mode
def test_rows_that_were_written_without_entities_are_not_kept_either(
    outer: Outer, database: Database, mode: JoinTransactionMode
) -> None:
    with Accounts(outer.joined(mode)) as uow:
        uow.users.insert_many([{"name": "patrick"}, {"name": "gary"}])
    if outer.is_active():
        outer.commit()
    assert names(database) == []


@every_mode
def test_a_unit_that_only_read_leaves_the_outer_transaction_as_it_is(
    outer: Outer, database: Database, mode: JoinTransactionMode
) -> None:
    add(outer.joined("create_savepoint"), "patrick")
    assert names(outer.joined(mode)) == ["patrick"]
    assert outer.is_active() == (mode != "control_fully")
    outer.rollback()
    assert names(database) == []


def test_a_rollback_undoes_the_unit_alone_where_it_has_a_savepoint(outer: Outer, database: Database) -> None:
    joined = outer.joined("create_savepoint")
    add(joined, "patrick")
    with Accounts(joined) as uow:
        uow.users.add(User("gary"))
        uow.flush()
        uow.rollback()
        uow.users.add(User("pearl"))
        uow.commit()
    outer.commit()
    assert names(database) == ["patrick", "pearl"]


def test_the_conditional_mode_has_a_savepoint_if_the_outer_transaction_has_one(
    outer: Outer, database: Database
) -> None:
    add(outer.joined("create_savepoint"), "patrick")
    outer.savepoint()
    with Accounts(outer.joined("conditional_savepoint")) as uow:
        uow.users.add(User("gary"))
        uow.flush()
        uow.rollback()
    assert outer.is_active()
    outer.commit()
    assert names(database) == ["patrick"]


@pytest.mark.parametrize("mode", ["control_fully", "rollback_only"])
def test_a_rollback_is_that_of_the_outer_savepoint_if_there_is_one(
    outer: Outer, database: Database, mode: JoinTransactionMode
) -> None:
    add(outer.joined("create_savepoint"), "patrick")
    outer.savepoint()
    with Accounts(outer.joined(mode)) as uow:
        uow.users.add(User("gary"))
        uow.flush()
        uow.rollback()
    assert not outer.is_active()
    outer.commit()
    assert names(database) == ["patrick"]


@pytest.mark.parametrize("mode", UNDOING)
def test_a_rollback_is_the_outer_transactions_in_the_other_modes(
    outer: Outer, database: Database, mode: JoinTransactionMode
) -> None:
    add(outer.joined("create_savepoint"), "patrick")
    with Accounts(outer.joined(mode)) as uow:
        uow.users.add(User("gary"))
        uow.flush()
        uow.rollback()
        assert not outer.is_active()
    assert names(database) == []


@pytest.mark.parametrize("mode", ["conditional_savepoint", "rollback_only"])
def test_after_the_outer_transaction_nothing_can_be_kept_by_mistake(
    outer: Outer, database: Database, mode: JoinTransactionMode
) -> None:
    """A commit would be for good then, and the test that wants to undo it could not."""
    joined = outer.joined(mode)
    with Accounts(joined) as uow:
        uow.users.add(User("gary"))
        uow.flush()
        uow.rollback()
        uow.users.add(User("pearl"))
        with pytest.raises(UnitOfWorkError, match="outer transaction has ended"):
            uow.commit()
        with pytest.raises(NeedsRollback):
            uow.commit()
    with pytest.raises(UnitOfWorkError, match="outer transaction has ended"):
        Accounts(joined).begin()
    assert names(database) == []


def test_in_full_control_the_unit_goes_on_after_its_commit(outer: Outer, database: Database) -> None:
    with Accounts(outer.joined("control_fully")) as uow:
        uow.users.add(User("patrick"))
        uow.commit()
        uow.users.add(User("gary"))
        uow.commit()
        uow.users.add(User("pearl"))
        uow.flush()
    assert names(database) == ["patrick", "gary"]


def test_a_failed_flush_leaves_the_outer_transaction_usable(outer: Outer, database: Database) -> None:
    joined = outer.joined("create_savepoint")
    add(joined, "patrick")
    with Accounts(joined) as uow:
        uow.users.add(User("gary"))
        uow.flush()
        uow.users.add(User("patrick"))
        with pytest.raises(UniqueViolation):
            uow.flush()
        uow.rollback()
        uow.users.add(User("pearl"))
        uow.commit()
    with pytest.raises(UniqueViolation):
        add(joined, "patrick")
    assert outer.is_active()
    outer.commit()
    assert names(database) == ["patrick", "pearl"]


@pytest.mark.parametrize("mode", UNDOING)
def test_a_failed_flush_undoes_the_outer_transaction_in_the_other_modes(
    outer: Outer, database: Database, mode: JoinTransactionMode
) -> None:
    add(outer.joined("create_savepoint"), "patrick")
    with pytest.raises(UniqueViolation):
        add(outer.joined(mode), "patrick")
    assert not outer.is_active()
    assert names(database) == []


def test_savepoints_of_the_unit_nest_in_the_outer_transaction(outer: Outer, database: Database) -> None:
    with Accounts(outer.joined("create_savepoint")) as uow:
        uow.users.add(User("patrick"))
        with pytest.raises(UniqueViolation), uow.savepoint():
            uow.users.add(User("patrick"))
        with uow.savepoint():
            uow.users.add(User("gary"))
        uow.commit()
    outer.commit()
    assert names(database) == ["patrick", "gary"]


def test_a_unit_inside_another_one_is_undone_with_it(outer: Outer, database: Database) -> None:
    joined = outer.joined("create_savepoint")
    with Accounts(joined) as around:
        around.users.add(User("patrick"))
        around.flush()
        add(joined, "gary")
        around.rollback()
    outer.commit()
    assert names(database) == []


@every_mode
def test_the_connection_stays_with_its_owner(outer: Outer, mode: JoinTransactionMode, probe: Probe) -> None:
    joined = outer.joined(mode)
    uow = Accounts(joined).begin()
    uow.users.count()
    uow.close()
    joined.dispose()
    assert probe.checked_out() == 1


@every_mode
def test_a_unit_that_is_dropped_leaves_nothing(outer: Outer, database: Database, mode: JoinTransactionMode) -> None:
    uow = Accounts(outer.joined(mode)).begin()
    uow.users.add(User("patrick"))
    uow.flush()
    with pytest.warns(ResourceWarning):
        del uow
    if outer.is_active():
        outer.commit()
    assert names(database) == []


def test_a_joined_unit_that_only_reads_refuses_changes(outer: Outer) -> None:
    with Accounts(outer.joined("create_savepoint")).begin(read_only=True) as uow:
        uow.users.add(User("patrick"))
        with pytest.raises(UnitOfWorkError, match="read-only"):
            uow.commit()


def test_the_isolation_is_the_outer_transactions(outer: Outer) -> None:
    with pytest.raises(UnitOfWorkError, match="whoever begins it"):
        Accounts(outer.joined("create_savepoint")).begin(isolation=Isolation.SERIALIZABLE)


def test_another_mode_is_refused(outer: Outer) -> None:
    with pytest.raises(ValueError, match="create_savepoint"):
        outer.joined("savepoint")  # type: ignore[arg-type]  # what the checkers refuse, at run time


def test_after_the_outer_transaction_units_begin_as_usual(outer: Outer, accounts: NewUnit) -> None:
    add(outer.joined("create_savepoint"), "patrick")
    outer.rollback()
    with accounts() as uow:
        uow.users.add(User("patrick"))
        uow.commit()
        assert uow.users.count() == 1


@pytest.mark.parametrize("mode", ["create_savepoint", "rollback_only", "conditional_savepoint"])
def test_a_unit_that_read_after_its_commit_leaves_what_it_kept(
    outer: Outer, database: Database, mode: JoinTransactionMode
) -> None:
    with Accounts(outer.joined(mode)) as uow:
        uow.users.add(User("patrick"))
        uow.commit()
        assert uow.users.count() == 1
    outer.commit()
    assert names(database) == ["patrick"]
