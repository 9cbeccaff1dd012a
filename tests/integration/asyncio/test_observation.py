"""On asyncio, too, what is sent is told of the unit that sends it, and of who asked for it."""

import asyncio

from contract.model import Accounts, Address, User
from integration.asyncio.conftest import Open
from unitofwork import AsyncUnitOfWork, RecordingObserver, awaited, observe


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    users = awaited(Accounts.users)


def test_tasks_that_wait_for_each_other_are_told_apart(opened: Open) -> None:
    async def main() -> None:
        async with opened() as database:
            async with AsyncAccounts(database) as uow:
                sandy = User("sandy", addresses=[Address("sandy@example.org")])
                uow.users.add(sandy)
                await uow.commit()
            one_read, other_read = asyncio.Event(), asyncio.Event()

            async def one() -> None:
                async with AsyncAccounts(database).begin(read_only=True) as uow:
                    await uow.users.count()
                    one_read.set()
                    await other_read.wait()
                    await uow.users.count()

            async def other() -> None:
                await one_read.wait()
                async with AsyncAccounts(database).begin(read_only=True) as uow:
                    assert await uow.run(lambda accounts: len(accounts.users.get_one(sandy.id).addresses)) == 1
                other_read.set()

            with observe(RecordingObserver()) as seen:
                async with asyncio.TaskGroup() as group:
                    group.create_task(one(), name="one")
                    group.create_task(other(), name="other")
        assert seen.lines == ("begin > get User > load User.addresses", "begin > count User x2")
        assert [(record.begun.worker, record.statements) for record in seen.records] == [("other", 2), ("one", 2)]
        places = {step.place.file for record in seen.records for step in record.steps if step.place}
        assert places == {__file__}

    asyncio.run(main())


def test_what_a_commit_sends_is_told_of_it(opened: Open) -> None:
    async def main() -> None:
        async with opened() as database:
            with observe(RecordingObserver()) as seen:
                async with AsyncAccounts(database) as uow:
                    uow.users.add(User("sandy"))
                    await uow.commit()
        (record,) = seen.records
        (commit,) = (step for step in record.steps if step.name == "commit")
        words = [statement.sql.split()[0] for statement in commit.statements]
        assert words[-2:] == ["INSERT", "COMMIT"]

    asyncio.run(main())
