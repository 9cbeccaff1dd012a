"""The events of one unit of work: collected when it commits, dropped when it rolls back."""

import warnings
from collections.abc import Callable, Sequence
from typing import TypeAlias

from unitofwork.domain.entity import EntityState
from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.messages import Event, EventWarning, Recorded, forget, next_number, recorded
from unitofwork.domain.outbox import Envelope
from unitofwork.domain.ports import Session
from unitofwork.service_layer.aggregates import aggregate_name
from unitofwork.service_layer.callbacks import checked
from unitofwork.service_layer.outbox import Happened, Outbox

Subscriber: TypeAlias = Callable[[Sequence[Event]], object]
"""Is given the events of a commit, in the order in which they were recorded."""

MOST_ROUNDS = 100
"""How often the subscribers of one commit may record further events before that is taken for an endless loop."""

_WARNED: dict[str | tuple[str, type[Warning], int], int] = {}
"""Where Python notes what it has warned of, to do so once for each place, unless its filters say otherwise."""

_KEPT = (EntityState.PERSISTENT, EntityState.DELETED)


class Events:
    """Collects what the entities of one unit of work recorded.

    An entity keeps its events until the transaction ends. So an event of an entity that is not in the unit in the end,
    and one that was recorded since the savepoint that is rolled back, never become rows.

    A unit that records events and has nobody to take them is warned of, once: an outbox or a subscriber that was
    forgotten loses them without a trace. Whoever means it subscribes a function that does nothing.
    """

    __slots__ = ("_began", "_delivered", "_outbox", "_subscribers", "_warned", "delivering")

    def __init__(self, outbox: Outbox | None = None) -> None:
        self._outbox = outbox
        self._warned = False
        self._subscribers: list[Subscriber] = []
        self._began = 0
        self._delivered: list[object] = []
        self.delivering = False
        """Whether a commit is giving out what was recorded: nobody may end the transaction then."""

    def subscribe(self, subscriber: Subscriber) -> None:
        """Give the events of each commit to a function, before they are kept: what it raises keeps the commit away.

        Raises:
            UnitOfWorkError: it is no function, or has to be awaited.
        """
        self._subscribers.append(checked(subscriber, "that takes the events"))

    def begin(self) -> None:
        """Begin a transaction: what is recorded from now on is dropped when it is rolled back."""
        self._began = next_number()
        self._delivered = []

    def mark(self) -> int:
        """A place to come back to: what is recorded by now."""
        return next_number()

    @property
    def notify(self) -> bool:
        """Whether to let those who listen know of new messages."""
        return self._outbox is not None and self._outbox.notify

    def deliver(self, session: Session, begun_at: tuple[str, int]) -> list[Envelope]:
        """Flush, if that may matter, and give what was recorded to the subscribers, until nothing more comes of that.

        What is raised, by a subscriber too, has ended the transaction; so has a warning that is made an error.

        Args:
            session: of the unit.
            begun_at: the file and the line that began the unit, to warn of what nobody takes.

        Returns:
            what goes into the outbox, if there is one.

        Raises:
            UnitOfWorkError: a subscriber commits, or records further events without end.
        """
        if self._outbox is None and not self._subscribers and not session.recording:
            return []
        if self.delivering:
            raise UnitOfWorkError("commit() inside a handler of events: the unit that recorded them commits by itself")
        self.delivering = True
        try:
            return self._deliver(session, begun_at)
        except BaseException as error:
            session.fail(error)
            raise
        finally:
            self.delivering = False

    def drop(self, session: Session, mark: int | None = None) -> None:
        """Drop what was recorded since the mark, or since the transaction began."""
        since = self._began if mark is None else mark
        if next_number() == since + 1:
            return  # nobody has recorded anything
        for entity in session.recording:
            forget(entity, since)

    def committed(self) -> None:
        """Forget what was delivered, since it is kept, and begin the next transaction."""
        if self._delivered:
            for entity in self._delivered:
                forget(entity)
            self._delivered = []
        self._began = next_number()

    def _deliver(self, session: Session, begun_at: tuple[str, int]) -> list[Envelope]:
        given: set[int] = set()
        messages: list[Envelope] = []
        for _ in range(MOST_ROUNDS):
            session.flush()  # generated keys are known then, and rows are locked before those of the outbox are written
            began = next_number()
            fresh = _recorded(session)
            if given:
                fresh = [one for one in fresh if one[0].number not in given]
            if not fresh:
                return messages
            happened: list[Happened] = []
            for each, entity in fresh:
                self._delivered.append(entity)
                happened.append(Happened(each.made(), _aggregate(session, entity)))
            if self._outbox is not None:
                messages += self._outbox.messages(happened)
            elif not self._subscribers:
                self._warn(happened[0].event, begun_at)
            if self._subscribers:
                events = [each.event for each in happened]
                for subscriber in self._subscribers:
                    subscriber(events)
            elif next_number() == began + 1:  # nobody has recorded anything meanwhile
                return messages
            given.update([each.number for each, _ in fresh])
        raise UnitOfWorkError(f"handlers recorded further events {MOST_ROUNDS} times over: they never come to an end")

    def _warn(self, event: Event, begun_at: tuple[str, int]) -> None:
        if self._warned:
            return
        self._warned = True
        warnings.warn_explicit(
            f"{type(event).__name__} is recorded in a unit of work that has neither an outbox nor a subscriber, and is"
            " dropped by its commit: make the unit with outbox=, or subscribe()",
            EventWarning,
            *begun_at,
            registry=_WARNED,
        )


def _recorded(session: Session) -> list[tuple[Recorded, object]]:
    found = [
        (each, entity) for entity in session.recording if session.state(entity) in _KEPT for each in recorded(entity)
    ]
    if len(found) > 1:
        found.sort(key=lambda one: one[0].number)
    return found


def _aggregate(session: Session, entity: object) -> str:
    key = session.key(entity)
    assert key is not None  # it was flushed
    return aggregate_name(type(entity), key)
