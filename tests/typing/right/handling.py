"""What type checkers infer of messages and of their handlers."""

# pyright: strict

from functools import partial
from typing import assert_type

from unitofwork import (
    AsyncDatabase,
    AsyncMessageBus,
    AsyncUnitOfWork,
    Command,
    Database,
    Event,
    Handlers,
    MessageBus,
    OnError,
    Retrying,
    UnitOfWork,
    value,
)


class Accounts(UnitOfWork):
    pass


@value
class Register(Command[int]):
    name: str


@value
class Rename(Command[str]):
    name: str


@value
class Forget(Command[None]):
    name: str


@value
class UserRegistered(Event):
    name: str


@value
class UserForgotten(Event):
    name: str


handlers = Handlers()


@handlers.command
def register(command: Register, uow: Accounts) -> int:
    return len(command.name)


@handlers.command
def forget(command: Forget) -> None:
    pass


@handlers.on
def count(event: UserRegistered, uow: Accounts) -> None:
    pass


@handlers.on(after_commit=True, on_error=Retrying(attempts=3))
def welcome(event: UserRegistered | UserForgotten) -> str:
    return event.name


@handlers.on(on_error=OnError.LOG)
def audit(event: Event, uow: Accounts, log: list[Event] | None = None) -> None:
    pass


def tell(event: UserRegistered, uow: Accounts, mailer: str) -> None:
    pass


handlers.on(after_commit=True)(partial(tell, mailer="sandy"))


def declared(uow: Accounts) -> None:
    assert_type(register(Register("sandy"), uow), int)
    assert_type(welcome(UserForgotten("sandy")), str)
    audit(UserRegistered("sandy"), uow, log=[])


def messages(database: Database) -> None:
    bus = MessageBus(lambda: Accounts(database), handlers, commands=[Register, Forget], retrying=Retrying())
    assert_type(bus, MessageBus[Accounts])
    assert_type(bus.handle(Register("sandy")), int)
    assert_type(bus.handle(Forget("sandy")), None)
    bus.publish(UserRegistered("sandy"))


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    pass


@handlers.command
async def rename(command: Rename, uow: AsyncAccounts) -> str:
    return command.name


async def awaited_messages(database: AsyncDatabase) -> None:
    bus = AsyncMessageBus(lambda: AsyncAccounts(database), handlers, commands=[Register, Rename], retrying=Retrying())
    assert_type(bus, AsyncMessageBus[AsyncAccounts])
    assert_type(await bus.handle(Register("sandy")), int)
    assert_type(await bus.handle(Rename("sandy"), message_id="message"), str)
    await bus.publish(UserRegistered("sandy"))
