"""Row L11: what is called after the commit, and what after the rollback."""

import logging
from collections.abc import Callable

import pytest

from unitofwork import UnitOfWork
from unitofwork.domain.errors import (
    CommitOutcomeUnknown,
    NeedsRollback,
    UniqueViolation,
    UnitClosed,
    UnitOfWorkError,
)

from .model import Accounts, NewUnit, User
from .rows import INTERRUPT

pytestmark = pytest.mark.row("L11")


class Mishap(Exception):
    """What goes wrong."""


class Calls(list[str]):
    """Notes which callbacks ran."""

    def watch(self, uow: UnitOfWork, name: str = "") -> None:
        uow.after_commit(self.note(f"committed {name}".strip()))
        uow.after_rollback(self.note(f"rolled back {name}".strip()))

    def note(self, what: str) -> Callable[[], None]:
        return lambda: self.append(what)


@pytest.fixture
def calls() -> Calls:
    return Calls()


def fail() -> None:
    """Be a callback with an error."""
    raise Mishap("of a callback")


def test_after_a_commit_its_callbacks_run_in_order_and_those_of_a_rollback_do_not(
    accounts: NewUnit, calls: Calls
) -> None:
    with accounts() as uow:
        calls.watch(uow, "first")
        calls.watch(uow, "second")
        assert calls == []
        uow.commit()
        assert calls == ["committed first", "committed second"]
    assert calls == ["committed first", "committed second"]


def test_after_commit_others_see_what_was_kept(accounts: NewUnit) -> None:
    seen = list[int]()

    def look() -> None:
        with accounts() as other:
            seen.append(other.users.count())

    with accounts() as uow:
        uow.users.add(User("patrick"))
        uow.after_commit(look)
        uow.commit()
    assert seen == [1]


def test_after_a_rollback_its_callbacks_run_in_order_and_those_of_a_commit_do_not(
    accounts: NewUnit, calls: Calls
) -> None:
    with accounts() as uow:
        calls.watch(uow, "first")
        calls.watch(uow, "second")
        uow.rollback()
        assert calls == ["rolled back first", "rolled back second"]
        uow.commit()
    assert calls == ["rolled back first", "rolled back second"]


@pytest.mark.parametrize("leave", [UnitOfWork.close, UnitOfWork.invalidate])
def test_closing_without_commit_is_a_rollback(
    accounts: NewUnit, calls: Calls, leave: Callable[[UnitOfWork], None]
) -> None:
    uow = accounts().begin()
    calls.watch(uow)
    leave(uow)
    assert calls == ["rolled back"]
    leave(uow)
    assert calls == ["rolled back"]


def test_leaving_by_an_exception_is_a_rollback(accounts: NewUnit, calls: Calls) -> None:
    with pytest.raises(Mishap), accounts() as uow:
        calls.watch(uow)
        raise Mishap
    assert calls == ["rolled back"]


def test_dropping_a_unit_is_a_rollback(accounts: NewUnit, calls: Calls) -> None:
    uow = accounts().begin()
    calls.watch(uow)
    with pytest.warns(ResourceWarning):
        del uow
    assert calls == ["rolled back"]


@pytest.mark.usefixtures("sandy")
def test_a_commit_that_fails_is_a_rollback(accounts: NewUnit, calls: Calls) -> None:
    with accounts() as uow:
        calls.watch(uow)
        uow.users.add(User("sandy"))
        with pytest.raises(UniqueViolation):
            uow.commit()
        assert calls == ["rolled back"]
        uow.rollback()
    assert calls == ["rolled back"]


@pytest.mark.usefixtures("sandy")
def test_after_a_flush_that_fails_the_callbacks_wait_for_the_rollback(accounts: NewUnit, calls: Calls) -> None:
    with accounts() as uow:
        calls.watch(uow)
        uow.users.add(User("sandy"))
        with pytest.raises(UniqueViolation):
            uow.flush()
        with pytest.raises(NeedsRollback):
            uow.commit()
        assert calls == []
        uow.rollback()
        assert calls == ["rolled back"]


@pytest.mark.parametrize("error", [CommitOutcomeUnknown, INTERRUPT])
def test_of_a_commit_whose_outcome_is_unknown_nothing_is_told(
    accounts: NewUnit, calls: Calls, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(*_: object) -> None:
        raise error

    with accounts() as uow:
        calls.watch(uow)
        with monkeypatch.context() as patched:
            patched.setattr(uow.session, "commit", lose)
            with pytest.raises(error):
                uow.commit()
    assert calls == []


def test_each_is_called_for_the_transaction_that_it_was_registered_in_alone(accounts: NewUnit, calls: Calls) -> None:
    with accounts() as uow:
        calls.watch(uow)
        uow.commit()
        uow.commit()
        uow.rollback()
    with accounts() as uow:
        uow.commit()
    assert calls == ["committed"]


def test_an_error_undoes_nothing_keeps_none_from_running_and_is_logged(
    accounts: NewUnit, calls: Calls, caplog: pytest.LogCaptureFixture
) -> None:
    with accounts() as uow:
        uow.users.add(User("patrick"))
        uow.after_commit(fail)
        calls.watch(uow)
        uow.commit()
        assert calls == ["committed"]
    with accounts() as uow:
        assert uow.users.count() == 1
    [record] = caplog.records
    assert (record.name, record.levelno) == ("unitofwork", logging.ERROR)
    assert "after_commit callback fail" in record.message
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], Mishap)


