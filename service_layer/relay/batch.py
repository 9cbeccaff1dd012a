"""A batch of the outbox: read, handed to the publisher one message after the other, and noted."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from operator import itemgetter
from typing import Any, TypeAlias
from uuid import UUID

import attrs

from unitofwork.domain.condition import Condition
from unitofwork.domain.outbox import LONGEST_NAME, Encoded, Envelope, MessageState, OutboxMessage
from unitofwork.domain.ports import Publisher
from unitofwork.domain.query import Query, orders
from unitofwork.domain.specification import where
from unitofwork.service_layer.relay.back_off import BackOff
from unitofwork.service_layer.relay.checks import MOST, check_published
from unitofwork.service_layer.unit_of_work import UnitOfWork

IN_A_ROW = 3
"""After how many failures, one after the other, the publisher itself is taken for broken."""

MOST_WAITING = 1000
"""How many aggregates that wait are left out by the question itself; of others what was read is left out."""

_IN_ORDER = orders("position")

_logger = logging.getLogger("unitofwork")


Pending: TypeAlias = tuple[int, int, datetime | None, UUID, str, str, int, str, datetime]
"""A message that is to be published, as a row of `COLUMNS`."""

COLUMNS = ("position", "attempts", "due_at", "id", "aggregate", "name", "version", "payload", "recorded_at")
_due_at = itemgetter(COLUMNS.index("due_at"))


@attrs.frozen
class Failure:
    """A message that could not be published, and the class of what the publisher raised.

    Attributes:
        position: its row's key.
        failures: how often it could not be published by now.
        name: of its kind.
        id: its own.
        error: the class.
    """

    position: int
    failures: int
    name: str
    id: UUID
    error: str


@attrs.define
class Sent:
    """What became of a batch: the positions of what was published, and what failed."""

    published: list[int] = attrs.field(factory=list[int])
    failed: list[Failure] = attrs.field(factory=list[Failure])


@attrs.define
class Sender:
    """Hands messages to a publisher.

    Attributes:
        publisher: is given one message after the other.
        in_a_row: how often it failed since it last accepted one.
        at_once: how many messages it is given before that is noted. Fewer if noting failed, for the same would fail
            again where a server ends transactions that are idle for too long, and the same would be published for ever.
        unnoted: how many it accepted that are not noted.
    """

    publisher: Publisher
    in_a_row: int = 0
    at_once: int = MOST
    unnoted: int = 0

    @property
    def is_broken(self) -> bool:
        """Whether the publisher failed so often that it need not be asked further now."""
        return self.in_a_row >= IN_A_ROW

    def send(self, batch: Sequence[Pending], now: datetime, over: Callable[[], bool]) -> Sent:
        """Publish messages, in order; after a failure the later ones of its aggregate are left for another time.

        Args:
            batch: in the order of their positions.
            now: those that pause until later are left out, with the later ones of their aggregates.
            over: whether to end after the message that was published last.
        """
        if self.unnoted:
            self.at_once = max(1, self.unnoted // 2)
        sent, waiting = Sent(), set[str]()
        publish: Callable[[Envelope], object] = self.publisher.publish
        for position, attempts, due_at, id, aggregate, name, version, payload, recorded_at in batch[: self.at_once]:
            if aggregate in waiting:
                continue
            if due_at is not None and due_at > now:
                waiting.add(aggregate)
                continue
            try:
                answer = publish(Envelope(id, aggregate, Encoded(name, version, payload), recorded_at))
                if answer is not None:
                    check_published(answer)
            except Exception as error:
                waiting.add(aggregate)
                sent.failed.append(Failure(position, attempts + 1, name, id, type(error).__name__[:LONGEST_NAME]))
                self.in_a_row += 1
                if self.is_broken:
                    break
            else:
                sent.published.append(position)
                self.in_a_row = 0
            if over():
                break
        self.unnoted = len(sent.published)
        return sent

    def noted(self) -> None:
        """Go on, a little faster, now that what became of the last batch is kept."""
        self.unnoted = 0
        self.at_once += 1


@cache
def pending(bucket: int) -> Condition:
    """What is to be published from a bucket, now or later."""
    return (where(OutboxMessage.state) == MessageState.PENDING) & (where(OutboxMessage.bucket) == bucket)


def due(now: datetime) -> Condition:
    """What does not pause now, after a failure."""
    return where(OutboxMessage.due_at).is_none() | (where("due_at") <= now)


def read(uow: UnitOfWork, bucket: int, limit: int, now: datetime) -> list[Pending]:
    """The first messages of a bucket, without those of aggregates that wait for one that failed.

    Rows become visible in the order of commits, which is not that of positions: so nothing is remembered of earlier
    batches.
    """
    condition = pending(bucket)
    found = _find(uow, condition, limit, COLUMNS)
    if any(due_at is not None and due_at > now for due_at in set(map(_due_at, found))):
        pausing = _find(uow, condition & (where("due_at") > now), MOST_WAITING, ("aggregate",))
        condition &= where(OutboxMessage.aggregate).not_in({aggregate for (aggregate,) in pausing})
        found = _find(uow, condition, limit, COLUMNS)
    return found


def _find(uow: UnitOfWork, condition: Condition, limit: int, names: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Values of rows: making entities of them costs more than all the rest."""
    query = Query(OutboxMessage, condition, _IN_ORDER, limit)
    return uow.session.find_values(query, names)


def note(uow: UnitOfWork, sent: Sent, now: datetime, attempts: int, back_off: BackOff) -> None:
    """Write what became of a batch to its rows; a message that failed so often for the last time is dead."""
    messages = uow.repository(OutboxMessage)
    if sent.published:
        messages.update_where(
            where(OutboxMessage.position).in_(sent.published), state=MessageState.PUBLISHED, settled_at=now
        )
    for failure in sent.failed:
        dead = failure.failures >= attempts
        pause = timedelta(seconds=back_off.pause(failure.failures))
        outcome = {"state": MessageState.DEAD, "settled_at": now} if dead else {"due_at": now + pause}
        messages.update_where(
            where(OutboxMessage.position) == failure.position,
            attempts=failure.failures,
            error=failure.error,
            **outcome,
        )
        _tell(failure, dead)


def _tell(failure: Failure, dead: bool) -> None:
    what = (failure.id, failure.name, failure.failures, failure.error)
    if dead:
        _logger.error("the message %s (%s) is given up after %d attempts: %s", *what)
    else:
        _logger.warning("the message %s (%s) could not be published, attempt %d: %s", *what)
