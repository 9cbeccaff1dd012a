"""The message bus on asyncio."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any, Generic, TypeVar, cast

from unitofwork.domain.messages import Command, Event
from unitofwork.service_layer.aio.unit_of_work import AsyncUnitOfWork
from unitofwork.service_layer.arguments import check_factory, check_made
from unitofwork.service_layer.handlers import Handlers
from unitofwork.service_layer.plan import Given, Handler, MessageId, Plan, check_id
from unitofwork.service_layer.retrying import Retrying, check_retrying
from unitofwork.service_layer.transactions import RESERVED, FollowingUp, Within, fresh, policy
from unitofwork.service_layer.unit_of_work import UnitOfWork

A = TypeVar("A", bound=AsyncUnitOfWork[Any])
R = TypeVar("R")


class AsyncMessageBus(Generic[A]):
    """Gives commands and events to their handlers on asyncio, and commits what they do.

    ::

        bus = AsyncMessageBus(lambda: AsyncAccounts(database), handlers, commands=[Register, Rename])
        id = await bus.handle(Register("sandy"))

    A handler may be a coroutine function, which gets the awaited unit, or a plain one, which gets the unit itself and
    works as inside `AsyncUnitOfWork.run`: so one set of handlers serves both buses. Handlers of events in the
    transaction are plain, since they are called inside the commit. All else is as for `MessageBus`.

    A bus may be used by several tasks at a time. When a task is cancelled, what was committed is kept, and no further
    handler is called.

    Args:
        units: makes the units. One is made at once, and not begun, to see its class.
        handlers: all handlers.
        commands: those that must have a handler.
        retrying: how often each transaction is run; None is once.

    Raises:
        HandlerError: a handler does not fit; a command has none, or two.
        UnitOfWorkError: units are not made by a function, or it makes none.
    """

    def __init__(
        self,
        units: Callable[[], A],
        handlers: Handlers,
        *,
        commands: Collection[type[Command[Any]]] = (),
        retrying: Retrying | None = None,
    ) -> None:
        check_factory(type(self).__name__, units)
        check_retrying(retrying)
        unit = units()
        check_made(type(self).__name__, unit, AsyncUnitOfWork)
        plain: UnitOfWork = unit.unit
        self._units = units
        self._plan = Plan(handlers, Given(type(plain), type(unit)), commands)
        self._retrying = retrying

    async def handle(self, command: Command[R], /, *, message_id: MessageId | None = None) -> R:
        """Have a command handled, and return the answer; see `MessageBus.handle`."""
        check_id(message_id)
        answer, events = await self._keep(self._plan.of_command(type(command)), command, message_id)
        following = FollowingUp.of_command(self._plan, command, events)
        await self._follow_up(following)
        return cast(R, answer)

    async def publish(self, event: Event, /, *, message_id: MessageId | None = None) -> None:
        """Have an event handled that comes from elsewhere; see `MessageBus.publish`."""
        await self._follow_up(FollowingUp.of_event(self._plan, event, message_id))

    async def _follow_up(self, following: FollowingUp) -> None:
        for handler, event, message_id in following:
            with following.judging(handler):
                following.take((await self._keep(handler, event, message_id))[1])
        following.end()

    async def _keep(
        self, handler: Handler, message: object, message_id: MessageId | None
    ) -> tuple[object, list[Event]]:
        """Have a message handled in a transaction; return the answer, and the events that were recorded."""

        async def transaction(unit: A) -> tuple[object, list[Event]]:
            within = Within(self._plan, fresh(unit.unit))
            async with unit:
                unit.subscribe(within)
                with unit.unit.life.reserve(RESERVED):
                    answer = await _called(handler, message, message_id, unit)
                await unit.commit()
            return answer, within.happened

        transaction.__qualname__ = handler.name
        retrying = policy(handler, self._retrying)
        if retrying is None:
            return await transaction(self._units())
        return await retrying.run_async(transaction, self._units)


async def _called(
    handler: Handler, message: object, message_id: MessageId | None, unit: AsyncUnitOfWork[Any]
) -> object:
    """Call a handler, once if the message has an id."""
    work: Callable[[], Any] = handler.bound(message, unit if handler.awaited else unit.unit)
    if message_id is not None:
        return await unit.once(handler.noted(message_id), work)
    if handler.awaited:
        return await cast("Callable[[], Awaitable[object]]", work)()
    return await unit.run(lambda _: work())
