"""L10: a part of a unit that can be undone alone."""

from collections.abc import Callable

import pytest

from unitofwork import EntityState
from unitofwork.domain.errors import NeedsRollback, UniqueViolation, UnitClosed, UnitOfWorkError

from .model import Accounts, Address, User

pytestmark = [pytest.mark.row("L10"), pytest.mark.needs("savepoints")]


class Mishap(Exception):
    """What goes wrong inside a savepoint."""


def names(accounts: Callable[[], Accounts]) -> list[str]:
    with accounts() as uow:
        return [user.name for user in uow.users.find(order_by="id")]


def test_leaving_normally_keeps_the_work(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        with uow.savepoint():
            uow.users.add(User("patrick"))
        uow.commit()
    assert names(accounts) == ["patrick"]


def test_leaving_normally_commits_nothing(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow, uow.savepoint():
        uow.users.add(User("patrick"))
    assert names(accounts) == []


def test_leaving_by_an_exception_undoes_the_work_since_and_lets_it_through(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        uow.users.add(User("patrick"))
        with pytest.raises(Mishap), uow.savepoint():
            uow.users.add(User("gary"))
            uow.flush()
            raise Mishap
        uow.commit()
    assert names(accounts) == ["patrick"]


def test_entities_return_to_their_state_at_the_savepoint(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.age = 31
        gary = User("gary")
        with pytest.raises(Mishap), uow.savepoint():
            user.age = 99
            user.addresses.append(Address("late@example.org"))
            uow.users.add(gary)
            uow.flush()
            user.fullname = "not flushed"
            raise Mishap
        assert (user.age, user.fullname, len(user.addresses)) == (31, "Sandy Cheeks", 2)
        assert uow.state(gary) is EntityState.TRANSIENT
        uow.commit()
    with accounts() as uow:
        assert uow.users.get_one(sandy).age == 31


def test_what_was_deleted_since_the_savepoint_is_persistent_again(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        with pytest.raises(Mishap), uow.savepoint():
            uow.users.delete(user)
            uow.flush()
            raise Mishap
        assert uow.state(user) is EntityState.PERSISTENT
        uow.commit()
    assert names(accounts) == ["sandy"]


@pytest.mark.usefixtures("sandy")
def test_a_failed_flush_inside_costs_only_the_savepoint(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        uow.users.add(User("patrick"))
        with pytest.raises(UniqueViolation), uow.savepoint():
            uow.users.add(User("sandy"))
            uow.flush()
        uow.users.add(User("gary"))
        uow.commit()
    assert names(accounts) == ["sandy", "patrick", "gary"]


@pytest.mark.usefixtures("sandy")
def test_a_flush_that_fails_on_leaving_costs_only_the_savepoint(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        uow.users.add(User("patrick"))
        with pytest.raises(UniqueViolation), uow.savepoint():
            uow.users.add(User("sandy"))
        uow.commit()
    assert names(accounts) == ["sandy", "patrick"]


@pytest.mark.usefixtures("sandy")
def test_a_failure_that_is_swallowed_inside_is_not_released(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        with pytest.raises(NeedsRollback) as caught, uow.savepoint():
            uow.users.add(User("patrick"))
            uow.users.add(User("sandy"))
            with pytest.raises(UniqueViolation):
                uow.flush()
        assert isinstance(caught.value.__cause__, UniqueViolation)
        uow.users.add(User("gary"))
        uow.commit()
    assert names(accounts) == ["sandy", "gary"]


@pytest.mark.usefixtures("sandy")
def test_a_flush_that_fails_on_entering_fails_the_unit(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        uow.users.add(User("sandy"))
        with pytest.raises(UniqueViolation), uow.savepoint():
            pytest.fail("entered")
        with pytest.raises(NeedsRollback):
            uow.users.count()
        uow.rollback()
        assert uow.users.count() == 1


def test_savepoints_nest(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        with uow.savepoint():
            uow.users.add(User("patrick"))
            with pytest.raises(Mishap), uow.savepoint():
                uow.users.add(User("gary"))
                raise Mishap
            with uow.savepoint():
                uow.users.add(User("pearl"))
        uow.commit()
    assert names(accounts) == ["patrick", "pearl"]


def test_an_outer_savepoint_undoes_what_an_inner_one_released(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        with pytest.raises(Mishap), uow.savepoint():
            with uow.savepoint():
                uow.users.add(User("patrick"))
            raise Mishap
        uow.commit()
    assert names(accounts) == []


@pytest.mark.parametrize("end", [Accounts.commit, Accounts.rollback])
def test_the_transaction_cannot_be_ended_inside_a_savepoint(
    accounts: Callable[[], Accounts], end: Callable[[Accounts], None]
) -> None:
    with accounts() as uow:
        with uow.savepoint():
            uow.users.add(User("patrick"))
            with pytest.raises(UnitOfWorkError, match="leave the savepoint"):
                end(uow)
        uow.commit()
    assert names(accounts) == ["patrick"]


def test_a_unit_closed_inside_a_savepoint_is_closed(accounts: Callable[[], Accounts]) -> None:
    uow = accounts().begin()
    with pytest.raises(UnitClosed), uow.savepoint():
        uow.users.add(User("patrick"))
        uow.close()
    assert names(accounts) == []


def test_rolling_the_unit_back_undoes_released_savepoints(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        with uow.savepoint():
            uow.users.add(User("patrick"))
        uow.rollback()
        uow.commit()
    assert names(accounts) == []


def test_many_savepoints_in_a_row_keep_what_each_should(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        for number in range(10):
            try:
                with uow.savepoint():
                    uow.users.add(User(f"user{number}"))
                    if number % 2:
                        raise Mishap
            except Mishap:
                pass
        uow.commit()
    assert names(accounts) == [f"user{number}" for number in range(0, 10, 2)]
