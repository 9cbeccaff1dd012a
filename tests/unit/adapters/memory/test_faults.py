"""Failures on demand do to a unit of work what they do on PostgreSQL."""

import inspect
import pickle
from collections.abc import Callable
from contextlib import nullcontext
from typing import cast

import pytest

from contract.model import Accounts, Address, Team, User
from contract.models import counters
from contract.models.counters import Counter, Counters
from unitofwork import FOR_UPDATE, EntityState, MemoryDatabase
from unitofwork.adapters.memory import OPERATIONS, Operation
from unitofwork.domain import errors
from unitofwork.domain.errors import (
    CommitOutcomeUnknown,
    ConnectionLost,
    DatabaseUnavailable,
    Deadlock,
    LockTimeout,
    MappingError,
    NeedsRollback,
    PersistenceError,
    SerializationConflict,
    StatementTimeout,
    UniqueViolation,
)

ERRORS = [
    each
    for _, each in inspect.getmembers(errors, inspect.isclass)
    if issubclass(each, PersistenceError) and each.__module__ == errors.__name__
]
"""Every error of the package."""


def insert(uow: Accounts) -> None:
    uow.users.add(User("patrick"))
    uow.flush()


def update(uow: Accounts) -> None:
    with uow.no_autoflush():
        uow.users.find_one(name="sandy").fullname = "new"
    uow.flush()


def delete(uow: Accounts) -> None:
    uow.users.delete(uow.users.find_one(name="sandy"))
    uow.flush()


def count(uow: Accounts) -> None:
    uow.users.count()


def lock(uow: Accounts) -> None:
    uow.users.find_one(name="sandy", lock=FOR_UPDATE)


WAYS: dict[Operation, Callable[[Accounts], None]] = {
    "begin": count,
    "select": count,
    "lock": lock,
    "insert": insert,
    "update": update,
    "delete": delete,
    "flush": insert,
}
"""What makes each operation happen inside a transaction."""


def names(database: MemoryDatabase) -> list[object]:
    return [row["name"] for row in database.committed(User)]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("operation", WAYS)
def test_any_error_can_come_at_any_operation_and_ends_the_transaction(
    database: MemoryDatabase, sandy: int, operation: Operation, error: type[PersistenceError]
) -> None:
    way = WAYS[operation]
    database.faults.fail(operation, with_=error)
    with Accounts(database) as uow:
        with pytest.raises(error) as caught:
            way(uow)
        assert type(caught.value) is error
        assert "as planned" in str(caught.value)
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
        with pytest.raises(NeedsRollback) as refused:
            way(uow)
        assert refused.value.__cause__ is caught.value
        uow.rollback()
        way(uow)
        uow.rollback()
    assert names(database) == ["sandy"]


@pytest.mark.parametrize("error", ERRORS)
def test_without_its_savepoint_the_transaction_has_ended(
    database: MemoryDatabase, sandy: int, error: type[PersistenceError]
) -> None:
    database.faults.fail("savepoint", with_=error)
    with Accounts(database) as uow:
        update(uow)
        with pytest.raises(error), uow.savepoint():
            insert(uow)
        with pytest.raises(NeedsRollback):
            insert(uow)
        uow.rollback()
        insert(uow)
        uow.commit()
    assert [(row["name"], row["fullname"]) for row in database.committed(User)] == [
        ("sandy", "Sandy Cheeks"),
        ("patrick", None),
    ]


def test_a_savepoint_that_cannot_be_released_is_gone_back_to(database: MemoryDatabase, sandy: int) -> None:
    database.faults.fail("release", with_=StatementTimeout)
    with Accounts(database) as uow:
        update(uow)
        with pytest.raises(StatementTimeout), uow.savepoint():
            insert(uow)
        uow.commit()
    assert [(row["name"], row["fullname"]) for row in database.committed(User)] == [("sandy", "new")]


@pytest.mark.parametrize("error", ERRORS)
def test_a_commit_that_fails_keeps_nothing(database: MemoryDatabase, error: type[PersistenceError]) -> None:
    database.faults.fail("commit", with_=error)
    with Accounts(database) as uow:
        patrick = User("patrick")
        uow.users.add(patrick)
        with pytest.raises(error):
            uow.commit()
        with pytest.raises(NeedsRollback):
            uow.users.count()
        uow.rollback()
        assert uow.state(patrick) is EntityState.TRANSIENT
        assert uow.users.count() == 0
        uow.users.add(patrick)
        uow.commit()
    assert names(database) == ["patrick"]
    assert database.commits == 1


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "not-kept"])
def test_the_answer_of_a_commit_can_be_lost(database: MemoryDatabase, kept: bool) -> None:
    database.faults.fail("commit", with_=CommitOutcomeUnknown, kept=kept)
    with Accounts(database) as uow:
        patrick = User("patrick")
        uow.users.add(patrick)
        uow.flush()
        with pytest.raises(CommitOutcomeUnknown) as caught:
            uow.commit()
        assert not caught.value.retryable
        with pytest.raises(NeedsRollback):
            uow.users.count()
        uow.rollback()
        assert uow.state(patrick) is EntityState.TRANSIENT
        assert uow.users.count() == kept
    with Accounts(database) as uow:
        uow.users.add(patrick)  # with the key that it was given
        with pytest.raises(UniqueViolation) if kept else nullcontext():
            uow.commit()
    assert names(database) == ["patrick"]


