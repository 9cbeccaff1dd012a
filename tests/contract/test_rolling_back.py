"""L7, L8: rollback undoes everything, and is all that can be done after a flush that failed."""

from collections.abc import Callable

import pytest

from unitofwork import EntityState
from unitofwork.domain.errors import NeedsRollback, PersistenceError, UniqueViolation

from .adapters import Probe
from .model import Accounts, User
from .operations import OPERATIONS, Operation

# L7: a flush that failed


def failed(uow: Accounts) -> UniqueViolation:
    """Make the unit's flush fail, and return its error."""
    uow.users.add(User("sandy"))
    with pytest.raises(UniqueViolation) as caught:
        uow.flush()
    return caught.value


@pytest.mark.row("L7")
@pytest.mark.usefixtures("sandy")
@pytest.mark.parametrize(
    "operation",
    [operation for name, operation in OPERATIONS.items() if name != "rollback"],
    ids=[name for name in OPERATIONS if name != "rollback"],
)
def test_after_a_failed_flush_everything_but_rollback_is_refused(
    accounts: Callable[[], Accounts], operation: Operation
) -> None:
    with accounts() as uow:
        error = failed(uow)
        with pytest.raises(NeedsRollback, match="rollback") as caught:
            operation(uow)
        assert caught.value.__cause__ is error


@pytest.mark.row("L7")
@pytest.mark.usefixtures("sandy")
def test_begin_after_a_failed_flush_is_refused(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        failed(uow)
        with pytest.raises(NeedsRollback):
            uow.begin()


@pytest.mark.row("L7")
@pytest.mark.usefixtures("sandy")
def test_after_rollback_a_failed_unit_goes_on(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        failed(uow)
        uow.rollback()
        uow.users.add(User("patrick"))
        uow.commit()
    with accounts() as uow:
        assert uow.users.count() == 2


@pytest.mark.row("L7")
def test_a_failed_flush_keeps_nothing_of_the_transaction(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        uow.users.get_one(sandy).age = 99
        uow.flush()
        failed(uow)
        uow.rollback()
        uow.commit()
    with accounts() as uow:
        assert uow.users.get_one(sandy).age == 30


@pytest.mark.row("L7")
@pytest.mark.usefixtures("sandy")
def test_a_failed_commit_keeps_nothing_and_needs_rollback(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        uow.users.add_all([User("patrick"), User("sandy")])
        with pytest.raises(UniqueViolation):
            uow.commit()
        with pytest.raises(NeedsRollback):
            uow.commit()
        uow.rollback()
        uow.commit()
    with accounts() as uow:
        assert [user.name for user in uow.users.find()] == ["sandy"]


@pytest.mark.row("L7")
@pytest.mark.usefixtures("sandy")
def test_a_failed_autoflush_is_a_failed_flush(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        uow.users.add(User("sandy"))
        with pytest.raises(UniqueViolation) as caught:
            uow.users.find(name="patrick")
        with pytest.raises(NeedsRollback) as refused:
            uow.users.count()
        assert refused.value.__cause__ is caught.value


@pytest.mark.row("L7")
def test_lazy_loading_after_a_failed_flush_is_refused(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        error = failed(uow)
        with pytest.raises(NeedsRollback) as caught:
            _ = user.team
        assert caught.value.__cause__ is error


@pytest.mark.row("L7")
def test_a_failed_autoflush_of_a_lazy_load_is_a_failed_flush(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.add(User("sandy"))
        with pytest.raises(UniqueViolation):
            _ = user.addresses
        with pytest.raises(NeedsRollback):
            uow.users.count()


@pytest.mark.row("L7")
def test_a_question_that_is_refused_does_not_end_the_transaction(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        uow.users.get_one(sandy).age = 31
        with pytest.raises(PersistenceError):
            uow.users.find(nmae="sandy")
        with pytest.raises(PersistenceError):
            uow.users.find_one(name="patrick")
        uow.commit()
    with accounts() as uow:
        assert uow.users.get_one(sandy).age == 31


@pytest.mark.row("L7")
@pytest.mark.usefixtures("sandy")
def test_a_failed_unit_can_be_left_and_gives_its_connection_back(
    accounts: Callable[[], Accounts], probe: Probe
) -> None:
    with accounts() as uow:
        failed(uow)
    assert probe.checked_out() == 0


# L8: rollback


@pytest.mark.row("L8")
def test_rollback_makes_pending_entities_transient_and_keeps_their_generated_keys(
    accounts: Callable[[], Accounts],
) -> None:
    with accounts() as uow:
        patrick = User("patrick")
        uow.users.add(patrick)
        uow.flush()
        generated = patrick.id
        uow.rollback()
        assert uow.state(patrick) is EntityState.TRANSIENT
        assert patrick.id == generated is not None
        assert patrick.name == "patrick"


@pytest.mark.row("L8")
def test_rollback_makes_deleted_entities_persistent(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        uow.flush()
        assert uow.state(user) is EntityState.DELETED
        uow.rollback()
        assert uow.state(user) is EntityState.PERSISTENT
        assert user.name == "sandy"
        assert len(user.addresses) == 2


@pytest.mark.row("L8")
def test_rollback_restores_changed_attributes_and_collections(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.age = 99
        user.addresses.pop()
        uow.flush()
        user.fullname = "not flushed"
        uow.rollback()
        assert (user.age, user.fullname, len(user.addresses)) == (30, "Sandy Cheeks", 2)


@pytest.mark.row("L8")
def test_rollback_of_nothing_is_harmless(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        uow.rollback()
        user = uow.users.get_one(sandy)
        uow.rollback()
        uow.rollback()
        assert user.name == "sandy"
