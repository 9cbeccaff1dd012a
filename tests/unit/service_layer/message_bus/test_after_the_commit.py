"""Events after the commit: their handlers see what was kept, and none of them takes it back."""

import logging
from functools import partial

import pytest

from unit.service_layer.bank import Bank, Deposited, Move, Withdrawn, balances
from unit.service_layer.message_bus.buses import Broken, NewBus, rename
from unitofwork import Event, Handlers, MemoryDatabase, OnError, record, value
from unitofwork.domain.errors import Deadlock


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