def test_a_commit_that_would_fail_by_itself_is_not_kept(database: MemoryDatabase, sandy: int) -> None:
    database.faults.fail("commit", with_=CommitOutcomeUnknown, kept=True)
    with Accounts(database) as uow:
        uow.users.add(User("sandy"))
        with pytest.raises(UniqueViolation):
            uow.commit()
    assert names(database) == ["sandy"]


def test_a_rollback_that_fails_has_undone_all_the_same(database: MemoryDatabase, sandy: int) -> None:
    database.faults.fail("rollback", with_=ConnectionLost)
    with Accounts(database) as uow:
        update(uow)
        with pytest.raises(ConnectionLost):
            uow.rollback()
        with pytest.raises(NeedsRollback):
            uow.users.count()
        uow.rollback()
        assert uow.users.get_one(sandy).fullname == "Sandy Cheeks"
    assert database.checked_out == 0


def test_a_connection_that_is_lost_releases_what_it_had_locked(database: MemoryDatabase, sandy: int) -> None:
    with Accounts(database) as uow, Accounts(database) as other:
        update(uow)
        with pytest.raises(LockTimeout):
            update(other)
        other.rollback()
        database.faults.fail("select", with_=ConnectionLost)
        with pytest.raises(ConnectionLost):
            uow.users.count()
        update(other)
        other.commit()
    assert database.committed(User)[0]["fullname"] == "new"


def test_a_lost_connection_is_not_saved_by_a_savepoint(database: MemoryDatabase, sandy: int) -> None:
    database.faults.fail("insert", with_=ConnectionLost)
    with Accounts(database) as uow:
        update(uow)
        with pytest.raises(ConnectionLost), uow.savepoint():
            insert(uow)
        with pytest.raises(NeedsRollback):
            uow.users.count()
        uow.rollback()
        assert uow.users.get_one(sandy).fullname == "Sandy Cheeks"


def test_what_failed_in_a_savepoint_is_undone_with_it(database: MemoryDatabase, sandy: int) -> None:
    database.faults.fail("insert", with_=Deadlock)
    with Accounts(database) as uow:
        update(uow)
        with pytest.raises(Deadlock), uow.savepoint():
            insert(uow)
        uow.commit()
    assert [(row["name"], row["fullname"]) for row in database.committed(User)] == [("sandy", "new")]


def test_a_flush_fails_once_its_statements_are_sent(database: MemoryDatabase) -> None:
    database.faults.fail("flush", with_=StatementTimeout)
    with Accounts(database) as uow:
        patrick = User("patrick")
        uow.users.add(patrick)
        with database.counting() as statements, pytest.raises(StatementTimeout):
            uow.flush()
        assert len(statements) == 1
        uow.rollback()
        assert uow.state(patrick) is EntityState.TRANSIENT
    assert names(database) == []


def test_a_flush_of_what_is_simple_fails_in_the_same_way() -> None:
    database = MemoryDatabase(counters.mapping())
    database.faults.fail("flush", with_=StatementTimeout)
    with Counters(database) as uow:
        uow.counters.add(Counter(id=1))
        with pytest.raises(StatementTimeout):
            uow.commit()
        with pytest.raises(NeedsRollback):
            uow.counters.count()
    assert database.committed(Counter) == []


def test_a_database_that_is_not_there_refuses_to_begin(database: MemoryDatabase, sandy: int) -> None:
    database.faults.fail("begin", with_=DatabaseUnavailable)
    with Accounts(database) as uow:
        with pytest.raises(DatabaseUnavailable) as caught:
            uow.users.find()
        assert not caught.value.retryable
        uow.rollback()
        assert len(uow.users.find()) == 1
    assert database.checked_out == 0


# Which operation it is


def test_the_nth_one_fails_and_no_other(database: MemoryDatabase) -> None:
    database.faults.fail("commit", nth=3, with_=SerializationConflict)
    for number in range(5):
        with Accounts(database) as uow:
            uow.users.add(User(f"user {number}"))
            with pytest.raises(SerializationConflict) if number == 2 else nullcontext():
                uow.commit()
    assert names(database) == ["user 0", "user 1", "user 3", "user 4"]


