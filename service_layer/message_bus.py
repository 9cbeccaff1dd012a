"""The message bus: commands and events to their handlers, with a fresh unit of work for each transaction."""

from collections.abc import Callable, Collection
from typing import Any, Generic, TypeVar, cast

from unitofwork.domain.messages import Command, Event
from unitofwork.service_layer.arguments import check_factory, check_made
from unitofwork.service_layer.handlers import Handlers
from unitofwork.service_layer.plan import Given, Handler, MessageId, Plan, check_id
from unitofwork.service_layer.retrying import Retrying, check_retrying
from unitofwork.service_layer.transactions import RESERVED, FollowingUp, Within, fresh, policy
from unitofwork.service_layer.unit_of_work import UnitOfWork

R = TypeVar("R")
U = TypeVar("U", bound=UnitOfWork)


class MessageBus(Generic[U]):
    """Gives commands and events to their handlers, and commits what they do.

    ::

        bus = MessageBus(lambda: Accounts(database), handlers, commands=[Register, Rename], retrying=Retrying())
        id = bus.handle(Register("sandy"))

    A command begins a transaction: its handler gets the open unit, then the handlers of the events that were recorded
    in it (and of those that they record in their turn), and the bus commits, once. What one of them raises keeps all of
    it away, unless its policy is `OnError.LOG`. Then come the handlers for after the commit, each in a transaction of
    its own, in the order in which the events were recorded; what they record is handled likewise. A crash may keep them
    from being called: what must not be lost goes through the outbox.

    A bus may be used by several threads at a time.

    Args:
        units: makes the units, such as a container's provider. One is made at once, and not begun, to see its class.
        handlers: all handlers.
        commands: those that must have a handler.
        retrying: how often each transaction is run; None is once.

    Raises:
        HandlerError: a handler does not fit; a command has none, or two.
        UnitOfWorkError: units are not made by a function, or it makes none.
    """

    def __init__(
        self,
        units: Callable[[], U],
        handlers: Handlers,
        *,
        commands: Collection[type[Command[Any]]] = (),
        retrying: Retrying | None = None,
    ) -> None:
        check_factory(type(self).__name__, units)
        check_retrying(retrying)
        unit = units()
        check_made(type(self).__name__, unit, UnitOfWork)
        self._units = units
        self._plan = Plan(handlers, Given(type(unit), None), commands)
        self._retrying = retrying

    def handle(self, command: Command[R], /, *, message_id: MessageId | None = None) -> R:
        """Have a command handled, and return the answer.

        Args:
            command: is not handled again if one with its id was, by the same handler: the first answer is returned.
            message_id: what the command is known by; then the units need an inbox, and `UnitOfWork.once` says the rest.

        Raises:
            HandlerError: it has no handler, or its id is empty.
            Exception: what its handler raised, or one of an event in the same transaction, or the commit. Nothing is
                kept then.
            ExceptionGroup: the command was kept, and what handlers for after the commit raised whose policy is
                `OnError.RAISE`.
        """
        check_id(message_id)
        answer, events = self._keep(self._plan.of_command(type(command)), command, message_id)
        self._follow_up(FollowingUp.of_command(self._plan, command, events))
        return cast(R, answer)

    def publish(self, event: Event, /, *, message_id: MessageId | None = None) -> None:
        """Have an event handled that comes from elsewhere, such as from a relay.

        Each of its handlers is called in a transaction of its own, whether it is one for after a commit or not.

        Args:
            event: is not given again to handlers that have handled it.
            message_id: what the event is known by, such as the id of its envelope; then the units need an inbox.

        Raises:
            HandlerError: it is no event, or its id is empty.
            ExceptionGroup: what handlers raised whose policy is `OnError.RAISE`; what the others did is kept.
        """
        self._follow_up(FollowingUp.of_event(self._plan, event, message_id))

    def _follow_up(self, following: FollowingUp) -> None:
        for handler, event, message_id in following:
            with following.judging(handler):
                following.take(self._keep(handler, event, message_id)[1])
        following.end()

    def _keep(self, handler: Handler, message: object, message_id: MessageId | None) -> tuple[object, list[Event]]:
        """Have a message handled in a transaction; return the answer, and the events that were recorded."""

        def transaction(unit: U) -> tuple[object, list[Event]]:
            within = Within(self._plan, fresh(unit))
            with unit:
                unit.subscribe(within)
                with unit.life.reserve(RESERVED):
                    work = handler.bound(message, unit)
                    answer = work() if message_id is None else unit.once(handler.noted(message_id), work)
                unit.commit()
            return answer, within.happened

        transaction.__qualname__ = handler.name
        retrying = policy(handler, self._retrying)
        return transaction(self._units()) if retrying is None else retrying.run(transaction, self._units)
