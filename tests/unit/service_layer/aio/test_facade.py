"""The facade of asyncio has what the unit and the repository have, and adds no logic but for what waits."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from contract import model
from contract.model import Accounts, Address, User, Users
from unitofwork import (
    AsyncRepository,
    AsyncUnitOfWork,
    MemoryDatabase,
    Repository,
    UnitOfWork,
    awaited,
    repository,
    where,
)
from unitofwork.domain.errors import NotBegun, OutsideRun, UnitOfWorkError, WrongThread


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    users = awaited(Accounts.users)
    addresses = awaited(Accounts.addresses)


def run(test: Callable[[AsyncAccounts, MemoryDatabase], Coroutine[Any, Any, None]]) -> None:
    """Run a test with a unit that has begun, in whose database sandy has two addresses."""

    async def main() -> None:
        database = MemoryDatabase(model.mapping())
        async with AsyncAccounts(database) as uow:
            uow.users.add(User("sandy", "Sandy", 30, [Address("sandy@example.org"), Address("cheeks@example.org")]))
            await uow.commit()
        async with AsyncAccounts(database) as uow:
            await test(uow, database)

    asyncio.run(main())


def _public(owner: type) -> dict[str, Any]:
    return {name: member for name, member in vars(owner).items() if not name.startswith("_")}


NOT_WAITING = {
    *("add", "add_all", "begin", "savepoint", "no_autoflush", "repository", "stream", "after_commit", "after_rollback"),
    *("state", "is_modified", "expire", "expire_all", "expunge", "expunge_all", "subscribe"),
}
"""What is not awaited: it only looks at memory, or gives what is awaited."""

OF_ONE_SIDE = {"session", "run", "unit_type"}
"""The adapter's session is for services inside `run`, which has no meaning without asyncio, like the unit's type."""


GENERIC = {"once"}
"""What takes functions to be awaited as well."""


@pytest.mark.parametrize(
    ("owner", "facade"), [(UnitOfWork, AsyncUnitOfWork), (Repository, AsyncRepository)], ids=["unit", "repository"]
)
def test_the_facade_has_all_that_is_public_with_the_same_parameters(owner: type, facade: type) -> None:
    theirs, ours = _public(owner), _public(facade)
    assert theirs.keys() ^ ours.keys() <= OF_ONE_SIDE
    for name in theirs.keys() & ours.keys():
        if isinstance(theirs[name], property):
            assert isinstance(ours[name], property), name
            continue
        if name in GENERIC:
            continue
        expected, given = inspect.signature(theirs[name]), inspect.signature(ours[name])
        assert [*map(str, expected.parameters.values())][1:] == [*map(str, given.parameters.values())][1:], name
        assert inspect.iscoroutinefunction(ours[name]) == (name not in NOT_WAITING), name
        assert inspect.getdoc(ours[name]), name


def test_the_facade_takes_its_methods_from_the_core() -> None:
    """One line for each: what is written out in the facade is what differs."""
    written_out = {
        name
        for facade in (AsyncUnitOfWork, AsyncRepository)
        for name, member in _public(facade).items()
        if inspect.isfunction(member) and not hasattr(member, "__wrapped__")
    }
    assert written_out == {"run", "begin", "savepoint", "no_autoflush", "repository", "once"}


def test_a_relationship_that_is_not_loaded_is_not_loaded_outside_run() -> None:
    async def test(uow: AsyncAccounts, database: MemoryDatabase) -> None:
        sandy = await uow.users.find_one(name="sandy")
        with pytest.raises(OutsideRun, match=r"User\.addresses is not loaded.*load=.*run\(\)") as caught:
            _ = sandy.addresses
        assert caught.value.entity_type is User
        assert await uow.run(lambda accounts: len(accounts.users.named("sandy").addresses)) == 2
        assert len(sandy.addresses) == 2

    run(test)


def test_what_is_asked_for_by_load_is_there() -> None:
    async def test(uow: AsyncAccounts, database: MemoryDatabase) -> None:
        sandy = await uow.users.find_one(name="sandy", load="addresses")
        assert len(sandy.addresses) == 2

    run(test)


def test_reading_outside_run_harms_nothing_that_was_changed() -> None:
    async def test(uow: AsyncAccounts, database: MemoryDatabase) -> None:
        sandy = await uow.users.find_one(name="sandy")
        sandy.age = 31
        with pytest.raises(OutsideRun):
            _ = sandy.addresses
        await uow.commit()
        assert database.committed(User)[0]["age"] == 31

    run(test)


def test_an_expired_attribute_names_the_cures() -> None:
    async def test(uow: AsyncAccounts, database: MemoryDatabase) -> None:
        sandy = await uow.users.find_one(name="sandy")
        uow.expire(sandy, "age")
        with pytest.raises(OutsideRun, match=r"User\.age is not loaded.*refresh\(\)"):
            _ = sandy.age
        await uow.refresh(sandy)
        assert sandy.age == 30

    run(test)


def test_what_waits_is_refused_outside_run() -> None:
    async def test(uow: AsyncAccounts, database: MemoryDatabase) -> None:
        with pytest.raises(OutsideRun, match="await"):
            uow.unit.users.count()
        assert await uow.users.count() == 1

    run(test)


def test_a_service_runs_with_the_unit_that_is_named() -> None:
    def rename(accounts: Accounts, name: str, *, to: str) -> str:
        assert type(accounts) is Accounts
        assert type(accounts.users) is Users
        user = accounts.users.named(name)
        user.name = to
        accounts.commit()
        return user.addresses[0].email_address

    async def test(uow: AsyncAccounts, database: MemoryDatabase) -> None:
        assert await uow.run(rename, "sandy", to="cheeks") == "sandy@example.org"
        assert await uow.users.exists(name="cheeks")

    run(test)


def test_run_refuses_coroutine_functions() -> None:
    async def service(accounts: Accounts) -> None:
        pytest.fail("nobody awaits this")

    async def test(uow: AsyncAccounts, database: MemoryDatabase) -> None:
        with pytest.raises(UnitOfWorkError, match="synchronous"):
            await (await uow.run(service))

    run(test)


def test_callbacks_are_plain_functions() -> None:
    async def tell() -> None:
        pytest.fail("nobody awaits this")

    async def test(uow: AsyncAccounts, database: MemoryDatabase) -> None:
        with pytest.raises(UnitOfWorkError, match="plain function"):
            uow.after_commit(tell)

    run(test)


def test_two_tasks_at_once_are_refused_on_the_twin_too() -> None:
    """Though it never has to wait: on a database the first one would still be waiting."""

    async def test(uow: AsyncAccounts, database: MemoryDatabase) -> None:
        asked = [uow.users.count(), uow.users.count()]
        first, second = await asyncio.gather(*asked, return_exceptions=True)
        assert first == 1
        assert isinstance(second, WrongThread)
        assert await uow.users.count() == 1

    run(test)


def test_a_service_that_waits_keeps_other_tasks_out() -> None:
    async def test(uow: AsyncAccounts, database: MemoryDatabase) -> None:
        running = asyncio.create_task(uow.run(lambda accounts: accounts.users.count()))
        await asyncio.sleep(0)
        with pytest.raises(WrongThread):
            await uow.users.count()
        assert await running == 1

    run(test)


def test_a_stream_is_read_in_a_loop() -> None:
    async def test(uow: AsyncAccounts, database: MemoryDatabase) -> None:
        await uow.users.insert_many({"name": f"user {number}"} for number in range(250))
        async with uow.users.stream(where(User.name).startswith("user"), order_by="id") as users:
            names = [user.name async for user in users]
        assert names == [f"user {number}" for number in range(250)]
        async for user in uow.users.stream():
            assert user.name
            break
        await uow.rollback()

    run(test)


def test_a_stream_that_is_closed_before_it_is_read_asks_nothing() -> None:
    async def test(uow: AsyncAccounts, database: MemoryDatabase) -> None:
        with database.assert_statements(at_most=0):
            users = uow.users.stream()
            await users.close()
            await users.close()
            assert [user async for user in users] == []

    run(test)


def test_a_savepoint_is_a_block_that_is_awaited() -> None:
    async def test(uow: AsyncAccounts, database: MemoryDatabase) -> None:
        with pytest.raises(KeyError):
            async with uow.savepoint():
                uow.users.add(User("patrick"))
                await uow.flush()
                raise KeyError
        async with uow.savepoint():
            uow.users.add(User("gary"))
        await uow.commit()
        assert [user["name"] for user in database.committed(User)] == ["sandy", "gary"]

    run(test)


def test_a_unit_begins_with_its_options_and_waits_for_nothing() -> None:
    async def main() -> None:
        database = MemoryDatabase(model.mapping())
        unit = AsyncAccounts(database)
        with pytest.raises(NotBegun):
            await unit.users.count()
        async with unit.begin(read_only=True) as uow:
            assert uow is unit
            uow.users.add(User("sandy"))
            with pytest.raises(UnitOfWorkError, match="read-only"):
                await uow.commit()
        assert repr(unit) == "<AsyncAccounts, closed>"

    asyncio.run(main())


def test_a_joined_database_serves_asyncio_too() -> None:
    async def main() -> None:
        database = MemoryDatabase(model.mapping())
        with database.transaction() as outer:
            async with AsyncAccounts(database.joined(outer)) as uow:
                uow.users.add(User("sandy"))
                await uow.commit()
        assert database.committed(User) == []

    asyncio.run(main())


def test_a_unit_without_a_class_of_its_own_has_the_repositories_that_are_asked_for() -> None:
    async def main() -> None:
        unit = AsyncUnitOfWork[UnitOfWork](MemoryDatabase(model.mapping()))
        assert type(unit.unit) is UnitOfWork
        async with unit as uow:
            uow.repository(User).add(User("sandy"))
            await uow.commit()
            assert await uow.repository(User).count() == 1

    asyncio.run(main())


def test_the_units_class_is_inherited() -> None:
    class More(AsyncAccounts):
        pass

    assert More.unit_type is AsyncAccounts.unit_type is Accounts


def test_what_is_awaited_is_a_unit_of_work() -> None:
    with pytest.raises(TypeError, match="AsyncUnitOfWork"):

        class Wrong(AsyncUnitOfWork[int]):  # type: ignore[type-var]  # the mistake that is tried
            pass


def test_a_declared_repository_keeps_its_name_where_another_one_awaits_it() -> None:
    class Other(UnitOfWork):
        users = repository(User, Users)

    class AsyncOther(AsyncUnitOfWork[Other]):
        people = awaited(Other.users)

    async def main() -> None:
        async with AsyncOther(MemoryDatabase(model.mapping())) as uow:
            assert uow.people is uow.people
            assert await uow.people.count() == 0
            assert await uow.run(lambda other: other.users.count()) == 0

    asyncio.run(main())