def test_several_failures_are_each_counted_from_when_they_were_planned(database: MemoryDatabase, sandy: int) -> None:
    database.faults.fail("select", nth=2, with_=Deadlock)
    database.faults.fail("select", nth=1, with_=StatementTimeout)
    with Accounts(database) as uow:
        for error in (StatementTimeout, Deadlock):
            with pytest.raises(error):
                uow.users.count()
            uow.rollback()
        assert uow.users.count() == 1


def test_statements_of_one_type_alone(database: MemoryDatabase) -> None:
    database.faults.fail("insert", with_=UniqueViolation, entity_type=Address)
    with Accounts(database) as uow:
        uow.teams.add(Team("red"))
        uow.users.add(User("sandy"))
        uow.flush()
        user = uow.users.find_one()
        user.addresses.append(Address("sandy@example.org"))
        with pytest.raises(UniqueViolation) as caught:
            uow.flush()
    assert (caught.value.entity_type, caught.value.table) == (Address, "addresses")


def test_what_is_loaded_lazily_or_again_counts_as_well(database: MemoryDatabase, sandy: int) -> None:
    with Accounts(database) as uow:
        user = uow.users.get_one(sandy)
        database.faults.fail("select", with_=StatementTimeout, entity_type=Address)
        uow.users.count()
        with pytest.raises(StatementTimeout):
            _ = user.addresses
        uow.rollback()
        database.faults.fail("select", with_=Deadlock)
        with pytest.raises(Deadlock):
            _ = user.name  # expired by the rollback


def test_an_error_with_fields_of_its_own(database: MemoryDatabase) -> None:
    planned = UniqueViolation("twice", constraint="uq_users_name", columns=("name",))
    database.faults.fail("insert", with_=planned)
    with Accounts(database) as uow, pytest.raises(UniqueViolation) as caught:
        insert(uow)
    assert caught.value is planned


def test_after_clear_nothing_fails_and_nobody_is_told(database: MemoryDatabase) -> None:
    told: list[Operation] = []
    database.faults.fail("commit", with_=Deadlock)
    database.faults.tell(told.append)
    database.faults.clear()
    with Accounts(database) as uow:
        insert(uow)
        uow.commit()
    assert told == []


def test_each_operation_is_told_before_it_is_done(database: MemoryDatabase, sandy: int) -> None:
    """So that a clock moves on, or another unit comes first at exactly this place."""
    told: list[Operation] = []
    database.faults.tell(told.append)
    with Accounts(database) as uow:
        lock(uow)
        with uow.savepoint():
            insert(uow)
        uow.commit()
        delete(uow)
        uow.rollback()
    assert told == [
        *("begin", "select", "lock", "savepoint", "insert", "flush", "release", "commit"),
        *("begin", "select", "select", "delete", "delete", "flush", "rollback"),  # its addresses go with the user
    ]


def test_another_unit_can_come_in_between(database: MemoryDatabase, sandy: int) -> None:
    def come_between(operation: Operation) -> None:
        if operation == "update":
            database.faults.clear()
            with Accounts(database) as other:
                other.users.delete(other.users.get_one(sandy))
                other.commit()

    database.faults.tell(come_between)
    with Accounts(database) as uow:
        with pytest.raises(errors.StaleEntity):
            update(uow)
        uow.rollback()
    assert names(database) == []


# What is refused


def test_another_operation_is_refused_with_those_that_there_are(database: MemoryDatabase) -> None:
    with pytest.raises(ValueError, match=", ".join(OPERATIONS)):
        database.faults.fail(cast(Operation, "find"), with_=Deadlock)


@pytest.mark.parametrize("error", [ValueError, ValueError("no"), int])
def test_an_error_that_no_port_raises_is_refused(database: MemoryDatabase, error: object) -> None:
    with pytest.raises(TypeError, match=r"no error of unitofwork\.domain\.errors"):
        database.faults.fail("commit", with_=cast(PersistenceError, error))


def test_what_does_not_fit_the_operation_is_refused(database: MemoryDatabase) -> None:
    fail = database.faults.fail
    with pytest.raises(ValueError, match="counted from 1"):
        fail("commit", nth=0, with_=Deadlock)
    with pytest.raises(ValueError, match="keep nothing"):
        fail("commit", with_=ConnectionLost, kept=True)
    with pytest.raises(ValueError, match="keep nothing"):
        fail("flush", with_=CommitOutcomeUnknown, kept=True)
    with pytest.raises(ValueError, match="leave out entity_type"):
        fail("commit", with_=Deadlock, entity_type=User)
    counters.mapping()
    with pytest.raises(MappingError, match="another registry"):
        fail("insert", with_=Deadlock, entity_type=Counter)
