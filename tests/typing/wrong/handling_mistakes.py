"""Mistakes with messages and handlers; each line that says so is one."""

from unitofwork import (
    AsyncDatabase,
    AsyncMessageBus,
    AsyncUnitOfWork,
    Command,
    Database,
    Event,
    Handlers,
    MessageBus,
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
class UserRegistered(Event):
    name: str


handlers = Handlers()


def register(command: Register, uow: Accounts) -> int:
    return len(command.name)


def count(event: UserRegistered, uow: Accounts) -> None:
    pass


def nothing() -> None:
    pass


def use(database: Database) -> None:
    handlers.command(register)
    handlers.command(count)  # error
    handlers.command(nothing)  # error
    handlers.on(count)
    handlers.on(register)  # error
    handlers.on(after_commit=True)(register)  # error
    handlers.on(on_error="log")  # error
    MessageBus(database, handlers)  # error
    MessageBus(lambda: Accounts(database), [register])  # error
    MessageBus(lambda: Accounts(database), handlers, commands=[UserRegistered])  # error
    bus = MessageBus(lambda: Accounts(database), handlers, retrying=Retrying(attempts=3))
    answer: str = bus.handle(Register("sandy"))  # error
    bus.handle(UserRegistered("sandy"))  # error
    bus.publish(Register("sandy"))  # error
    print(answer)


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    pass


async def use_awaited(database: AsyncDatabase, sync: Database) -> None:
    AsyncMessageBus(lambda: Accounts(sync), handlers)  # error
    MessageBus(lambda: AsyncAccounts(database), handlers)  # error
    bus = AsyncMessageBus(lambda: AsyncAccounts(database), handlers)
    answer: str = await bus.handle(Register("sandy"))  # error
    await bus.handle(UserRegistered("sandy"))  # error
    await bus.handle(Register("sandy"), message_id=3)  # error
    number: int = bus.handle(Register("sandy"))  # error
    print(answer, number)
