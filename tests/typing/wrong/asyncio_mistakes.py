"""Mistakes with a unit of work on asyncio; each line that says so is one."""

from unitofwork import (
    AsyncDatabase,
    AsyncUnitOfWork,
    Repository,
    SqlAlchemyDatabase,
    UnitOfWork,
    awaited,
    entity,
    repository,
)


@entity
class User:
    name: str
    id: int | None = None


class Users(Repository[User]):
    def named(self, name: str) -> User:
        return self.find_one(name=name)


class Accounts(UnitOfWork):
    users = repository(User, Users)


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    users = awaited(Accounts.users)


def rename(accounts: Accounts, name: str) -> None:
    accounts.users.named(name)


async def use(database: AsyncDatabase, sync: SqlAlchemyDatabase) -> None:
    AsyncAccounts(sync)  # error
    async with AsyncAccounts(database) as uow:
        user: User = uow.users.get_one(1)  # error
        await uow.users.named("sandy")  # error
        await uow.users.find(limit="1")  # error
        uow.users.add("sandy")  # error
        await uow.users.add(user)  # error
        await uow.run(rename)  # error
        await uow.run(rename, 3)  # error
        for each in uow.users.stream():  # error
            print(each)
        with uow:  # error
            pass
