"""A service is run again as a whole, exactly when that may help and does nothing twice."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeAlias, cast

import pytest
import stamina

from processes import printed
from unit.service_layer.bank import Account, AsyncBank, Bank, balances, move, opened, transfer
from unitofwork import MemoryDatabase, Retrying, run, run_async
from unitofwork.adapters.memory.faults import OPERATIONS, Operation
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
    StatementTimeout,
    UniqueViolation,
    UnitOfWorkError,
)

RETRYABLE = [Conflict, StaleEntity, SerializationConflict, Deadlock, LockTimeout, ConnectionLost]
AT_ONCE = Retrying(wait_initial=0, wait_jitter=0)

Way: TypeAlias = Callable[[MemoryDatabase, Callable[[Bank], int], Retrying], int]
"""Runs a service on a database."""


def synchronously(database: MemoryDatabase, service: Callable[[Bank], int], retrying: Retrying) -> int:
    return retrying.run(service, lambda: Bank(database))


def on_asyncio(database: MemoryDatabase, service: Callable[[Bank], int], retrying: Retrying) -> int:
    async def main() -> int:
        return await retrying.run_async(AsyncBank.run, lambda: AsyncBank(database), service)

    return asyncio.run(main())


@pytest.fixture(params=[synchronously, on_asyncio], ids=lambda way: way.__name__)
def way(request: pytest.FixtureRequest) -> Way:
    chosen: Way = request.param
    return chosen


@pytest.fixture
def database() -> Iterator[MemoryDatabase]:
    database = opened()
    yield database
    assert database.checked_out == 0, "a unit was not closed"


class Counted:
    """A service, and how often it was run."""

    def __init__(self, service: Callable[[Bank], int]) -> None:
        self.service = service
        self.runs = 0

    def __call__(self, uow: Bank) -> int:
        self.runs += 1
        return self.service(uow)


def ten(uow: Bank) -> int:
    return transfer(uow, 10)


@pytest.mark.parametrize("error", RETRYABLE)
@pytest.mark.parametrize("operation", ["begin", "select", "update", "flush", "commit"])
def test_a_transfer_that_fails_anywhere_is_made_once(
    way: Way, database: MemoryDatabase, operation: Operation, error: type[PersistenceError]
) -> None:
    service = Counted(ten)
    database.faults.fail(operation, with_=error)
    assert way(database, service, AT_ONCE) == 90
    assert balances(database) == {"sandy": 90, "patrick": 10}
    assert service.runs == 2


def test_these_are_all_the_operations_of_a_transfer(database: MemoryDatabase) -> None:
    seen: set[Operation] = set()
    database.faults.tell(seen.add)
    run(transfer, lambda: Bank(database), 10)
    assert seen & set(OPERATIONS) == {"begin", "select", "update", "flush", "commit"}


def test_a_service_is_run_until_it_succeeds(way: Way, database: MemoryDatabase) -> None:
    for number in range(1, 5):
        database.faults.fail("commit", with_=Deadlock, nth=number)
    service = Counted(ten)
    assert way(database, service, AT_ONCE) == 90
    assert service.runs == 5
    assert balances(database) == {"sandy": 90, "patrick": 10}


def test_the_last_error_is_raised(way: Way, database: MemoryDatabase) -> None:
    for number in range(1, 4):
        database.faults.fail("commit", with_=Deadlock(f"number {number}"), nth=number)
    service = Counted(ten)
    with pytest.raises(Deadlock, match="number 3"):
        way(database, service, Retrying(attempts=3, wait_initial=0, wait_jitter=0))
    assert service.runs == 3
    assert balances(database) == {"sandy": 100, "patrick": 0}


def test_each_attempt_has_a_unit_of_its_own(way: Way, database: MemoryDatabase) -> None:
    units: list[Bank] = []

    def service(uow: Bank) -> int:
        units.append(uow)
        return ten(uow)

    database.faults.fail("commit", with_=Deadlock)
    way(database, service, AT_ONCE)
    first, second = units
    assert first is not second
    assert repr(first) == repr(second) == "<Bank, closed>"


def test_a_unit_that_the_service_left_open_is_closed(way: Way, database: MemoryDatabase) -> None:
    def service(uow: Bank) -> int:
        uow.begin()
        return move(uow, 10)

    assert way(database, service, AT_ONCE) == 90
    assert balances(database) == {"sandy": 100, "patrick": 0}


@pytest.mark.parametrize("error", [UniqueViolation, DatabaseUnavailable, StatementTimeout, CommitOutcomeUnknown])
def test_what_running_again_does_not_help_is_raised_at_once(
    way: Way, database: MemoryDatabase, error: type[PersistenceError]
) -> None:
    service = Counted(ten)
    database.faults.fail("commit", with_=error)
    with pytest.raises(error):
        way(database, service, AT_ONCE)
    assert service.runs == 1
    assert balances(database) == {"sandy": 100, "patrick": 0}


def test_a_commit_that_was_kept_without_an_answer_is_not_made_twice(way: Way, database: MemoryDatabase) -> None:
    database.faults.fail("commit", with_=CommitOutcomeUnknown, kept=True)
    with pytest.raises(CommitOutcomeUnknown):
        way(database, ten, AT_ONCE)
    assert balances(database) == {"sandy": 90, "patrick": 10}


class Declined(Exception):
    """An error of the application's own, which looks like one of ours."""

    retryable = True


