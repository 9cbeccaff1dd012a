"""What type checkers infer of a unit of work on asyncio."""

# pyright: strict

from typing import assert_type

from unitofwork import (
    AsyncDatabase,
    AsyncRepository,
    AsyncSqlAlchemyDatabase,
    AsyncUnitOfWork,
    MemoryDatabase,
    Outcome,
    Page,
    Repository,
    UnitOfWork,
    awaited,
    entity,
    repository,
    where,
)
from unitofwork.domain.errors import CommitOutcomeUnknown


@entity
class User:
    name: str
    id: int | None = None


class Users(Repository[User]):
    def named(self, name: str) -> User:
        return self.find_one(where(User.name) == name)


class Accounts(UnitOfWork):
    users = repository(User, Users)


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    users = awaited(Accounts.users)


def rename(accounts: Accounts, name: str, *, to: str) -> int | None:
    user = accounts.users.named(name)
    user.name = to
    return user.id


async def use(database: AsyncDatabase) -> None:
    async with AsyncAccounts(database) as uow:
        assert_type(uow, AsyncAccounts)
        assert_type(uow.users, AsyncRepository[User])
        assert_type(await uow.users.get(1), User | None)
        assert_type(await uow.users.get_one(1), User)
        assert_type(await uow.users.find(where(User.name) == "sandy", limit=3), list[User])
        assert_type(await uow.users.find_one(name="sandy"), User)
        assert_type(await uow.users.page(size=10), Page[User])
        assert_type(await uow.users.count(), int)
        assert_type(await uow.users.upsert(User("sandy")), User)
        assert_type(await uow.users.insert_many([{"name": "sandy"}]), int)
        assert_type(await uow.run(rename, "sandy", to="cheeks"), int | None)
        assert_type(await uow.run(lambda accounts: accounts.users.named("sandy")), User)
        assert_type(await uow.repository(User).first(), User | None)
        async for user in uow.users.stream(order_by="name"):
            assert_type(user, User)
        async with uow.savepoint():
            uow.users.add(User("patrick"))
        await uow.commit()
    async with AsyncAccounts(database).begin(read_only=True) as uow:
        assert_type(uow, AsyncAccounts)


def databases(sql: AsyncSqlAlchemyDatabase, twin: MemoryDatabase) -> list[AsyncDatabase]:
    return [sql, twin]


async def settle(sql: AsyncSqlAlchemyDatabase, error: CommitOutcomeUnknown) -> None:
    await sql.create_schema()
    assert_type(await sql.outcome(error), Outcome)
