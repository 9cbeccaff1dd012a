"""What type checkers infer of services that are run again."""

# pyright: strict

from typing import assert_type

from unitofwork import AsyncDatabase, AsyncUnitOfWork, Database, Retrying, UnitOfWork, run, run_async


class Accounts(UnitOfWork):
    pass


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    pass


def rename(uow: Accounts, name: str, to: str = "") -> int:
    return len(name + to)


async def rename_awaited(uow: AsyncAccounts, name: str) -> int:
    return len(name)


def services(database: Database) -> None:
    assert_type(run(rename, lambda: Accounts(database), "sandy", "cheeks"), int)
    assert_type(run(rename, lambda: Accounts(database), "sandy", attempts=3, also=(OSError,)), int)
    assert_type(Retrying(attempts=3).run(rename, lambda: Accounts(database), "sandy", to="cheeks"), int)


async def awaited_services(database: AsyncDatabase) -> None:
    assert_type(await run_async(rename_awaited, lambda: AsyncAccounts(database), "sandy", timeout=None), int)
    assert_type(await Retrying().run_async(rename_awaited, lambda: AsyncAccounts(database), name="sandy"), int)
