"""What is run again when the database says so: a command with its handlers, or one handler alone."""

import logging

import pytest

from unit.service_layer.bank import Bank, Deposited, Move, Withdrawn, balances, move
from unit.service_layer.message_bus.buses import AT_ONCE, Broken, NewBus, rename
from unitofwork import Event, Handlers, MemoryDatabase, Retrying
from unitofwork.domain.errors import Deadlock


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
