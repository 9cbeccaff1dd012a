"""The outbox: events become rows in the transaction that they tell of, so that both are kept or neither is."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

import attrs

from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.kind import one
from unitofwork.domain.messages import Event
from unitofwork.domain.outbox import Envelope
from unitofwork.domain.ports import Clock, Codec
from unitofwork.service_layer.time_ordered_id import time_ordered_id


def utc_now() -> datetime:
    """The time, with UTC as its zone."""
    return datetime.now(UTC)


def check_clock(clock: Clock) -> None:
    """Refuse a clock whose times nothing can be compared with.

    Raises:
        ValueError: its times are without a zone.
    """
    if clock().tzinfo is None:
        raise ValueError("clock tells times with UTC as their zone, such as datetime.now(UTC)")


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

    Raises:
        UnitOfWorkError: the codec is none.
        ValueError: the clock's times have no zone.
    """

    codec: Codec
    clock: Clock = utc_now
    notify: bool = False

    def __attrs_post_init__(self) -> None:
        if self.clock is not utc_now:  # which need not be asked each time that a unit is made
            check_clock(self.clock)
        if not hasattr(self.codec, "encode"):
            raise UnitOfWorkError(f"Outbox takes a codec, not {one(self.codec)}: MsgspecCodec(types)")

    def messages(self, happened: Iterable[Happened]) -> list[Envelope]:
        """What is to be published of events.

        Raises:
            UnknownMessage, InvalidMessage: an event cannot be written.
        """
        now, encode = self.clock(), self.codec.encode
        return [Envelope(time_ordered_id(), each.aggregate, encode(each.event), now) for each in happened]
