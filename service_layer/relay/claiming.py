"""How a relay has a bucket for itself while it publishes from it: by a lock, or by a lease where rows have no locks.

Either way the messages of a bucket, and so those of an aggregate, are published by one relay at a time. All that a
crash can lose, at any point, is the note that a message was published: it comes again then.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Protocol
from uuid import uuid4

import attrs

from unitofwork.domain.isolation import Isolation
from unitofwork.domain.lock import FOR_UPDATE
from unitofwork.domain.outbox import BUCKETS, OutboxBucket
from unitofwork.domain.ports import Clock
from unitofwork.domain.query import Query
from unitofwork.domain.specification import where
from unitofwork.service_layer.arguments import check_made
from unitofwork.service_layer.relay.back_off import BackOff
from unitofwork.service_layer.relay.batch import Pending, Sender, Sent, note, read
from unitofwork.service_layer.unit_of_work import UnitOfWork


@attrs.frozen(kw_only=True)
class Settings:
    """What a relay works with; see `Relay`."""

    units: Callable[[], UnitOfWork]
    sender: Sender
    batch: int
    attempts: int
    back_off: BackOff
    lease: float
    clock: Clock
    stopping: Callable[[], bool]

    def unit(self) -> UnitOfWork:
        """A unit whose questions each see what was committed before, whatever the database's own choice is."""
        return self.units().begin(isolation=Isolation.READ_COMMITTED)

    def send(self, batch: list[Pending]) -> Sent:
        """Publish a batch, or as much of it as there is time for."""
        clock, stopping = self.clock, self.stopping
        started = clock()
        end = started + timedelta(seconds=self.lease / 2)
        return self.sender.send(batch, started, lambda: stopping() or clock() >= end)

    def note(self, uow: UnitOfWork, sent: Sent) -> None:
        """Write what became of it."""
        note(uow, sent, self.clock(), self.attempts, self.back_off)


@attrs.frozen
class Served:
    """What a relay did with a bucket.

    Attributes:
        published: how many messages.
        more: whether there may be more that can be published at once.
    """

    published: int = 0
    more: bool = False


class Claiming(Protocol):
    """Serves one bucket after the other."""

    def serve(self, bucket: int) -> Served:
        """Publish a batch of a bucket's messages, unless another relay is at it."""
        ...


@attrs.frozen
class ByLock:
    """Locks the bucket's row for as long as the batch takes, in one transaction that also notes what was published."""

    settings: Settings

    def serve(self, bucket: int) -> Served:
        settings = self.settings
        with settings.unit() as uow:
            if not uow.session.find_values(_locking(bucket), ("number",)):
                return Served()
            batch = read(uow, bucket, settings.batch, settings.clock())
            if not batch:
                return Served()
            sent = settings.send(batch)
            settings.note(uow, sent)
            uow.commit()
        settings.sender.noted()
        return _served(settings, batch, sent)


@cache
def _locking(bucket: int) -> Query[OutboxBucket]:
    return Query(OutboxBucket, where(OutboxBucket.number) == bucket, lock=FOR_UPDATE.skip_locked())


@attrs.frozen
class ByLease:
    """Writes into the bucket's row until when it is this relay's.

    Where a transaction that writes has the whole database, publishing inside of one would keep all others from writing.
    A relay that is heard of no more loses the bucket when its time is over.
    """

    settings: Settings
    owner: str = attrs.field(factory=lambda: uuid4().hex)

    def serve(self, bucket: int) -> Served:
        settings = self.settings
        with settings.unit() as uow:
            if not self._take(uow, bucket):
                return Served()
            batch = read(uow, bucket, settings.batch, settings.clock())
            if not batch:
                uow.rollback()  # the lease is not kept
                return Served()
            uow.commit()
        sent = settings.send(batch)
        with settings.unit() as uow:
            if not self._give_back(uow, bucket):
                return Served()  # another relay took it over, and publishes the same
            settings.note(uow, sent)
            uow.commit()
        settings.sender.noted()
        return _served(settings, batch, sent)

    def _take(self, uow: UnitOfWork, bucket: int) -> bool:
        now = self.settings.clock()
        free = where(OutboxBucket.leased_until).is_none() | (where("leased_until") < now)
        until = now + timedelta(seconds=self.settings.lease)
        buckets = uow.repository(OutboxBucket)
        taken = buckets.update_where(
            (where(OutboxBucket.number) == bucket) & free, owner=self.owner, leased_until=until
        )
        return taken == 1

    def _give_back(self, uow: UnitOfWork, bucket: int) -> bool:
        mine = (where(OutboxBucket.number) == bucket) & (where(OutboxBucket.owner) == self.owner)
        return uow.repository(OutboxBucket).update_where(mine, owner=None, leased_until=None) == 1


def claiming(settings: Settings) -> Claiming:
    """The way that the database has; the buckets' rows are made if they are not there yet."""
    check_made("Relay", settings.units(), UnitOfWork)
    with settings.unit() as uow:
        buckets = uow.repository(OutboxBucket)
        if buckets.count() < BUCKETS:
            buckets.upsert_many({"number": number} for number in range(BUCKETS))
            uow.commit()
        return ByLock(settings) if uow.session.locks_rows(OutboxBucket) else ByLease(settings)


def _served(settings: Settings, batch: list[Pending], sent: Sent) -> Served:
    more = bool(sent.published) and (len(batch) == settings.batch or len(batch) > settings.sender.at_once)
    return Served(len(sent.published), more)
