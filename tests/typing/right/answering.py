"""What type checkers infer of messages that are handled once."""

# pyright: strict

from typing import assert_type

from unitofwork import AsyncUnitOfWork, Command, Inbox, MessageBus, UnitOfWork, value
from unitofwork.domain.ports import AsyncDatabase, Codec, Database


class Accounts(UnitOfWork):
    pass


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    pass


@value
class Register(Command[int]):
    name: str


def register(uow: Accounts, name: str) -> int:
    return len(name)


async def register_awaited(uow: AsyncAccounts, name: str) -> int:
    return len(name)


def use(database: Database, codec: Codec, bus: MessageBus[Accounts]) -> None:
    with Accounts(database, inbox=Inbox(codec)) as uow:
        assert_type(uow.once("message", register, uow, name="sandy"), int)
    assert_type(bus.handle(Register("sandy"), message_id="message"), int)


async def use_awaited(database: AsyncDatabase, codec: Codec) -> None:
    async with AsyncAccounts(database, inbox=Inbox(codec)) as uow:
        assert_type(await uow.once("message", register_awaited, uow, "sandy"), int)
        assert_type(await uow.once("message", register, uow.unit, "sandy"), int)
