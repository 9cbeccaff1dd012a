"""The message bus: a fresh unit for each transaction, one commit, and what became of every handler's error."""

import asyncio
import logging
from collections.abc import Iterator
from functools import partial, wraps
from typing import Protocol, TypeAlias, TypeVar

import pytest

from unit.service_layer.bank import Account, AsyncBank, Bank, Deposited, Move, Open, Withdrawn, balances, move, opened
from unitofwork import (
    AsyncMessageBus,
    Command,
    Event,
    Handlers,
    MemoryDatabase,
    MessageBus,
    OnError,
    Retrying,
    record,
    value,
)
from unitofwork.domain.errors import (
    ConnectionLost,
    Deadlock,
    HandlerError,
    PersistenceError,
    UniqueViolation,
    UnitOfWorkError,
)

R = TypeVar("R")
AT_ONCE = Retrying(wait_initial=0, wait_jitter=0)


@pytest.fixture
def database() -> Iterator[MemoryDatabase]:
    database = opened()
    yield database
    assert database.checked_out == 0, "a unit was not closed"


@pytest.fixture
def handlers() -> Handlers:
    """Those of the two commands."""
    handlers = Handlers()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        return move(uow, command.amount)

    @handlers.command
    def open_account(command: Open, uow: Bank) -> None:
        uow.accounts.add(Account(command.name))

    return handlers


class Awaited:
    """A bus on asyncio, with an event loop for each message."""

    def __init__(self, bus: AsyncMessageBus[AsyncBank]) -> None:
        self._bus = bus

    def handle(self, command: Command[R]) -> R:
        return asyncio.run(self._bus.handle(command))

    def publish(self, event: Event) -> None:
        asyncio.run(self._bus.publish(event))


Bus: TypeAlias = MessageBus[Bank] | Awaited


class NewBus(Protocol):
    def __call__(self, database: MemoryDatabase, handlers: Handlers, retrying: Retrying | None = None) -> Bus: ...


def plain(database: MemoryDatabase, handlers: Handlers, retrying: Retrying | None = None) -> Bus:
    return MessageBus(lambda: Bank(database), handlers, retrying=retrying)


def awaited(database: MemoryDatabase, handlers: Handlers, retrying: Retrying | None = None) -> Bus:
    return Awaited(AsyncMessageBus(lambda: AsyncBank(database), handlers, retrying=retrying))


@pytest.fixture(params=[plain, awaited], ids=lambda made: made.__name__)
def new_bus(request: pytest.FixtureRequest) -> NewBus:
    """Both buses give plain functions the same."""
    chosen: NewBus = request.param
    return chosen


class Broken(Exception):
    """What a handler raises in these tests."""


def rename(uow: Bank, old: str, new: str) -> None:
    uow.accounts.find_one(name=old).name = new


# Commands


def test_a_command_is_answered_and_kept(database: MemoryDatabase, handlers: Handlers, new_bus: NewBus) -> None:
    bus = new_bus(database, handlers)
    answer: int = bus.handle(Move(10))
    assert answer == 90
    assert balances(database) == {"sandy": 90, "patrick": 10}


def test_each_command_has_a_unit_of_its_own_which_is_closed(database: MemoryDatabase, new_bus: NewBus) -> None:
    handlers, units = Handlers(), list[Bank]()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        units.append(uow)
        return move(uow, command.amount)

    bus = new_bus(database, handlers)
    bus.handle(Move(10))
    bus.handle(Move(10))
    first, second = units
    assert first is not second
    assert repr(first) == repr(second) == "<Bank, closed>"


def test_what_a_commands_handler_raises_keeps_all_of_it_away(database: MemoryDatabase, new_bus: NewBus) -> None:
    handlers = Handlers()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        move(uow, command.amount)
        raise Broken

    with pytest.raises(Broken):
        new_bus(database, handlers).handle(Move(10))
    assert balances(database) == {"sandy": 100, "patrick": 0}


def test_a_commit_that_fails_raises_its_error(database: MemoryDatabase, handlers: Handlers, new_bus: NewBus) -> None:
    with pytest.raises(UniqueViolation):
        new_bus(database, handlers).handle(Open("sandy"))


def test_a_handler_may_leave_out_the_unit(database: MemoryDatabase, new_bus: NewBus) -> None:
    handlers = Handlers()

    @handlers.command
    def give(command: Move) -> int:
        return command.amount

    assert new_bus(database, handlers).handle(Move(10)) == 10


