"""The message bus and the one on asyncio, both asked alike."""

import asyncio
from typing import Protocol, TypeAlias, TypeVar

from unit.service_layer.bank import AsyncBank, Bank
from unitofwork import AsyncMessageBus, Command, Event, Handlers, MemoryDatabase, MessageBus, Retrying

R = TypeVar("R")
AT_ONCE = Retrying(wait_initial=0, wait_jitter=0)


class Awaited:
    """A bus on asyncio, with an event loop for each message."""

    def __init__(self, bus: AsyncMessageBus[AsyncBank]) -> None:
        self._bus = bus

    def handle(self, command: Command[R]) -> R:
        return asyncio.run(self._bus.handle(command))

    def publish(self, event: Event) -> None:
        asyncio.run(self._bus.publish(event))


Bus: TypeAlias = MessageBus[Bank] | Awaited


class NewBus(Protocol):
    def __call__(self, database: MemoryDatabase, handlers: Handlers, retrying: Retrying | None = None) -> Bus: ...


def plain(database: MemoryDatabase, handlers: Handlers, retrying: Retrying | None = None) -> Bus:
    return MessageBus(lambda: Bank(database), handlers, retrying=retrying)


def awaited(database: MemoryDatabase, handlers: Handlers, retrying: Retrying | None = None) -> Bus:
    return Awaited(AsyncMessageBus(lambda: AsyncBank(database), handlers, retrying=retrying))


class Broken(Exception):
    """What a handler raises in these tests."""


def rename(uow: Bank, old: str, new: str) -> None:
    uow.accounts.find_one(name=old).name = new
