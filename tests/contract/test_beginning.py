"""L1: how a unit of work begins; before that it does nothing, and a read-only one keeps nothing."""

from collections.abc import Callable

import pytest

from unitofwork import Repository, UnitOfWork
from unitofwork.domain.errors import AlreadyBegun, NotBegun, UnitClosed, UnitOfWorkError

from .adapters import Probe
from .model import Accounts, Address, User
from .operations import OPERATIONS, Operation, every_operation


@pytest.mark.row("L1")
def test_the_list_of_operations_is_complete() -> None:
    """A new public name of the unit or of the repository must be tried in every phase, too."""
    covered = {name.removeprefix("repository.") for name in OPERATIONS} | {
        "begin",
        "close",
        "invalidate",
        "life",
        "subscribe",  # which is about every transaction of the unit, in any phase
        "once",  # tried in test_inbox, with units that have one
        "add_all",
        "get_one",
    }
    public = {name for owner in (UnitOfWork, Repository) for name in vars(owner) if not name.startswith("_")}
    assert public - covered == {"repository"}  # tried as "undeclared repository"


@pytest.mark.row("L1")
@every_operation
def test_nothing_can_be_done_before_begin(accounts: Callable[[], Accounts], operation: Operation) -> None:
    with pytest.raises(NotBegun, match="begin"):
        operation(accounts())


@pytest.mark.row("L1")
def test_begin_twice_is_refused(accounts: Callable[[], Accounts]) -> None:
    uow = accounts().begin()
    with pytest.raises(AlreadyBegun):
        uow.begin()
    uow.close()


@pytest.mark.row("L1")
def test_a_with_block_inside_another_of_the_same_unit_is_refused(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        with pytest.raises(AlreadyBegun), uow:
            pytest.fail("entered twice")
        assert uow.users.count() == 0


@pytest.mark.row("L1")
def test_begin_returns_the_unit_for_a_with_block(accounts: Callable[[], Accounts], sandy: int) -> None:
    unit = accounts()
    with unit.begin(read_only=True) as uow:
        assert uow is unit
        assert uow.users.get_one(sandy).name == "sandy"
    with pytest.raises(UnitClosed):
        uow.users.count()


@pytest.mark.row("L1")
def test_begin_takes_no_connection_before_it_is_needed(accounts: Callable[[], Accounts], probe: Probe) -> None:
    with accounts():
        assert probe.checked_out() == 0


@pytest.mark.row("L1")
def test_a_read_only_unit_refuses_changes_and_goes_on(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts().begin(read_only=True) as uow:
        user = uow.users.get_one(sandy)
        user.fullname = "Sandy Squirrel"
        with pytest.raises(UnitOfWorkError, match="read-only"):
            uow.flush()
        uow.rollback()
        assert user.fullname == "Sandy Cheeks"


@pytest.mark.row("L1")
@pytest.mark.parametrize(
    "change",
    [lambda uow, key: uow.users.add(User("patrick")), lambda uow, key: uow.users.delete(uow.users.get_one(key))],
    ids=["add", "delete"],
)
def test_a_read_only_unit_never_commits_a_change(
    accounts: Callable[[], Accounts], sandy: int, change: Callable[[Accounts, int], None]
) -> None:
    with accounts().begin(read_only=True) as uow:
        change(uow, sandy)
        with pytest.raises(UnitOfWorkError, match="read-only"):
            uow.commit()
    with accounts() as uow:
        assert [user.name for user in uow.users.find()] == ["sandy"]


# Inheritance of the unit's own class


@pytest.mark.row("L1")
def test_a_subclass_says_its_name_and_its_phase(accounts: Callable[[], Accounts]) -> None:
    uow = accounts()
    assert repr(uow) == "<Accounts, new>"
    with uow:
        assert repr(uow) == "<Accounts, begun>"
        assert repr(uow.users) == "<Users of User>"
    assert repr(uow) == "<Accounts, closed>"


@pytest.mark.row("L1")
def test_a_repository_keeps_only_its_own_type(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow, pytest.raises(UnitOfWorkError, match="keeps no Address"):
        uow.users.add(Address("star@example.org"))  # type: ignore[arg-type]  # what the checkers refuse, at run time