def test_what_else_a_handler_takes_is_bound(database: MemoryDatabase, new_bus: NewBus) -> None:
    handlers, told = Handlers(), list[str]()

    def give(command: Move, uow: Bank, tell: list[str]) -> int:
        tell.append("given")
        return move(uow, command.amount)

    handlers.command(partial(give, tell=told))
    new_bus(database, handlers).handle(Move(10))
    assert told == ["given"]


class Giving:
    """A handler that is an object."""

    def __call__(self, command: Move, uow: Bank) -> int:
        return move(uow, command.amount)

    def give(self, command: Move, uow: Bank) -> int:
        return move(uow, command.amount)


@pytest.mark.parametrize("giving", [Giving(), Giving().give])
def test_an_object_or_a_method_may_be_a_handler(database: MemoryDatabase, giving: Giving, new_bus: NewBus) -> None:
    handlers = Handlers()
    handlers.command(giving)
    assert new_bus(database, handlers).handle(Move(10)) == 90


@pytest.mark.parametrize("move_name", ["begin", "commit", "rollback", "close", "invalidate"])
def test_a_handler_neither_begins_nor_ends_the_unit(database: MemoryDatabase, move_name: str, new_bus: NewBus) -> None:
    handlers = Handlers()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        move(uow, command.amount)
        getattr(uow, move_name)()
        raise AssertionError("not refused")

    with pytest.raises(UnitOfWorkError, match=rf"{move_name}\(\) is refused: the message bus begins"):
        new_bus(database, handlers).handle(Move(10))
    assert balances(database) == {"sandy": 100, "patrick": 0}


def test_a_handler_does_not_enter_the_unit(database: MemoryDatabase, new_bus: NewBus) -> None:
    handlers = Handlers()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        with uow:
            return move(uow, command.amount)

    with pytest.raises(UnitOfWorkError, match=r"begin\(\) is refused"):
        new_bus(database, handlers).handle(Move(10))


@pytest.mark.parametrize("move_name", ["commit", "rollback", "close"])
def test_nor_does_a_handler_of_an_event_in_the_transaction(
    database: MemoryDatabase, handlers: Handlers, move_name: str, new_bus: NewBus
) -> None:
    @handlers.on
    def end(event: Withdrawn, uow: Bank) -> None:
        getattr(uow, move_name)()

    with pytest.raises(UnitOfWorkError, match=rf"{move_name}\(\) is refused"):
        new_bus(database, handlers).handle(Move(10))
    assert balances(database) == {"sandy": 100, "patrick": 0}


def test_a_part_of_a_handler_may_be_undone_alone(database: MemoryDatabase, new_bus: NewBus) -> None:
    handlers = Handlers()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        with pytest.raises(Broken), uow.savepoint():
            move(uow, 50)
            raise Broken
        return move(uow, command.amount)

    assert new_bus(database, handlers).handle(Move(10)) == 90


def test_a_command_without_a_handler_is_refused(database: MemoryDatabase, new_bus: NewBus) -> None:
    with pytest.raises(HandlerError, match=r"Move has no handler: declare one by @handlers\.command"):
        new_bus(database, Handlers()).handle(Move(10))


# Events in the transaction


def test_events_are_handled_in_the_transaction_in_their_order(
    database: MemoryDatabase, handlers: Handlers, new_bus: NewBus
) -> None:
    told: list[object] = []

    @handlers.on
    def deposited(event: Deposited, uow: Bank) -> None:
        assert balances(database) == {"sandy": 100, "patrick": 0}
        told.append(event)
        rename(uow, "patrick", "patrick star")

    @handlers.on
    def withdrawn(event: Withdrawn) -> None:
        told.append(event)

    @handlers.on
    def withdrawn_too(event: Withdrawn) -> None:
        told.append("too")

    new_bus(database, handlers).handle(Move(10))
    assert told == [Withdrawn("sandy", 10), "too", Deposited("patrick", 10)]
    assert balances(database) == {"sandy": 90, "patrick star": 10}


