"""Whatever fails, wherever: a transfer that is run again is made once, and no money appears or disappears."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import TypeAlias

import attrs
import pytest

from unit.service_layer.bank import INBOX, AsyncBank, Bank, Move, balances, move, noted, opened
from unitofwork import Handlers, MemoryDatabase, MessageBus, Retrying
from unitofwork.adapters.memory.faults import Operation
from unitofwork.domain.errors import (
    CommitOutcomeUnknown,
    Conflict,
    ConnectionLost,
    DatabaseUnavailable,
    Deadlock,
    LockTimeout,
    PersistenceError,
    SerializationConflict,
    StaleEntity,
)

RETRYABLE = (Conflict, StaleEntity, SerializationConflict, Deadlock, LockTimeout, ConnectionLost)
AT_ONCE = Retrying(wait_initial=0, wait_jitter=0)

Transfer: TypeAlias = Callable[[MemoryDatabase], int]
"""Moves 10, with retries, and returns what is left."""


def _service(uow: Bank) -> int:
    with uow:
        left = move(uow, 10)
        uow.commit()
        return left


def _noting(uow: Bank) -> int:
    with uow:
        left = uow.once("message", move, uow, 10)
        uow.commit()
        return left


async def _awaited(uow: AsyncBank) -> int:
    async with uow:
        left = await uow.once("message", _moved, uow)
        await uow.commit()
        return left


async def _moved(uow: AsyncBank) -> int:
    sandy, patrick = await uow.accounts.find_one(name="sandy"), await uow.accounts.find_one(name="patrick")
    sandy.withdraw(10)
    patrick.deposit(10)
    await uow.flush()
    return sandy.balance


def by_a_service(database: MemoryDatabase) -> int:
    return AT_ONCE.run(_service, lambda: Bank(database))


def by_a_service_that_notes(database: MemoryDatabase) -> int:
    return AT_ONCE.run(_noting, lambda: Bank(database, inbox=INBOX))


def on_asyncio(database: MemoryDatabase) -> int:
    return asyncio.run(AT_ONCE.run_async(_awaited, lambda: AsyncBank(database, inbox=INBOX)))


def _bus(database: MemoryDatabase) -> MessageBus[Bank]:
    handlers = Handlers()

    @handlers.command
    def give(command: Move, uow: Bank) -> int:
        return move(uow, command.amount)

    return MessageBus(lambda: Bank(database, inbox=INBOX), handlers, retrying=AT_ONCE)


def by_a_bus(database: MemoryDatabase) -> int:
    return _bus(database).handle(Move(10))


def by_a_bus_that_notes(database: MemoryDatabase) -> int:
    return _bus(database).handle(Move(10), message_id="message")


NOTING = [by_a_service_that_notes, by_a_bus_that_notes, on_asyncio]
EVERY = [by_a_service, by_a_bus, *NOTING]


@attrs.frozen
class Step:
    """An operation of a transfer, and which one of its kind it is."""

    operation: Operation
    nth: int


def steps(transfer: Transfer) -> list[Step]:
    """What a transfer does in which nothing fails."""
    seen: Counter[Operation] = Counter()
    found: list[Step] = []

    def note(operation: Operation) -> None:
        seen[operation] += 1
        found.append(Step(operation, seen[operation]))

    database = opened()
    database.faults.tell(note)
    assert transfer(database) == 90
    return found


def is_made_once(database: MemoryDatabase, transfer: Transfer) -> None:
    assert transfer(database) == 90
    assert balances(database) == {"sandy": 90, "patrick": 10}
    assert database.checked_out == 0
    assert len(noted(database)) == (transfer in NOTING)


@pytest.mark.parametrize("error", RETRYABLE)
@pytest.mark.parametrize("transfer", EVERY)
def test_a_failure_at_each_step(transfer: Transfer, error: type[PersistenceError]) -> None:
    for step in steps(transfer):
        database = opened()
        database.faults.fail(step.operation, with_=error, nth=step.nth)
        is_made_once(database, transfer)


@pytest.mark.parametrize("transfer", EVERY)
def test_a_failure_at_each_step_and_then_one_at_each(transfer: Transfer) -> None:
    for first in steps(transfer):
        for second in steps(transfer):
            database = opened()
            database.faults.fail(first.operation, with_=Deadlock, nth=first.nth)
            database.faults.fail(second.operation, with_=ConnectionLost, nth=first.nth + second.nth)
            is_made_once(database, transfer)


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("transfer", NOTING)
def test_an_answer_to_commit_that_is_lost_does_no_harm_where_the_message_is_noted(
    transfer: Transfer, kept: bool
) -> None:
    database = opened()
    database.faults.fail("commit", with_=CommitOutcomeUnknown, kept=kept)
    is_made_once(database, transfer)


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("transfer", NOTING)
def test_nor_does_a_failure_while_the_answer_is_looked_for(transfer: Transfer, kept: bool) -> None:
    times = Counter(step.operation for step in steps(transfer))
    for step in steps(transfer):
        database = opened()
        database.faults.fail("commit", with_=CommitOutcomeUnknown, kept=kept)
        database.faults.fail(step.operation, with_=Deadlock, nth=times[step.operation] + step.nth)
        is_made_once(database, transfer)


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("transfer", [by_a_service, by_a_bus])
def test_where_nothing_is_noted_the_caller_is_told_that_nobody_knows(transfer: Transfer, kept: bool) -> None:
    database = opened()
    database.faults.fail("commit", with_=CommitOutcomeUnknown, kept=kept)
    with pytest.raises(CommitOutcomeUnknown):
        transfer(database)
    assert balances(database) == ({"sandy": 90, "patrick": 10} if kept else {"sandy": 100, "patrick": 0})


@pytest.mark.parametrize("transfer", NOTING)
def test_a_message_that_comes_again_moves_nothing(transfer: Transfer) -> None:
    database = opened()
    for _ in range(3):
        is_made_once(database, transfer)


@pytest.mark.parametrize("transfer", NOTING)
def test_one_that_comes_again_after_a_failure_that_nobody_retried(transfer: Transfer) -> None:
    """As from a sender who was not answered, and sends it once more."""
    for step in steps(transfer):
        database = opened()
        database.faults.fail(step.operation, with_=DatabaseUnavailable, nth=step.nth)
        with pytest.raises(DatabaseUnavailable):
            transfer(database)
        is_made_once(database, transfer)


def test_the_transfers_have_all_the_steps_that_can_fail() -> None:
    every: set[Operation] = {"begin", "select", "update", "flush", "commit"}
    assert {step.operation for step in steps(by_a_service)} == every
    assert {step.operation for step in steps(by_a_service_that_notes)} == {*every, "insert"}
