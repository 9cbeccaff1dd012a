"""A task that is cancelled, wherever it waits, leaves no connection in use, no transaction open, no half commit."""

import asyncio
import os
import random
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

from contract.model import Accounts, Address, Team, User
from integration.asyncio.cancelling import WHEN, Cancelling, When
from integration.asyncio.conftest import Open
from unitofwork import AsyncSqlAlchemyDatabase, AsyncUnitOfWork, Isolation, awaited, where
from unitofwork.domain.errors import CommitOutcomeUnknown, Conflict

UNITS = int(os.environ.get("CANCELLED_UNITS", "150"))
"""Of the random transfers; an ordinary run has few."""

TASKS = 10
"""More than there are connections."""


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    teams = awaited(Accounts.teams)
    users = awaited(Accounts.users)


async def life(database: AsyncSqlAlchemyDatabase, name: str, progress: list[str]) -> None:
    """A unit that does everything that waits, and commits twice."""
    async with AsyncAccounts(database) as uow:
        user = User(name, None, 1, [Address(f"{name}@example.org")])
        uow.users.add(user)
        await uow.flush()
        await uow.commit()
        key = user.id
        progress.append("added")
        async with uow.savepoint():
            user.age = 2
            await uow.flush()
        async with uow.users.stream(order_by="name") as users:
            async for each in users:
                assert each.name
        await uow.run(lambda accounts: len(accounts.users.named(name).addresses))
        await uow.users.update_where(where(User.name) == name, age=3)
        await uow.commit()
        progress.append("changed")
        await uow.users.get_one(key)
        await uow.rollback()


def checked_out(database: AsyncSqlAlchemyDatabase) -> int:
    pool = database.engine.sync_engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


async def kept(database: AsyncSqlAlchemyDatabase, name: str) -> int | None:
    """The age that was kept, or None; asked for in a transaction that writes, which an open one would keep waiting."""
    async with AsyncAccounts(database) as uow:
        uow.teams.add(Team(f"after {name}"))
        await uow.flush()
        found = await uow.users.first(where(User.name) == name)
        return None if found is None else found.age


KEPT: dict[tuple[str, ...], tuple[int | None, ...]] = {(): (None, 1), ("added",): (1, 3), ("added", "changed"): (3,)}
"""The ages that may be kept, by what the unit has told: what it was in the middle of is whole or not there."""


@pytest.mark.parametrize("again", [0, 1, 2])
@pytest.mark.parametrize("when", WHEN)
def test_a_unit_may_be_cancelled_wherever_it_waits(opened: Open, when: When, again: int) -> None:
    async def main() -> None:
        async with opened() as database:
            counted = Cancelling(life(database, "nobody", []), 0)
            await counted
            assert counted.waited > 10
            for at in range(1, counted.waited + 1):
                progress = list[str]()
                task = asyncio.create_task(cancelled(life(database, f"user {at}", progress), at, when, again))
                await asyncio.wait((task,), timeout=60)
                assert task.cancelled() or not isinstance(task.exception(), Exception) or _is_unknown(task), at
                assert checked_out(database) == 0, at
                assert await kept(database, f"user {at}") in KEPT[tuple(progress)], at
                assert checked_out(database) == 0, at

    asyncio.run(main())


def _is_unknown(task: "asyncio.Task[object]") -> bool:
    return isinstance(task.exception(), CommitOutcomeUnknown)


async def cancelled(work: Coroutine[Any, Any, object], at: int, when: When, again: int) -> object:
    return await Cancelling(work, at, when, again)


@pytest.mark.parametrize("when", WHEN)
def test_a_commit_that_is_cancelled_is_kept_as_a_whole_and_known_to_be(opened: Open, when: When) -> None:
    """Once COMMIT is under way it goes on to its end, and only then the task is cancelled."""

    async def commit(database: AsyncSqlAlchemyDatabase, told: list[str]) -> None:
        async with AsyncAccounts(database) as uow:
            uow.users.add(User("sandy"))
            uow.after_commit(lambda: told.append("kept"))
            uow.after_rollback(lambda: told.append("undone"))
            await uow.flush()
            await Cancelling(uow.commit(), 1, when)

    async def main() -> None:
        async with opened() as database:
            told = list[str]()
            with suppress(asyncio.CancelledError):  # unless the end came first
                await asyncio.create_task(commit(database, told))
            assert told == ["kept"]
            assert checked_out(database) == 0
            async with AsyncAccounts(database) as uow:
                assert await uow.users.count() == 1

    asyncio.run(main())


