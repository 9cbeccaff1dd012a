"""The outbox: events become rows in the transaction that they tell of, so that both are kept or neither is."""

from collections.abc import Collection
from datetime import UTC, datetime
from uuid import uuid4

import attrs

from unitofwork.domain.messages import Event
from unitofwork.domain.outbox import MessageState, OutboxMessage, bucket_of
from unitofwork.domain.ports import Clock, Codec, Session


def utc_now() -> datetime:
    """The time, with UTC as its zone."""
    return datetime.now(UTC)


@attrs.frozen
class Happened:
    """An event, and the entity that it happened to, as text: its class and its key, as in ``User:42``."""

    event: Event
    aggregate: str


@attrs.frozen
class Outbox:
    """Keeps the events of a unit of work, which writes them when it commits; a `Relay` publishes them later.

    ::

        Accounts(database, outbox=Outbox(codec))

    Attributes:
        codec: writes the events.
        clock: tells when they were recorded.
        notify: whether each unit that wrote messages wakes up the relays that listen (`PostgresNews`), so that they
            publish them at once; it costs such a unit one statement more, and nothing where the database cannot tell.
    """

    codec: Codec
    clock: Clock = utc_now
    notify: bool = False

    def write(self, session: Session, happened: Collection[Happened]) -> None:
        """Write events as rows, by one statement.

        Raises:
            UnknownMessage, InvalidMessage: an event cannot be written; nothing is sent then.
        """
        now = self.clock()
        rows = [self._row(each, now) for each in happened]
        session.insert_many(OutboxMessage, rows)
        if self.notify:
            session.tell_news({bucket_of(each.aggregate) for each in happened})

    def _row(self, happened: Happened, now: datetime) -> dict[str, object]:
        content = self.codec.encode(happened.event)
        return {
            "id": uuid4(),
            "aggregate": happened.aggregate,
            "bucket": bucket_of(happened.aggregate),
            "name": content.name,
            "version": content.version,
            "payload": content.payload,
            "recorded_at": now,
            "state": MessageState.PENDING,
            "attempts": 0,
        }
