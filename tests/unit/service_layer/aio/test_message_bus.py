"""The message bus on asyncio: handlers that are awaited, beside plain ones; what both buses do is tested with both."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import pytest

from unit.service_layer.bank import INBOX, AsyncBank, Bank, Deposited, Move, Withdrawn, balances, move, noted, opened
from unitofwork import AsyncMessageBus, AsyncUnitOfWork, Event, Handlers, MemoryDatabase, OnError, Retrying
from unitofwork.domain.errors import Deadlock, HandlerError, UnitOfWorkError

AT_ONCE = Retrying(wait_initial=0, wait_jitter=0)


def awaiting(test: Callable[[MemoryDatabase], Coroutine[Any, Any, None]]) -> None:
    database = opened()
    asyncio.run(asyncio.wait_for(test(database), 60))
    assert database.checked_out == 0, "a unit was not closed"


def bus_of(
    database: MemoryDatabase, handlers: Handlers, retrying: Retrying | None = None
) -> AsyncMessageBus[AsyncBank]:
    return AsyncMessageBus(lambda: AsyncBank(database, inbox=INBOX), handlers, retrying=retrying)


async def give(command: Move, uow: AsyncBank) -> int:
    sandy, patrick = await uow.accounts.find_one(name="sandy"), await uow.accounts.find_one(name="patrick")
    sandy.withdraw(command.amount)
    patrick.deposit(command.amount)
    return sandy.balance


async def rename(event: Deposited, uow: AsyncBank) -> None:
    (await uow.accounts.find_one(name="patrick")).name = "patrick star"


@pytest.fixture
def handlers() -> Handlers:
    handlers = Handlers()
    handlers.command(give)
    return handlers


def test_a_command_is_handled_by_a_coroutine_function(handlers: Handlers) -> None:
    async def test(database: MemoryDatabase) -> None:
        answer: int = await bus_of(database, handlers).handle(Move(10))
        assert answer == 90
        assert balances(database) == {"sandy": 90, "patrick": 10}

    awaiting(test)


def test_what_follows_is_handled_by_coroutine_functions_and_plain_ones(handlers: Handlers) -> None:
    told: list[object] = []

    @handlers.on
    def within(event: Withdrawn | Deposited, uow: Bank) -> None:
        assert type(uow) is Bank
        told.append(("within", event))

    handlers.on(after_commit=True)(rename)

    @handlers.on(after_commit=True)
    def after(event: Deposited, uow: Bank) -> None:
        told.append(("after", [account.name for account in uow.accounts.find(order_by="id")]))

    @handlers.on(after_commit=True)
    async def without_unit(event: Deposited) -> None:
        told.append(("without", event))

    async def test(database: MemoryDatabase) -> None:
        await bus_of(database, handlers).handle(Move(10))
        assert told == [
            ("within", Withdrawn("sandy", 10)),
            ("within", Deposited("patrick", 10)),
            ("after", ["sandy", "patrick star"]),
            ("without", Deposited("patrick", 10)),
        ]

    awaiting(test)


def test_one_set_of_plain_handlers_serves_both(handlers: Handlers) -> None:
    plain = Handlers()

    @plain.command
    def give_plainly(command: Move, uow: Bank) -> int:
        return move(uow, command.amount)

    async def test(database: MemoryDatabase) -> None:
        assert await bus_of(database, plain).handle(Move(10)) == 90

    awaiting(test)


class Broken(Exception):
    """What a handler raises in these tests."""


def test_errors_are_logged_or_raised_as_their_handlers_say(
    handlers: Handlers, caplog: pytest.LogCaptureFixture
) -> None:
    @handlers.on(after_commit=True)
    async def log_it(event: Deposited, uow: AsyncBank) -> None:
        await rename(event, uow)
        raise Broken

    @handlers.on(after_commit=True, on_error=OnError.RAISE)
    async def raise_it(event: Deposited) -> None:
        raise Broken

    async def test(database: MemoryDatabase) -> None:
        with pytest.raises(ExceptionGroup, match="Move was kept") as caught:
            await bus_of(database, handlers).handle(Move(10))
        assert [type(error) for error in caught.value.exceptions] == [Broken]
        assert balances(database) == {"sandy": 90, "patrick": 10}

    with caplog.at_level(logging.ERROR, "unitofwork"):
        awaiting(test)
    assert ["log_it failed" in record.getMessage() for record in caplog.records] == [True]


def test_a_coroutine_functions_error_keeps_all_of_it_away() -> None:
    handlers = Handlers()

    @handlers.command
    async def break_it(command: Move, uow: AsyncBank) -> int:
        await give(command, uow)
        await uow.flush()
        raise Broken

    async def test(database: MemoryDatabase) -> None:
        with pytest.raises(Broken):
            await bus_of(database, handlers).handle(Move(10))
        assert balances(database) == {"sandy": 100, "patrick": 0}

    awaiting(test)


@pytest.mark.parametrize("operation", ["begin", "select", "update", "commit"])
def test_a_transaction_is_run_again(handlers: Handlers, operation: Any) -> None:
    handlers.on(after_commit=True)(rename)

    async def test(database: MemoryDatabase) -> None:
        database.faults.fail(operation, with_=Deadlock)
        database.faults.fail("commit", with_=Deadlock, nth=3)
        assert await bus_of(database, handlers, AT_ONCE).handle(Move(10)) == 90
        assert balances(database) == {"sandy": 90, "patrick star": 10}

    awaiting(test)


@pytest.mark.parametrize("move_name", ["commit", "rollback", "close"])
def test_a_coroutine_function_does_not_end_the_unit(move_name: str) -> None:
    handlers = Handlers()

    @handlers.command
    async def end(command: Move, uow: AsyncBank) -> int:
        await getattr(uow, move_name)()
        raise AssertionError("not refused")

    async def test(database: MemoryDatabase) -> None:
        with pytest.raises(UnitOfWorkError, match=rf"{move_name}\(\) is refused: the message bus"):
            await bus_of(database, handlers).handle(Move(10))

    awaiting(test)


def test_a_command_with_the_same_id_is_handled_once(handlers: Handlers) -> None:
    async def test(database: MemoryDatabase) -> None:
        bus = bus_of(database, handlers)
        assert [await bus.handle(Move(10), message_id="one") for _ in range(3)] == [90, 90, 90]
        assert await bus.handle(Move(10), message_id="two") == 80
        assert len(noted(database)) == 2

    awaiting(test)


def test_an_event_with_the_same_id_is_given_to_each_handler_once() -> None:
    handlers, told = Handlers(), list[str]()

    @handlers.on
    def plain(event: Deposited, uow: Bank) -> Bank:
        told.append("plain")
        return uow

    @handlers.on(after_commit=True)
    async def awaited(event: Deposited, uow: AsyncBank) -> AsyncBank:
        told.append("awaited")
        return uow

    async def test(database: MemoryDatabase) -> None:
        for _ in range(3):
            await bus_of(database, handlers).publish(Deposited("patrick", 3), message_id="one")
        assert told == ["plain", "awaited"]

    awaiting(test)


def test_several_tasks_use_one_bus() -> None:
    handlers, met = Handlers(), asyncio.Barrier(2)

    @handlers.command
    async def wait(command: Move, uow: AsyncBank) -> int:
        await met.wait()
        return command.amount

    async def test(database: MemoryDatabase) -> None:
        bus = bus_of(database, handlers)
        first, second = await asyncio.gather(bus.handle(Move(1)), bus.handle(Move(2)))
        assert (first, second) == (1, 2)

    awaiting(test)


def test_when_a_task_is_cancelled_what_was_committed_is_kept_and_no_further_handler_is_called(
    handlers: Handlers,
) -> None:
    inside: list[Event] = []

    async def test(database: MemoryDatabase) -> None:
        waiting = asyncio.Event()

        @handlers.on(after_commit=True)
        async def wait(event: Withdrawn, uow: AsyncBank) -> None:
            await rename(Deposited("patrick", 10), uow)
            waiting.set()
            await asyncio.Event().wait()

        @handlers.on(after_commit=True)
        async def later(event: Withdrawn | Deposited) -> None:
            inside.append(event)

        task = asyncio.create_task(bus_of(database, handlers).handle(Move(10)))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert inside == []
        assert balances(database) == {"sandy": 90, "patrick": 10}

    awaiting(test)


# What does not fit


class AsyncOthers(AsyncUnitOfWork[Bank]):
    pass


async def within(event: Deposited, uow: AsyncBank) -> None: ...
async def of_the_plain_unit(event: Deposited, uow: Bank) -> None: ...
async def of_others(event: Deposited, uow: AsyncOthers) -> None: ...
def of_the_awaited_unit(event: Deposited, uow: AsyncBank) -> None: ...


AFTER = {"after_commit": True}


@pytest.mark.parametrize(
    ("handler", "options", "text"),
    [
        (within, {}, "within is called inside the commit, where nothing can be awaited: make it a plain function"),
        (of_the_plain_unit, AFTER, "of_the_plain_unit takes something else than a unit of work of class AsyncBank"),
        (of_others, AFTER, "of_others takes something else than a unit of work of class AsyncBank"),
        (of_the_awaited_unit, {}, "of_the_awaited_unit takes something else than a unit of work of class Bank"),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_a_handler_that_does_not_fit(handler: Callable[..., object], options: dict[str, bool], text: str) -> None:
    handlers = Handlers()
    handlers.on(**options)(handler)  # type: ignore[call-overload]  # options that are not known to a checker
    with pytest.raises(HandlerError, match=text):
        bus_of(opened(), handlers)


def test_a_unit_of_the_base_class_fits_and_so_does_what_is_bound() -> None:
    async def any_unit(event: Deposited, uow: AsyncUnitOfWork[Bank], who: str) -> None: ...

    handlers = Handlers()
    handlers.on(after_commit=True)(partial(any_unit, who="sandy"))
    bus_of(opened(), handlers)
