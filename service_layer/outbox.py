"""The outbox: events become rows in the transaction that they tell of, so that both are kept or neither is."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import attrs

from unitofwork.domain.messages import Event
from unitofwork.domain.outbox import Envelope
from unitofwork.domain.ports import Clock, Codec
from unitofwork.service_layer.time_ordered_id import time_ordered_id


def utc_now() -> datetime:
    """The time, with UTC as its zone."""
    return datetime.now(UTC)


class Happened(NamedTuple):
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
            publish them at once; it costs a unit with several messages one statement more, and nothing where the
            database cannot tell.
    """

    codec: Codec
    clock: Clock = utc_now
    notify: bool = False

    def messages(self, happened: Iterable[Happened]) -> list[Envelope]:
        """What is to be published of events.

        Raises:
            UnknownMessage, InvalidMessage: an event cannot be written.
        """
        now, encode = self.clock(), self.codec.encode
        return [Envelope(time_ordered_id(), each.aggregate, encode(each.event), now) for each in happened]
