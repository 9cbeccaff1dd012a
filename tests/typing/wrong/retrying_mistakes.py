"""Mistakes with services that are run again; each line that says so is one."""

from unitofwork import Database, Retrying, UnitOfWork, run, run_async


class Accounts(UnitOfWork):
    pass


class Others(UnitOfWork):
    pass


def rename(uow: Accounts, name: str) -> int:
    return len(name)


async def use(database: Database) -> None:
    run(rename, lambda: Accounts(database))  # error
    run(rename, lambda: Accounts(database), 3)  # error
    run(rename, lambda: Accounts(database), "sandy", attempts="3")  # error
    run(rename, lambda: Accounts(database), "sandy", tries=3)  # error
    Retrying().run(rename, lambda: Others(database), "sandy")  # error
    Retrying(3)  # error
    await run_async(rename, lambda: Accounts(database), "sandy")  # error
