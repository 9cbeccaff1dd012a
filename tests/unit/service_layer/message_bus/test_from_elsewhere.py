"""Events from elsewhere: each handler has a unit of its own."""

import pytest

from unit.service_layer.bank import Bank, Deposited, Withdrawn, balances
from unit.service_layer.message_bus.buses import Broken, NewBus, rename
from unitofwork import Event, Handlers, MemoryDatabase, OnError


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
