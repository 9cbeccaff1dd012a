"""The relay: goes round the outbox's buckets, and waits where there is nothing to do."""

import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from queue import Empty, SimpleQueue
from random import sample
from time import monotonic

from unitofwork.domain.errors import (
    AccessDenied,
    CommitOutcomeUnknown,
    DatabaseUnavailable,
    PersistenceError,
    StatementTimeout,
)
from unitofwork.domain.outbox import BUCKETS, MessageState, OutboxMessage
from unitofwork.domain.ports import Clock, News, Publisher
from unitofwork.domain.specification import where
from unitofwork.service_layer.arguments import check_factory
from unitofwork.service_layer.outbox import check_clock, utc_now
from unitofwork.service_layer.relay.back_off import BackOff
from unitofwork.service_layer.relay.batch import Sender, due
from unitofwork.service_layer.relay.checks import check_publisher, check_seconds, check_whole
from unitofwork.service_layer.relay.claiming import Claiming, Settings, claiming
from unitofwork.service_layer.unit_of_work import UnitOfWork

_logger = logging.getLogger("unitofwork")

PASSING = BackOff(first=0.5, factor=2, longest=30)
"""How long a relay waits while the database or the publisher is out of order."""


class Relay:
    """Publishes what waits in the outbox: each message at least once, and those of an aggregate in order.

    ::

        relay = Relay(lambda: UnitOfWork(database), publisher)
        signal.signal(signal.SIGTERM, lambda *_: relay.stop())
        relay.run()

    Any number of relays may work at once, in threads or processes; a relay itself is used by one thread, but for
    `stop`. A message that the publisher refuses is tried again after a pause, and the later ones of its aggregate wait
    for it. One that was refused too often is dead: it stays in the outbox for somebody to look at, and its aggregate
    goes on.

    Args:
        units: makes units of work on the database of the outbox.
        publisher: hands on one message after the other. What it raises is noted by its class, and logged by the logger
            ``unitofwork``.
        batch: how many messages are read, and noted as published, at a time.
        attempts: how often a message is tried before it is dead.
        back_off: how long it pauses after each failure.
        lease: how many seconds a bucket is kept from others by a relay that is heard of no more, where rows have no
            locks; the clocks of the relays' machines may differ by far less than that. A batch that takes
            longer than half of it is ended early, so it is to be longer than publishing a few messages ever takes.
            Where rows have locks a transaction is open, and idle, for as long as a batch takes.
        interval: how many seconds to wait before it looks again whether there is something to do.
        news: tells in between which buckets have something new; see `Outbox.notify`.
        clock: tells the time.

    Raises:
        MessageError: the publisher is none, or has to be awaited.
        ValueError: a number is not of what it counts, or the clock's times have no zone.
        UnitOfWorkError: units are not made by a function.
    """

    def __init__(
        self,
        units: Callable[[], UnitOfWork],
        publisher: Publisher,
        *,
        batch: int = 100,
        attempts: int = 10,
        back_off: BackOff | None = None,
        lease: float = 60.0,
        interval: float = 1.0,
        news: News | None = None,
        clock: Clock = utc_now,
    ) -> None:
        check_factory("Relay", units)
        check_publisher(publisher)
        check_whole("batch", batch)
        check_whole("attempts", attempts)
        check_seconds("lease", lease)
        check_seconds("interval", interval)
        check_clock(clock)
        self._sender = Sender(publisher)
        self._settings = Settings(
            units=units,
            sender=self._sender,
            batch=batch,
            attempts=attempts,
            back_off=back_off or BackOff(),
            lease=lease,
            clock=clock,
            stopping=lambda: self._stopping,
        )
        self._interval = interval
        self._news = news
        self._heard: SimpleQueue[int | None] = SimpleQueue()  # which may be put to by a signal's handler
        self._stopping = False
        self._buckets = sample(range(BUCKETS), BUCKETS)  # so that relays seldom meet
        self._looked = float("-inf")
        self._failures = 0

    def run_once(self) -> int:
        """Publish what is due, at most one batch of each bucket; return how many messages were published.

        Raises:
            PersistenceError: the database failed; what was published in the last batch may come again.
            MappingError: the outbox's tables are not in the mapping.
        """
        return self._round(self._buckets)[0]

    def run(self) -> None:
        """Publish what is due, again and again, until `stop` is called.

        Where the database cannot be reached, it is waited for.

        Raises:
            AccessDenied: the database does not let the relay in, which waiting does not change.
            MappingError: the outbox's tables are not in the mapping.
        """
        if self._news is not None:
            self._news.listen(self._heard.put)
        try:
            buckets: Iterable[int] = self._buckets
            while not self._stopping:
                buckets = self._one_step(buckets)
        finally:
            if self._news is not None:
                self._news.close()

    def stop(self) -> None:
        """End `run` after the message that is being published, which is noted; from any thread or signal's handler."""
        self._stopping = True
        self._heard.put(None)

    def _one_step(self, buckets: Iterable[int]) -> Iterable[int]:
        """Serve these buckets; return those to serve next, once there are any."""
        try:
            published, more = self._round(buckets)
        except PersistenceError as error:
            if not _passes(error):
                raise
            _logger.warning("the relay's database failed: %s; it goes on in a while", error)
            return self._later()
        if published:
            self._failures = 0
        if self._sender.is_broken:
            return self._later()
        return self._going_on(more) if more else self._something_new()

    def _later(self) -> Iterable[int]:
        """Wait for longer each time, until something is published again."""
        self._failures += 1
        self._pause(PASSING.pause(self._failures))
        return self._buckets

    @cached_property
    def _claiming(self) -> Claiming:
        return claiming(self._settings)

    def _round(self, buckets: Iterable[int]) -> tuple[int, list[int]]:
        """Serve each bucket once, while the publisher works: how many messages were published, and which have more."""
        published, more, self._sender.in_a_row = 0, list[int](), 0
        for bucket in buckets:
            if self._stopping:
                break
            served = self._claiming.serve(bucket)
            published += served.published
            if served.more:
                more.append(bucket)
            if self._sender.is_broken:
                self._go_on_behind(bucket)
                break
        return published, more

    def _go_on_behind(self, bucket: int) -> None:
        """Begin the next round after a bucket whose messages fail, so that those of the others have their turn."""
        place = self._buckets.index(bucket) + 1
        self._buckets = self._buckets[place:] + self._buckets[:place]

    def _going_on(self, more: list[int]) -> Iterable[int]:
        """Where to go on: where there is more, and now and then everywhere, lest others wait until that is done."""
        if self._is_time_to_look():
            return self._buckets
        return {*more, *self._wait(0)}

    def _something_new(self) -> Iterable[int]:
        """Wait until there is something to do, and return where; nowhere if that is to stop."""
        while not self._stopping:
            heard = self._wait(self._looked + self._interval - monotonic())
            if heard:
                return heard
            if self._is_time_to_look() and self._is_something_due():
                return self._buckets
        return ()

    def _is_time_to_look(self) -> bool:
        now = monotonic()
        if now < self._looked + self._interval:
            return False
        self._looked = now
        return True

    def _is_something_due(self) -> bool:
        now = self._settings.clock()
        with self._settings.units().begin(read_only=True) as uow:
            return uow.repository(OutboxMessage).exists(where(OutboxMessage.state) == MessageState.PENDING, due(now))

    def _pause(self, seconds: float) -> None:
        """Wait for so long, whatever is heard; but for being told to stop."""
        end = monotonic() + seconds
        while not self._stopping and monotonic() < end:
            self._wait(end - monotonic())

    def _wait(self, seconds: float) -> set[int]:
        """Wait for so long, or for news: the buckets that have some."""
        heard = set[int | None]()
        with suppress(Empty):
            heard.add(self._heard.get(timeout=max(0.0, seconds)))
            while True:
                heard.add(self._heard.get_nowait())
        return {bucket for bucket in heard if bucket is not None and 0 <= bucket < BUCKETS}


def _passes(error: PersistenceError) -> bool:
    """Whether the error may be gone after a while; who is not let in will not be."""
    if isinstance(error, AccessDenied):
        return False
    return error.retryable or isinstance(error, DatabaseUnavailable | CommitOutcomeUnknown | StatementTimeout)
