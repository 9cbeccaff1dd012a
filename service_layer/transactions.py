"""What the transactions of a message bus have in common, awaited or not: events within them, and after them."""

import logging
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self, TypeVar

from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.messages import Command, Event
from unitofwork.service_layer.events import MOST_ROUNDS
from unitofwork.service_layer.handlers import OnError, Role
from unitofwork.service_layer.phases import Phase
from unitofwork.service_layer.plan import Handler, MessageId, Plan, check_event, check_id
from unitofwork.service_layer.retrying import Retrying, may_help
from unitofwork.service_layer.unit_of_work import UnitOfWork

RESERVED = "the message bus begins the unit of work, and commits and closes it once its handlers have returned"
"""Why a handler may not."""

U = TypeVar("U", bound=UnitOfWork)

_logger = logging.getLogger("unitofwork")


def fresh(unit: U) -> U:
    """The unit, if nobody has used it.

    Raises:
        UnitOfWorkError: somebody has; a second message would call the first one's handlers, too.
    """
    if unit.life.reached is not Phase.NEW:
        raise UnitOfWorkError("a message bus needs a fresh unit of work for each transaction: make one at each call")
    return unit


def policy(handler: Handler, of_bus: Retrying | None) -> Retrying | None:
    """How often a handler's transaction is run; None is once."""
    return handler.on_error if isinstance(handler.on_error, Retrying) else of_bus


class Within:
    """Subscribes to a unit: calls the handlers of its events in the transaction that recorded them."""

    def __init__(self, plan: Plan, unit: UnitOfWork) -> None:
        self._plan = plan
        self._unit = unit
        self.happened: list[Event] = []
        """The events so far."""

    def __call__(self, events: Sequence[Event]) -> None:
        """Call the handlers of these."""
        self.happened += events
        for event in events:
            for handler in self._plan.of_event(Role.WITHIN, type(event)):
                if handler.on_error is OnError.LOG:
                    self._call_alone(handler, event)
                else:
                    self._call(handler, event)

    def _call(self, handler: Handler, event: Event) -> None:
        with self._unit.life.reserve(RESERVED):
            handler.bound(event, self._unit)()

    def _call_alone(self, handler: Handler, event: Event) -> None:
        """Call a handler whose changes are undone if it fails, unless the whole transaction is lost with it."""
        try:
            with self._unit.savepoint():
                self._call(handler, event)
        except Exception as error:
            if may_help(error) or self._unit.life.phase is not Phase.BEGUN:
                raise
            _log(handler)


class FollowingUp:
    """The events that wait for their handlers, each in a transaction of its own: those that came first come first.

    Args:
        plan: which handlers there are.
        what: is said if some of them failed.
    """

    def __init__(self, plan: Plan, what: str) -> None:
        self._plan = plan
        self._what = what
        self._waiting: deque[tuple[int, Handler, Event, MessageId | None]] = deque()
        self._round = 0
        self._errors: list[Exception] = []

    @classmethod
    def of_command(cls, plan: Plan, command: Command[Any], events: Iterable[Event]) -> Self:
        """What follows from a command that was kept."""
        following = cls(plan, f"{type(command).__name__} was kept, but handlers of its events failed")
        following.take(events)
        return following

    @classmethod
    def of_event(cls, plan: Plan, event: Event, message_id: MessageId | None) -> Self:
        """What follows from an event that comes from elsewhere.

        Raises:
            HandlerError: it is no event, or its id none.
        """
        check_event(event)
        check_id(message_id)
        following = cls(plan, f"handlers of {type(event).__name__} failed")
        following.take([event], (Role.WITHIN, Role.AFTER), message_id)
        return following

    def __iter__(self) -> Iterator[tuple[Handler, Event, MessageId | None]]:
        """Each handler and event that waits, those included that are taken meanwhile, with the event's id."""
        while self._waiting:
            self._round, handler, event, message_id = self._waiting.popleft()
            yield handler, event, message_id

    def take(
        self, events: Iterable[Event], roles: Iterable[Role] = (Role.AFTER,), message_id: MessageId | None = None
    ) -> None:
        """Let events wait, which were recorded by the handler that was called last, or come from elsewhere.

        Raises:
            UnitOfWorkError: what handlers record leads to further events without end.
        """
        waiting = [
            (self._round + 1, handler, event, message_id)
            for event in events
            for role in roles
            for handler in self._plan.of_event(role, type(event))
        ]
        if waiting and self._round >= MOST_ROUNDS:
            raise UnitOfWorkError(
                f"handlers recorded further events {MOST_ROUNDS} times over: they never come to an end"
            )
        self._waiting += waiting

    @contextmanager
    def judging(self, handler: Handler) -> Generator[None]:
        """Do with an error of the block as the handler's policy says."""
        try:
            yield
        except Exception as error:
            if handler.on_error is OnError.RAISE:
                self._errors.append(error)
            else:
                _log(handler)

    def end(self) -> None:
        """Raise what is to be raised, as one.

        A group even if it is one error alone: nobody is to take it for one of the command, and run that again.
        """
        if self._errors:
            raise ExceptionGroup(self._what, self._errors)


def _log(handler: Handler) -> None:
    _logger.exception("the handler %s failed; all else goes on", handler.name)