def test_a_timeout_is_a_timeout_and_the_unit_is_closed(opened: Open) -> None:
    async def main() -> None:
        async with opened() as database:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05), AsyncAccounts(database) as uow:
                    while True:
                        await uow.users.count()
            assert checked_out(database) == 0

    asyncio.run(main())


def test_of_a_group_of_tasks_one_that_fails_cancels_the_others_units(opened: Open) -> None:
    async def fail(database: AsyncSqlAlchemyDatabase) -> None:
        async with AsyncAccounts(database) as uow:
            await uow.users.count()
            raise KeyError

    async def go_on(database: AsyncSqlAlchemyDatabase) -> None:
        async with AsyncAccounts(database).begin(read_only=True) as uow:
            while True:
                await uow.users.count()

    async def main() -> None:
        async with opened() as database:
            with pytest.raises(ExceptionGroup):
                async with asyncio.TaskGroup() as group:
                    group.create_task(go_on(database))
                    group.create_task(go_on(database))
                    group.create_task(fail(database))
            assert checked_out(database) == 0

    asyncio.run(main())


def test_units_that_are_open_when_the_loop_ends_are_closed(opened: Open) -> None:
    """`asyncio.run` cancels what is left, and waits for it."""
    seen = list[AsyncSqlAlchemyDatabase]()

    async def hold(database: AsyncSqlAlchemyDatabase, holding: asyncio.Event) -> None:
        async with AsyncAccounts(database) as uow:
            uow.users.add(User("sandy"))
            await uow.flush()
            holding.set()
            await asyncio.sleep(60)

    async def main() -> None:
        opening = opened()
        database = await opening.__aenter__()
        seen.append(database)
        holding = asyncio.Event()
        held.append(asyncio.create_task(hold(database, holding)))
        await holding.wait()
        await database.aclose()  # what comes back to a pool that was replaced is closed

    held = list["asyncio.Task[None]"]()
    asyncio.run(main())
    assert held[0].cancelled()
    assert checked_out(seen[0]) == 0


def test_nothing_is_lost_when_transfers_are_cancelled_at_random(opened: Open) -> None:
    """Many tasks move years between users; whatever is cancelled, nobody's years come from nowhere."""
    chance = random.Random(7)

    async def transfer(database: AsyncSqlAlchemyDatabase, one: int, other: int) -> None:
        async with AsyncAccounts(database).begin(isolation=Isolation.SERIALIZABLE) as uow:
            giver, taker = await uow.users.get_one(one), await uow.users.get_one(other)
            giver.age, taker.age = (giver.age or 0) - 1, (taker.age or 0) + 1
            await uow.commit()

    async def one_after_the_other(database: AsyncSqlAlchemyDatabase, keys: list[int]) -> None:
        for _ in range(UNITS // TASKS):
            one, other = chance.sample(keys, 2)
            task = asyncio.create_task(transfer(database, one, other))
            if chance.random() < 0.7:
                await asyncio.sleep(chance.random() * 0.02)
                task.cancel()
                if chance.random() < 0.3:
                    await asyncio.sleep(0)
                    task.cancel()
            with suppress(asyncio.CancelledError, Conflict, CommitOutcomeUnknown):
                await task

    async def main() -> None:
        async with opened() as database:
            async with AsyncAccounts(database) as uow:
                users = [User(f"user {number}", None, 1000) for number in range(10)]
                uow.users.add_all(users)
                await uow.commit()
            keys = [user.id for user in users if user.id is not None]
            await asyncio.gather(*(one_after_the_other(database, keys) for _ in range(TASKS)))
            assert checked_out(database) == 0
            async with AsyncAccounts(database) as uow:
                assert sum(user.age or 0 for user in await uow.users.find()) == 10_000
            if idle := _IDLE_IN_TRANSACTION.get(database.engine.dialect.name):
                async with database.engine.connect() as connection:
                    assert await connection.scalar(text(f"SELECT count(*) FROM {idle}")) == 0

    asyncio.run(main())


_IDLE_IN_TRANSACTION = {
    "postgresql": "pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()",
    "mariadb": (
        "information_schema.innodb_trx JOIN information_schema.processlist ON trx_mysql_thread_id = id"
        " WHERE db = database() AND command = 'Sleep'"
    ),
}
