"""Messages: an event tells what has happened to an entity, a command asks for something to be done.

Both are frozen values (`@value`). An entity *records* its events; nothing is published by that. The unit of work that
the entity is in collects them when it commits, in the order in which they were recorded, and drops them when it rolls
back.
"""

from collections.abc import Callable
from itertools import count
from typing import Generic, NamedTuple, TypeAlias, TypeVar, cast

from unitofwork.domain.kind import one

R = TypeVar("R")


class Event:
    """The base of what has happened; its name is in the past tense: ``UserRenamed``."""

    __slots__ = ()


class Command(Generic[R]):
    """The base of what is to be done; ``Command[int]`` is answered by an int. Its name is an order: ``RenameUser``."""

    __slots__ = ()


class EventWarning(UserWarning):
    """Events were recorded that nobody takes: they are dropped by the commit."""


Later: TypeAlias = Callable[[], Event]
"""Makes an event once the entity's key is known."""


class Recorded(NamedTuple):
    """An event that an entity recorded, and its number: what comes later has a higher one, whoever records it."""

    number: int
    event: Event | Later

    def made(self) -> Event:
        """The event; made now, if it had to wait for the entity's key.

        Raises:
            TypeError: what was recorded makes something else.
        """
        if isinstance(self.event, Event):
            return self.event
        event = cast(object, self.event())
        if not isinstance(event, Event):
            raise TypeError(f"a recorded function made no event, but {type(event).__name__}")
        return event


EVENTS = "_recorded_events"
"""Where an entity keeps what it has recorded."""
NOTICE = "_notice_recorded_event"
"""Where a mapped class keeps the function that tells the entity's unit of work, if it is in one."""


def record(entity: object, event: Event | Later) -> None:
    """Record that something happened to an entity.

    ::

        def rename(self, fullname: str) -> None:
            self.fullname = fullname
            record(self, UserRenamed(self.name, fullname))

    A new entity has no generated key yet. A function is called when it has one, before the commit::

        record(self, lambda: UserRegistered(self.id, self.name))

    Raises:
        TypeError: it is neither an event nor a function; or the entity is a class, or cannot keep it.
    """
    if not isinstance(event, Event) and not callable(event):
        raise TypeError(f"{type(event).__name__} is no event: derive it from Event, or give a function that makes one")
    _keep(entity, Recorded(next_number(), event))


def recorded(entity: object) -> tuple[Recorded, ...]:
    """What the entity has recorded and no unit of work has committed or rolled back, in order."""
    return tuple(vars(entity).get(EVENTS, ()))


def has_recorded(entity: object) -> bool:
    """Whether there is any such event."""
    return EVENTS in vars(entity)


def forget(entity: object, since: int = 0) -> None:
    """Forget the events that the entity recorded, from a number on."""
    if not since:
        vars(entity).pop(EVENTS, None)
        return
    events = vars(entity).get(EVENTS)
    if events is not None:
        events[:] = [each for each in events if each.number < since]
        if not events:
            del vars(entity)[EVENTS]


def hand_over(entity: object, to: object) -> None:
    """Make what one entity has recorded another one's, as when it is copied onto that one."""
    events = vars(entity).pop(EVENTS, None)
    if events:
        _keep(to, *events)


next_number: Callable[[], int] = count(1).__next__
"""A number higher than that of any event that is recorded by now, and lower than that of those to come."""


def _keep(entity: object, *more: Recorded) -> None:
    try:
        events: list[Recorded] = vars(entity).setdefault(EVENTS, [])
    except (TypeError, AttributeError) as error:
        raise TypeError(f"an entity records events, not {one(entity)}: give an object of a mapped class") from error
    events.extend(more)
    notice: Callable[[object], None] | None = getattr(type(entity), NOTICE, None)
    if notice is not None:
        notice(entity)
