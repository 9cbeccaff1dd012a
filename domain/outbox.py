"""The outbox and the inbox: messages kept in the same transactions as the entities that they tell of.

Plain classes, which this library maps and keeps by its own repositories and units of work.
"""

from datetime import datetime
from enum import Enum
from uuid import UUID
from zlib import crc32

from unitofwork.domain.entity import entity, value

BUCKETS = 16
"""Into how many parts the outbox is divided. The messages of an aggregate are all in one, and one relay at a time
publishes from it, which keeps their order."""

LONGEST_NAME = 200
"""The most characters that the name of a kind of message has, and that of an error."""


class MessageState(Enum):
    """Where a message of the outbox is on its way."""

    PENDING = "pending"
    """To be published, now or after a pause."""
    PUBLISHED = "published"
    """Accepted by the publisher."""
    DEAD = "dead"
    """Given up after too many attempts: it waits for somebody to look at it."""


@value
class Encoded:
    """A message as text that outlives the class it was made of.

    Attributes:
        name: of the kind of message, as `MessageTypes` has it.
        version: of what is in the payload, counted from 1.
        payload: JSON.
    """

    name: str
    version: int
    payload: str


@value
class Envelope:
    """A message on its way to a publisher.

    Attributes:
        id: the same however often it is published, so that whoever receives it twice can tell.
        aggregate: whom it tells of; messages of one aggregate are published in order.
        content: the message.
        recorded_at: when it was committed, or a moment before; with UTC as its zone.
    """

    id: UUID
    aggregate: str
    content: Encoded
    recorded_at: datetime


@entity(kw_only=True)
class OutboxMessage:
    """A message that waits in the database until it is published, or was.

    Attributes:
        position: its row's key, generated. Among one aggregate's messages higher is later, but rows become visible in
            another order.
        id: what a receiver knows it by.
        aggregate: whom it tells of.
        bucket: the part of the outbox that it is in.
        name: of the kind of message.
        version: of the payload.
        payload: JSON.
        recorded_at: when it was committed, or a moment before; with UTC as its zone.
        state: where it is on its way.
        attempts: how often publishing it failed.
        due_at: the end of the pause after a failure; None if there is none.
        settled_at: when it was published, or given up; None before.
        error: the class of the last failure; None if there was none.
    """

    id: UUID
    aggregate: str
    bucket: int
    name: str
    version: int
    payload: str
    recorded_at: datetime
    state: MessageState = MessageState.PENDING
    attempts: int = 0
    due_at: datetime | None = None
    settled_at: datetime | None = None
    error: str | None = None
    position: int | None = None

    def envelope(self) -> Envelope:
        """The message for its publisher."""
        return Envelope(self.id, self.aggregate, Encoded(self.name, self.version, self.payload), self.recorded_at)


@entity(kw_only=True)
class OutboxBucket:
    """A part of the outbox, and who publishes from it now.

    Attributes:
        number: from 0 to `BUCKETS` - 1.
        owner: the relay that has it; None if nobody has.
        leased_until: when it is free again if its owner is heard of no more; with UTC as its zone.
    """

    number: int
    owner: str | None = None
    leased_until: datetime | None = None


@entity(kw_only=True)
class ProcessedMessage:
    """A message that was handled, and the answer, for when it comes again.

    Attributes:
        id: the message's, with whatever tells apart those who handle it.
        result: the first answer, as JSON.
        processed_at: when; with UTC as its zone.
    """

    id: str
    result: str
    processed_at: datetime


def bucket_of(aggregate: str) -> int:
    """The part of the outbox that an aggregate's messages are in; the same in every process."""
    return crc32(aggregate.encode()) % BUCKETS