@pytest.mark.parametrize("error", [Declined, KeyboardInterrupt, OSError])
def test_an_error_of_the_applications_own_is_raised_at_once(
    way: Way, database: MemoryDatabase, error: type[BaseException]
) -> None:
    raised = error()

    def refuse(uow: Bank) -> int:
        with uow:
            raise raised

    service = Counted(refuse)
    with pytest.raises(error) as caught:
        way(database, service, AT_ONCE)
    assert caught.value is raised
    assert service.runs == 1


def test_an_error_that_is_named_is_one_to_run_again_after(way: Way, database: MemoryDatabase) -> None:
    def unsure(uow: Bank) -> int:
        if service.runs == 1:
            raise Declined
        return ten(uow)

    service = Counted(unsure)
    assert way(database, service, Retrying(wait_initial=0, wait_jitter=0, also=(Declined,))) == 90
    assert service.runs == 2


@pytest.mark.parametrize("error", [Deadlock, ConnectionLost])
def test_a_service_that_has_committed_something_is_not_run_again(
    way: Way, database: MemoryDatabase, error: type[PersistenceError]
) -> None:
    def twice(uow: Bank) -> int:
        with uow:
            move(uow, 10)
            uow.commit()
            left = move(uow, 10)
            uow.commit()
            return left

    service = Counted(twice)
    database.faults.fail("commit", with_=error, nth=2)
    with pytest.raises(error) as caught:
        way(database, service, AT_ONCE)
    assert service.runs == 1
    assert any("had committed before" in note for note in caught.value.__notes__)
    assert balances(database) == {"sandy": 90, "patrick": 10}


