"""What the contract leaves out of `once`: asyncio's own ways, what a lost answer to COMMIT tells, and the bus."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from functools import partial
from typing import Any, cast
from uuid import UUID

import pytest
from sqlalchemy import Column, Integer, Table
from sqlalchemy.orm import registry

from processes import printed
from unit.service_layer.bank import INBOX, AsyncBank, Bank, Deposited, Move, balances, move, noted, opened
from unitofwork import Event, Handlers, MemoryDatabase, MessageBus, OnError, Retrying, UnitOfWork, entity, map_entity
from unitofwork.domain.errors import CommitOutcomeUnknown, Deadlock, MappingError, UnitOfWorkError


@pytest.fixture
def database() -> Iterator[MemoryDatabase]:
    database = opened()
    yield database
    assert database.checked_out == 0


def unit(database: MemoryDatabase) -> Bank:
    return Bank(database, inbox=INBOX)


# What was noted


def lost(database: MemoryDatabase, use: Callable[[Bank], object]) -> CommitOutcomeUnknown:
    """The error of a commit that is not answered, after the unit was used."""
    with unit(database) as uow:
        use(uow)
        database.faults.fail("commit", with_=CommitOutcomeUnknown)
        with pytest.raises(CommitOutcomeUnknown) as caught:
            uow.commit()
    return caught.value


def test_a_commit_without_an_answer_tells_which_messages_were_noted(database: MemoryDatabase) -> None:
    def use(uow: Bank) -> None:
        uow.once("one", move, uow, 1)
        uow.once("two", move, uow, 1)

    assert lost(database, use).noted == ("one", "two")


def test_an_answer_that_was_found_is_nothing_that_the_transaction_noted(database: MemoryDatabase) -> None:
    with unit(database) as uow:
        uow.once("one", move, uow, 1)
        uow.commit()

    def use(uow: Bank) -> None:
        uow.once("one", move, uow, 1)
        move(uow, 1)

    assert lost(database, use).noted == ()


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_what_was_noted_belongs_to_its_transaction(database: MemoryDatabase, end: str) -> None:
    def use(uow: Bank) -> None:
        uow.once("one", move, uow, 1)
        getattr(uow, end)()
        move(uow, 1)

    assert lost(database, use).noted == ()


def test_what_was_noted_in_a_unit_that_was_closed_is_not_that_of_its_next_life(database: MemoryDatabase) -> None:
    def use(uow: Bank) -> None:
        uow.once("one", move, uow, 1)
        uow.close()
        uow.begin()
        move(uow, 1)

    assert lost(database, use).noted == ()


def test_a_savepoint_that_is_rolled_back_notes_nothing(database: MemoryDatabase) -> None:
    def use(uow: Bank) -> None:
        uow.once("one", move, uow, 1)
        with pytest.raises(KeyError), uow.savepoint():
            uow.once("two", move, uow, 1)
            raise KeyError

    assert lost(database, use).noted == ("one",)


def test_a_service_that_does_more_than_one_transaction_is_not_run_again_for_the_second(
    database: MemoryDatabase,
) -> None:
    def service(uow: Bank) -> None:
        with uow:
            move(uow, 1)
            uow.commit()
            uow.once("one", move, uow, 1)
            uow.commit()

    database.faults.fail("commit", with_=CommitOutcomeUnknown, nth=2, kept=True)
    with pytest.raises(CommitOutcomeUnknown):
        Retrying(wait_initial=0, wait_jitter=0).run(service, lambda: unit(database))
    assert balances(database) == {"sandy": 98, "patrick": 2}


@pytest.mark.parametrize("message_id", ["", None])
def test_an_id_that_tells_no_message_from_others_is_refused(database: MemoryDatabase, message_id: Any) -> None:
    with unit(database) as uow, pytest.raises(UnitOfWorkError, match="by its id, which is a text that is not empty"):
        uow.once(message_id, int)


def test_work_that_has_to_be_awaited_is_refused_without_asyncio(database: MemoryDatabase) -> None:
    async def work() -> None:
        pytest.fail("nobody awaits this")

    with unit(database) as uow, pytest.raises(UnitOfWorkError, match=r"use AsyncUnitOfWork\.once"):
        uow.once("one", cast("Callable[[], object]", work))


@entity
class Alone:
    id: int | None = None


def test_a_mapping_without_the_inbox_says_how_to_get_it() -> None:
    mapping = registry()
    map_entity(mapping, Alone, Table("alone", mapping.metadata, Column("id", Integer, primary_key=True)))
    with (
        UnitOfWork(MemoryDatabase(mapping), inbox=INBOX) as uow,
        pytest.raises(MappingError, match=r"inbox_table\("),
    ):
        uow.once("one", print)


# On asyncio


def awaiting(test: Callable[[MemoryDatabase], Coroutine[Any, Any, None]]) -> None:
    database = opened()
    asyncio.run(test(database))
    assert database.checked_out == 0


async def give(uow: AsyncBank, amount: int) -> int:
    sandy, patrick = await uow.accounts.find_one(name="sandy"), await uow.accounts.find_one(name="patrick")
    sandy.withdraw(amount)
    patrick.deposit(amount)
    return sandy.balance


def test_a_coroutine_function_does_its_work_once() -> None:
    async def test(database: MemoryDatabase) -> None:
        for _ in range(3):
            async with AsyncBank(database, inbox=INBOX) as uow:
                assert await uow.once("one", give, uow, amount=10) == 90
                await uow.commit()
        assert balances(database) == {"sandy": 90, "patrick": 10}

    awaiting(test)


def test_a_plain_function_does_its_work_as_inside_run() -> None:
    async def test(database: MemoryDatabase) -> None:
        for _ in range(3):
            async with AsyncBank(database, inbox=INBOX) as uow:
                assert await uow.once("one", move, uow.unit, amount=10) == 90
                await uow.commit()
        assert balances(database) == {"sandy": 90, "patrick": 10}

    awaiting(test)


def test_a_coroutine_function_does_not_end_the_transaction() -> None:
    async def test(database: MemoryDatabase) -> None:
        async with AsyncBank(database, inbox=INBOX) as uow:
            with pytest.raises(UnitOfWorkError, match=r"commit\(\) is refused"):
                await uow.once("one", uow.commit)

    awaiting(test)


# By a message bus


@pytest.fixture
def handlers() -> Handlers:
    handlers = Handlers()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        return move(uow, command.amount)

    return handlers


def bus_of(database: MemoryDatabase, handlers: Handlers) -> MessageBus[Bank]:
    return MessageBus(lambda: unit(database), handlers)


def test_a_command_with_the_same_id_is_handled_once_with_all_that_comes_of_it(
    database: MemoryDatabase, handlers: Handlers
) -> None:
    told: list[Event] = []

    @handlers.on
    def within(event: Deposited) -> None:
        told.append(event)

    @handlers.on(after_commit=True)
    def after(event: Deposited) -> None:
        told.append(event)

    bus = bus_of(database, handlers)
    assert [bus.handle(Move(10), message_id="one") for _ in range(3)] == [90, 90, 90]
    assert balances(database) == {"sandy": 90, "patrick": 10}
    assert told == 2 * [Deposited("patrick", 10)]
    assert bus.handle(Move(10), message_id=UUID(int=3)) == 80
    assert bus.handle(Move(10)) == 70


def test_an_event_with_the_same_id_is_given_to_those_who_have_not_handled_it(database: MemoryDatabase) -> None:
    handlers, told = Handlers(), list[str]()

    @handlers.on
    def first(event: Deposited, uow: Bank) -> Bank:
        told.append("first")
        return uow  # no answer that could be kept, but nobody asks an event for one

    @handlers.on(on_error=OnError.RAISE)
    def second(event: Deposited, uow: Bank) -> None:
        told.append("second")
        if len(told) < 4:
            raise Deadlock

    bus, message_id = bus_of(database, handlers), UUID(int=7)
    for _ in range(2):
        with pytest.raises(ExceptionGroup):
            bus.publish(Deposited("patrick", 10), message_id=message_id)
    bus.publish(Deposited("patrick", 10), message_id=message_id)
    bus.publish(Deposited("patrick", 10), message_id=message_id)
    assert told == ["first", "second", "second", "second"]


def test_handlers_that_are_one_function_with_other_things_bound_are_told_apart(database: MemoryDatabase) -> None:
    handlers, told = Handlers(), list[str]()

    def tell(event: Deposited, uow: Bank, who: str) -> None:
        told.append(who)

    handlers.on(partial(tell, who="patrick"))
    handlers.on(partial(tell, who="gary"))
    for _ in range(2):
        bus_of(database, handlers).publish(Deposited("patrick", 10), message_id="one")
    assert told == ["patrick", "gary"]
    assert len(noted(database)) == 2


def test_what_comes_of_an_event_has_no_id(database: MemoryDatabase) -> None:
    handlers, told = Handlers(), list[Event]()

    @handlers.on
    def spread(event: Deposited, uow: Bank) -> None:
        told.append(event)
        if event.amount > 1:
            uow.accounts.find_one(name="sandy").deposit(1)

    @handlers.on(after_commit=True)
    def after(event: Deposited, uow: Bank) -> None:
        told.append(event)

    bus_of(database, handlers).publish(Deposited("patrick", 10), message_id="one")
    assert len(noted(database)) == 2
    sandys = Deposited("sandy", 1)
    assert told == [Deposited("patrick", 10), sandys, Deposited("patrick", 10), sandys]


def test_an_inbox_without_a_table_is_told_of_in_a_process_that_never_had_one() -> None:
    program = """
from sqlalchemy.orm import registry
from unitofwork import Inbox, MemoryDatabase, MessageTypes, MsgspecCodec, UnitOfWork
from unitofwork.domain.errors import MappingError

with UnitOfWork(MemoryDatabase(registry()), inbox=Inbox(MsgspecCodec(MessageTypes()))) as uow:
    try:
        uow.once("a message", lambda: 1)
    except MappingError as error:
        print(error)
"""
    assert printed(program) == [
        "ProcessedMessage has no table in the database's mapping: call inbox_table(registry.metadata)"
    ]
