"""A test undoes code that commits, on asyncio too."""

import asyncio

import pytest

from contract.model import Accounts, Address, User
from integration.asyncio.conftest import Open
from unitofwork import AsyncUnitOfWork, awaited
from unitofwork.domain.errors import OutsideRun, UnitOfWorkError


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    users = awaited(Accounts.users)


def test_what_a_joined_unit_committed_is_undone_with_the_outer_transaction(opened: Open) -> None:
    async def main() -> None:
        async with opened() as database:
            async with database.engine.connect() as connection, connection.begin() as outer:
                joined = database.joined(connection)
                async with AsyncAccounts(joined) as uow:
                    uow.users.add(User("sandy", addresses=[Address("sandy@example.org")]))
                    await uow.commit()
                async with AsyncAccounts(joined) as uow:
                    sandy = await uow.users.find_one(name="sandy")
                    with pytest.raises(OutsideRun, match=r"User\.addresses"):
                        _ = sandy.addresses
                    uow.users.add(User("patrick"))
                    await uow.flush()
                async with AsyncAccounts(joined) as uow:
                    assert [user.name for user in await uow.users.find()] == ["sandy"]
                await joined.aclose()
                await outer.rollback()
            async with AsyncAccounts(database) as uow:
                assert await uow.users.count() == 0

    asyncio.run(main())


def test_a_connection_that_has_not_begun_cannot_be_joined(opened: Open) -> None:
    async def main() -> None:
        async with opened() as database:
            with pytest.raises(UnitOfWorkError, match="has not begun"):
                database.joined(database.engine.connect())
            async with database.engine.connect() as connection:
                with pytest.raises(UnitOfWorkError, match="no transaction"):
                    database.joined(connection)

    asyncio.run(main())