def test_each_attempt_but_the_first_is_logged_with_its_cause_and_the_pause(
    way: Way, database: MemoryDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    database.faults.fail("commit", with_=Deadlock("they waited for each other"))
    database.faults.fail("update", with_=ConnectionLost("it broke"), nth=3)
    with caplog.at_level(logging.WARNING, "unitofwork"):
        way(database, ten, Retrying(attempts=7, wait_initial=0.01, wait_jitter=0))
    first, second = [record for record in caplog.records if record.name == "unitofwork"]
    assert first.getMessage().startswith("attempt 2 of 7 of ")
    assert first.getMessage().endswith(" s after Deadlock: they waited for each other")
    assert second.getMessage().startswith("attempt 3 of 7 of ")
    assert second.getMessage().endswith(" s after ConnectionLost: it broke")
    assert isinstance(first.args, tuple)
    assert isinstance(second.args, tuple)
    assert 0.01 <= float(str(first.args[3])) < 5
    assert 0.02 <= float(str(second.args[3])) < 5


def test_what_goes_well_is_not_logged(way: Way, database: MemoryDatabase, caplog: pytest.LogCaptureFixture) -> None:
    way(database, ten, AT_ONCE)
    assert [record for record in caplog.records if record.name == "unitofwork"] == []


def test_no_attempt_is_made_after_the_time_is_up(way: Way, database: MemoryDatabase) -> None:
    database.faults.fail("commit", with_=Deadlock)
    service = Counted(ten)
    with pytest.raises(Deadlock), pytest.warns(UserWarning, match="timeout=0"):
        way(database, service, Retrying(timeout=0))
    assert service.runs == 1


def test_pauses_double_up_to_the_longest_and_have_a_random_part(
    database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    for number in range(1, 8):
        database.faults.fail("commit", with_=Deadlock, nth=number)
    run(transfer, lambda: Bank(database), 10, wait_initial=1, wait_max=20, wait_jitter=0.5)
    assert [int(pause) for pause in pauses] == [1, 2, 4, 8, 16, 20, 20]
    assert all(0 < pause % 1 < 0.5 for pause in pauses[:5])


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"attempts": 0}, "attempts is counted from 1"),
        ({"attempts": 2.5}, "attempts is counted from 1: a whole number"),
        ({"wait_max": float("nan")}, "wait_max is a number of seconds"),
        ({"also": [KeyError]}, "also is a tuple of classes of errors"),
        ({"also": ("KeyError",)}, "also is a tuple of classes of errors"),
        ({"timeout": -1}, "timeout is a number of seconds, not negative"),
        ({"wait_initial": -1}, "wait_initial is a number of seconds, not negative"),
        ({"wait_max": -1}, "wait_max is a number of seconds, not negative"),
        ({"wait_jitter": -1}, "wait_jitter is a number of seconds, not negative"),
    ],
)
def test_options_without_a_meaning_are_refused(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Retrying(**options)


def test_a_service_that_has_to_be_awaited_is_not_run_without_asyncio() -> None:
    async def transfer(uow: Bank) -> None:
        raise AssertionError("nobody awaits it")

    database = opened()
    with pytest.raises(UnitOfWorkError, match=r"run\(\) is for services that nobody has to await: use run_async"):
        run(cast("Callable[[Bank], object]", transfer), lambda: Bank(database))


def test_each_attempt_needs_a_unit_of_its_own() -> None:
    unit: Any = Bank(opened())
    with pytest.raises(UnitOfWorkError, match=r"run\(\) takes a function that makes a fresh unit of work each time"):
        run(move, unit, 3)


def test_it_can_be_switched_off_where_stamina_is() -> None:
    database = opened()
    database.faults.fail("commit", with_=Deadlock)
    stamina.set_active(False)
    try:
        with pytest.raises(Deadlock):
            run(transfer, lambda: Bank(database), 10)
    finally:
        stamina.set_active(True)


def awaiting(test: Callable[[MemoryDatabase], Coroutine[Any, Any, None]]) -> None:
    database = opened()
    asyncio.run(test(database))
    assert database.checked_out == 0


async def transfer_awaited(uow: AsyncBank, amount: int) -> int:
    async with uow:
        sandy, patrick = await uow.accounts.find_one(name="sandy"), await uow.accounts.find_one(name="patrick")
        sandy.balance -= amount
        patrick.balance += amount
        await uow.commit()
        return sandy.balance


@pytest.mark.parametrize("error", RETRYABLE)
def test_a_coroutine_function_is_run_again_as_well(error: type[PersistenceError]) -> None:
    async def test(database: MemoryDatabase) -> None:
        database.faults.fail("commit", with_=error)
        assert await run_async(transfer_awaited, lambda: AsyncBank(database), 10, wait_jitter=0) == 90
        assert balances(database) == {"sandy": 90, "patrick": 10}

    awaiting(test)


def test_other_tasks_go_on_during_a_pause() -> None:
    async def test(database: MemoryDatabase) -> None:
        paused, go_on = asyncio.Event(), asyncio.Event()

        class Waiting(Exception):
            pass

        async def service(uow: AsyncBank) -> int:
            if not paused.is_set():
                paused.set()
                raise Waiting
            assert go_on.is_set()
            return await transfer_awaited(uow, 10)

        policy = Retrying(wait_initial=0.01, wait_jitter=0, also=(Waiting,))
        running = asyncio.create_task(policy.run_async(service, lambda: AsyncBank(database)))
        await paused.wait()
        go_on.set()
        assert await running == 90

    awaiting(test)


def test_a_task_that_is_cancelled_in_a_pause_ends() -> None:
    async def test(database: MemoryDatabase) -> None:
        failed = asyncio.Event()

        async def service(uow: AsyncBank) -> int:
            failed.set()
            raise Deadlock

        running = asyncio.create_task(
            Retrying(wait_initial=60, wait_max=60).run_async(service, lambda: AsyncBank(database))
        )
        await failed.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(running, 10)

    awaiting(test)


def test_a_task_that_is_cancelled_inside_the_service_is_not_run_again() -> None:
    async def test(database: MemoryDatabase) -> None:
        inside, runs = asyncio.Event(), []

        async def service(uow: AsyncBank) -> int:
            runs.append(uow)
            async with uow:
                await uow.accounts.find_one(name="sandy")
                inside.set()
                await asyncio.Event().wait()
            raise AssertionError

        running = asyncio.create_task(run_async(service, lambda: AsyncBank(database)))
        await inside.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(running, 10)
        assert len(runs) == 1

    awaiting(test)


def test_many_at_once_lose_no_money() -> None:
    """Each unit reads, and another one comes first: the version notices, and the service is run again."""
    database = opened()
    overtaking = 5

    def overtaken(uow: Bank) -> int:
        nonlocal overtaking
        with uow:
            left = move(uow, 10)
            if overtaking:
                overtaking -= 1
                run(transfer, lambda: Bank(database), 1)
            uow.commit()
            return left

    assert run(overtaken, lambda: Bank(database), wait_initial=0, wait_jitter=0) == 85
    assert balances(database) == {"sandy": 85, "patrick": 15}
    assert {row["version"] for row in database.committed(Account)} == {7}


def test_without_stamina_the_cure_is_named() -> None:
    program = """
import sys
sys.modules["stamina"] = None
from unitofwork import Retrying
try:
    Retrying()
except ImportError as error:
    print(error)
"""
    assert printed(program) == ["retrying needs stamina, which is not installed: pip install unitofwork[retrying]"]
