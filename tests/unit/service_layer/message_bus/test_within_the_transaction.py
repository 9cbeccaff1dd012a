"""Events within the transaction: their handlers' changes are kept together with the command's, or not at all."""

import logging
from functools import wraps

import pytest

from unit.service_layer.bank import Account, Bank, Deposited, Move, Withdrawn, balances
from unit.service_layer.message_bus.buses import Broken, NewBus, rename
from unitofwork import Event, Handlers, MemoryDatabase, OnError
from unitofwork.domain.errors import ConnectionLost, Deadlock, HandlerError, PersistenceError, UniqueViolation


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