def test_an_error_after_a_rollback_is_logged_and_does_not_replace_the_exception(
    accounts: NewUnit, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ValueError, match="the first"), accounts() as uow:
        uow.after_rollback(fail)
        raise ValueError("the first")
    assert ["after_rollback callback fail" in record.message for record in caplog.records] == [True]


@pytest.mark.needs("interrupts")
def test_an_interrupt_in_a_callback_is_let_through(accounts: NewUnit) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with accounts() as uow:
        uow.users.add(User("patrick"))
        uow.after_commit(interrupt)
        with pytest.raises(KeyboardInterrupt):
            uow.commit()
    with accounts() as uow:
        assert uow.users.count() == 1


def test_a_callback_may_use_the_unit_in_its_next_transaction(accounts: NewUnit, calls: Calls) -> None:
    with accounts() as uow:

        def go_on() -> None:
            uow.users.add(User("gary"))
            calls.watch(uow, "next")

        uow.users.add(User("patrick"))
        uow.after_commit(go_on)
        uow.commit()
        assert calls == []
        uow.rollback()
        assert calls == ["rolled back next"]
        assert [user.name for user in uow.users.find()] == ["patrick"]


def test_a_callback_may_commit_what_it_did_itself(accounts: NewUnit, calls: Calls) -> None:
    with accounts() as uow:

        def go_on() -> None:
            uow.users.add(User("gary"))
            calls.watch(uow, "next")
            uow.commit()

        uow.after_commit(go_on)
        calls.watch(uow)
        uow.commit()
    assert calls == ["committed next", "committed"]
    with accounts() as uow:
        assert uow.users.count() == 1


def test_a_callback_of_close_finds_the_unit_closed(accounts: NewUnit, caplog: pytest.LogCaptureFixture) -> None:
    with accounts() as uow:
        uow.after_rollback(lambda: uow.users.count())
    [record] = caplog.records
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], UnitClosed)


@pytest.mark.needs("savepoints")
def test_a_savepoint_that_is_rolled_back_drops_what_waits_for_the_commit_and_runs_the_rest(
    accounts: NewUnit, calls: Calls
) -> None:
    with accounts() as uow:
        calls.watch(uow, "before")
        with pytest.raises(Mishap), uow.savepoint():
            calls.watch(uow, "inside")
            with uow.savepoint():
                calls.watch(uow, "released inside")
            raise Mishap
        assert calls == ["rolled back inside", "rolled back released inside"]
        calls.watch(uow, "behind")
        uow.commit()
    assert calls[2:] == ["committed before", "committed behind"]


@pytest.mark.needs("savepoints")
def test_what_is_registered_in_a_released_savepoint_waits_for_the_end_of_the_transaction(
    accounts: NewUnit, calls: Calls
) -> None:
    with accounts() as uow:
        for name in ("first", "second"):
            with uow.savepoint():
                calls.watch(uow, name)
            assert calls == []
        uow.commit()
        assert calls == ["committed first", "committed second"]


@pytest.mark.needs("savepoints")
def test_closing_inside_a_savepoint_undoes_it_all(accounts: NewUnit, calls: Calls) -> None:
    with pytest.raises(UnitClosed), accounts() as uow:
        calls.watch(uow, "before")
        with uow.savepoint():
            calls.watch(uow, "inside")
            uow.close()
    assert calls == ["rolled back before", "rolled back inside"]


@pytest.mark.needs("savepoints")
def test_a_commit_that_is_refused_inside_a_savepoint_ends_nothing(accounts: NewUnit, calls: Calls) -> None:
    with accounts() as uow:
        calls.watch(uow)
        with uow.savepoint(), pytest.raises(UnitOfWorkError):
            uow.commit()
        assert calls == []
        uow.commit()
    assert calls == ["committed"]


@pytest.mark.parametrize("register", [Accounts.after_commit, Accounts.after_rollback])
def test_what_cannot_be_called_is_refused(accounts: NewUnit, register: Callable[[Accounts, object], None]) -> None:
    with accounts() as uow, pytest.raises(UnitOfWorkError, match="int"):
        register(uow, 1)