def test_the_events_of_handlers_are_handled_too(database: MemoryDatabase, handlers: Handlers, new_bus: NewBus) -> None:
    told: list[int] = []

    @handlers.on
    def more(event: Deposited, uow: Bank) -> None:
        told.append(event.amount)
        if event.amount > 1:
            uow.accounts.find_one(name="patrick").deposit(event.amount // 2)

    new_bus(database, handlers).handle(Move(10))
    assert told == [10, 5, 2, 1]
    assert balances(database) == {"sandy": 90, "patrick": 18}


def test_one_for_a_base_class_or_for_several_gets_them_all(
    database: MemoryDatabase, handlers: Handlers, new_bus: NewBus
) -> None:
    told: list[Event] = []

    @handlers.on
    def any_event(event: Event) -> None:
        told.append(event)

    @handlers.on
    def either(event: Withdrawn | Deposited) -> None:
        told.append(event)

    new_bus(database, handlers).handle(Move(10))
    assert told == 2 * [Withdrawn("sandy", 10)] + 2 * [Deposited("patrick", 10)]


def test_a_coroutine_that_nobody_awaits_keeps_all_of_it_away(
    database: MemoryDatabase, handlers: Handlers, new_bus: NewBus
) -> None:
    async def later(event: Deposited) -> None:
        raise AssertionError("nobody awaits it")

    @handlers.on
    @wraps(later)
    def told(event: Deposited) -> object:
        return later(event)

    with pytest.raises(HandlerError, match="later returned a coroutine, which nobody awaits"):
        new_bus(database, handlers).handle(Move(10))
    assert balances(database) == {"sandy": 100, "patrick": 0}


def test_an_error_in_the_transaction_keeps_all_of_it_away(
    database: MemoryDatabase, handlers: Handlers, new_bus: NewBus
) -> None:
    @handlers.on
    def break_it(event: Deposited) -> None:
        raise Broken

    with pytest.raises(Broken):
        new_bus(database, handlers).handle(Move(10))
    assert balances(database) == {"sandy": 100, "patrick": 0}


def test_an_error_that_is_logged_undoes_what_its_handler_did_alone(
    database: MemoryDatabase, handlers: Handlers, caplog: pytest.LogCaptureFixture, new_bus: NewBus
) -> None:
    told: list[object] = []

    @handlers.on(on_error=OnError.LOG)
    def break_it(event: Withdrawn, uow: Bank) -> None:
        rename(uow, "patrick", "nobody")
        uow.accounts.find_one(name="sandy").withdraw(90)
        uow.flush()
        raise Broken

    @handlers.on
    def tell(event: Withdrawn | Deposited, uow: Bank) -> None:
        told.append(event)

    with caplog.at_level(logging.ERROR, "unitofwork"):
        assert new_bus(database, handlers).handle(Move(10)) == 90
    assert balances(database) == {"sandy": 90, "patrick": 10}
    assert told == [Withdrawn("sandy", 10), Deposited("patrick", 10)]
    (record,) = caplog.records
    assert "break_it failed" in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[0] is Broken


@pytest.mark.parametrize("refused", [UniqueViolation, Broken])
def test_an_error_of_the_database_can_be_logged_as_well(
    database: MemoryDatabase, handlers: Handlers, refused: type[Exception], new_bus: NewBus
) -> None:
    @handlers.on(on_error=OnError.LOG)
    def break_it(event: Withdrawn, uow: Bank) -> None:
        uow.accounts.add(Account("patrick"))
        if refused is Broken:
            raise Broken

    assert new_bus(database, handlers).handle(Move(10)) == 90
    assert balances(database) == {"sandy": 90, "patrick": 10}


@pytest.mark.parametrize("error", [Deadlock, ConnectionLost])
def test_an_error_that_loses_the_whole_transaction_is_never_passed_over(
    database: MemoryDatabase, handlers: Handlers, error: type[PersistenceError], new_bus: NewBus
) -> None:
    @handlers.on(on_error=OnError.LOG)
    def unlucky(event: Withdrawn, uow: Bank) -> None:
        database.faults.fail("select", with_=error)
        uow.accounts.count()

    with pytest.raises(error):
        new_bus(database, handlers).handle(Move(10))
    assert balances(database) == {"sandy": 100, "patrick": 0}


# Events after the commit


def test_handlers_for_after_the_commit_see_what_was_kept(
    database: MemoryDatabase, handlers: Handlers, new_bus: NewBus
) -> None:
    seen: list[object] = []

    @handlers.on(after_commit=True)
    def look(event: Deposited, uow: Bank) -> None:
        seen.append((event, balances(database)))
        rename(uow, "patrick", "patrick star")

    new_bus(database, handlers).handle(Move(10))
    assert seen == [(Deposited("patrick", 10), {"sandy": 90, "patrick": 10})]
    assert balances(database) == {"sandy": 90, "patrick star": 10}


def test_they_are_never_called_after_a_rollback(database: MemoryDatabase, handlers: Handlers, new_bus: NewBus) -> None:
    @handlers.on(after_commit=True)
    def look(event: Deposited) -> None:
        pytest.fail("nothing was deposited")

    database.faults.fail("commit", with_=Deadlock)
    with pytest.raises(Deadlock):
        new_bus(database, handlers).handle(Move(10))


def test_what_follows_goes_breadth_first_each_in_a_unit_of_its_own(
    database: MemoryDatabase, handlers: Handlers, new_bus: NewBus
) -> None:
    told: list[str] = []
    units: list[Bank] = []

    def spread(event: Withdrawn | Deposited, uow: Bank, letter: str) -> None:
        told.append(f"{letter}{event.amount}")
        units.append(uow)
        if event.amount > 3:
            uow.accounts.find_one(name="patrick").deposit(event.amount - 3)

    handlers.on(after_commit=True)(partial(spread, letter="a"))
    handlers.on(after_commit=True)(partial(spread, letter="b"))
    new_bus(database, handlers).handle(Move(6))
    assert told == ["a6", "b6", "a6", "b6", *("a3", "b3") * 4]
    assert len({id(unit) for unit in units}) == len(units)


def test_their_errors_are_logged_and_the_others_are_called(
    database: MemoryDatabase, handlers: Handlers, caplog: pytest.LogCaptureFixture, new_bus: NewBus
) -> None:
    told: list[str] = []

    @handlers.on(after_commit=True)
    def break_it(event: Withdrawn, uow: Bank) -> None:
        rename(uow, "patrick", "nobody")
        raise Broken

    @handlers.on(after_commit=True)
    def tell(event: Withdrawn) -> None:
        told.append(event.name)

    with caplog.at_level(logging.ERROR, "unitofwork"):
        assert new_bus(database, handlers).handle(Move(10)) == 90
    assert told == ["sandy"]
    assert balances(database) == {"sandy": 90, "patrick": 10}
    assert ["break_it failed" in record.getMessage() for record in caplog.records] == [True]


def test_errors_that_are_to_be_raised_come_as_one_that_says_that_all_was_kept(
    database: MemoryDatabase, handlers: Handlers, new_bus: NewBus
) -> None:
    told: list[str] = []

    @handlers.on(after_commit=True, on_error=OnError.RAISE)
    def break_it(event: Withdrawn | Deposited) -> None:
        raise Broken(event.name)

    @handlers.on(after_commit=True)
    def tell(event: Deposited) -> None:
        told.append(event.name)

    with pytest.raises(ExceptionGroup, match="Move was kept, but handlers of its events failed") as caught:
        new_bus(database, handlers).handle(Move(10))
    assert [str(error) for error in caught.value.exceptions] == ["sandy", "patrick"]
    assert all(isinstance(error, Broken) for error in caught.value.exceptions)
    assert told == ["patrick"]
    assert balances(database) == {"sandy": 90, "patrick": 10}


def test_an_interrupt_is_not_an_error_to_be_logged(
    database: MemoryDatabase, handlers: Handlers, new_bus: NewBus
) -> None:
    @handlers.on(after_commit=True)
    def interrupt(event: Withdrawn) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        new_bus(database, handlers).handle(Move(10))
    assert balances(database) == {"sandy": 90, "patrick": 10}


@value
class Again(Event):
    pass


def test_events_without_end_come_to_an_end(
    database: MemoryDatabase, handlers: Handlers, caplog: pytest.LogCaptureFixture, new_bus: NewBus
) -> None:
    calls: list[int] = []

    @handlers.on(after_commit=True)
    def again(event: Again | Deposited, uow: Bank) -> None:
        calls.append(1)
        record(uow.accounts.find_one(name="patrick"), Again())

    new_bus(database, handlers).handle(Move(10))
    assert len(calls) == 100
    assert "never come to an end" in caplog.text


# Retrying


@pytest.mark.parametrize("operation", ["begin", "select", "update", "commit"])
def test_a_transaction_is_run_again_with_its_handlers(
    database: MemoryDatabase, operation: str, new_bus: NewBus
) -> None:
    handlers, told = Handlers(), list[object]()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        return move(uow, command.amount)

    @handlers.on
    def within(event: Deposited, uow: Bank) -> None:
        rename(uow, "patrick", "patrick star")

    @handlers.on(after_commit=True)
    def after(event: Deposited, uow: Bank) -> None:
        told.append(event)

    database.faults.fail(operation, with_=Deadlock)  # type: ignore[arg-type]  # the parameters are operations
    assert new_bus(database, handlers, AT_ONCE).handle(Move(10)) == 90
    assert balances(database) == {"sandy": 90, "patrick star": 10}
    assert told == [Deposited("patrick", 10)]


def test_a_transaction_after_the_commit_is_run_again_alone(
    database: MemoryDatabase, handlers: Handlers, new_bus: NewBus
) -> None:
    @handlers.on(after_commit=True)
    def after(event: Deposited, uow: Bank) -> None:
        rename(uow, "patrick", "patrick star")

    database.faults.fail("commit", with_=Deadlock, nth=2)
    assert new_bus(database, handlers, AT_ONCE).handle(Move(10)) == 90
    assert balances(database) == {"sandy": 90, "patrick star": 10}


def test_without_retrying_a_transaction_is_run_once(
    database: MemoryDatabase, handlers: Handlers, new_bus: NewBus
) -> None:
    database.faults.fail("commit", with_=Deadlock)
    with pytest.raises(Deadlock):
        new_bus(database, handlers).handle(Move(10))


def test_a_handler_may_say_itself_how_often_it_is_run(
    database: MemoryDatabase, handlers: Handlers, caplog: pytest.LogCaptureFixture, new_bus: NewBus
) -> None:
    calls: list[Event] = []

    @handlers.on(after_commit=True, on_error=Retrying(attempts=3, wait_initial=0, wait_jitter=0, also=(Broken,)))
    def break_it(event: Withdrawn | Deposited, uow: Bank) -> None:
        calls.append(event)
        if isinstance(event, Withdrawn) or len(calls) < 5:
            raise Broken
        rename(uow, "patrick", "patrick star")

    assert new_bus(database, handlers).handle(Move(10)) == 90
    assert calls == 3 * [Withdrawn("sandy", 10)] + 2 * [Deposited("patrick", 10)]
    assert balances(database) == {"sandy": 90, "patrick star": 10}
    failed = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert ["break_it failed" in text for text in failed] == [True]
    tried = [record.getMessage() for record in caplog.records if record.name == "unitofwork" and record.levelno < 40]
    assert ["break_it" in text for text in tried] == [True, True, True]


# Events from elsewhere


def test_an_event_from_elsewhere_is_given_to_each_handler_in_a_unit_of_its_own(
    database: MemoryDatabase, new_bus: NewBus
) -> None:
    handlers, units = Handlers(), list[Bank]()

    @handlers.on
    def first(event: Deposited, uow: Bank) -> None:
        units.append(uow)
        rename(uow, "patrick", "patrick star")

    @handlers.on(after_commit=True)
    def second(event: Deposited, uow: Bank) -> None:
        assert uow.accounts.exists(name="patrick star")
        units.append(uow)

    new_bus(database, handlers).publish(Deposited("patrick", 10))
    one, other = units
    assert one is not other


def test_what_is_raised_for_an_event_from_elsewhere_keeps_no_other_handler_from_it(
    database: MemoryDatabase, new_bus: NewBus
) -> None:
    handlers = Handlers()

    @handlers.on
    def break_it(event: Deposited, uow: Bank) -> None:
        rename(uow, "sandy", "nobody")
        raise Broken

    @handlers.on
    def second(event: Deposited, uow: Bank) -> None:
        rename(uow, "patrick", "patrick star")

    with pytest.raises(ExceptionGroup, match="handlers of Deposited failed") as caught:
        new_bus(database, handlers).publish(Deposited("patrick", 10))
    assert [type(error) for error in caught.value.exceptions] == [Broken]
    assert balances(database) == {"sandy": 100, "patrick star": 0}


def test_what_follows_from_an_event_from_elsewhere_is_handled_too(database: MemoryDatabase, new_bus: NewBus) -> None:
    handlers, told = Handlers(), list[Event]()

    @handlers.on
    def deposited(event: Deposited, uow: Bank) -> None:
        uow.accounts.find_one(name="sandy").withdraw(1)

    @handlers.on
    def within(event: Withdrawn, uow: Bank) -> None:
        told.append(event)

    @handlers.on(after_commit=True, on_error=OnError.RAISE)
    def after(event: Withdrawn, uow: Bank) -> None:
        told.append(event)

    new_bus(database, handlers).publish(Deposited("patrick", 10))
    assert told == 2 * [Withdrawn("sandy", 1)]


def test_an_event_that_nobody_handles_is_no_mistake(database: MemoryDatabase, new_bus: NewBus) -> None:
    new_bus(database, Handlers()).publish(Deposited("patrick", 10))


def test_the_parts_of_an_application_have_handlers_of_their_own(
    database: MemoryDatabase, handlers: Handlers, new_bus: NewBus
) -> None:
    part, told = Handlers(), list[Event]()

    @part.on
    def tell(event: Deposited) -> None:
        told.append(event)

    handlers.include(part)
    new_bus(database, handlers).handle(Move(10))
    assert told == [Deposited("patrick", 10)]
