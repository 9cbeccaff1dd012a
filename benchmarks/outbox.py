"""What a relay costs beside a loop written by hand for the driver, and a row of the outbox beside a unit without one.

The loop does what the relay does, on the same tables: it claims a bucket, reads a batch, publishes each message and
notes them all by one statement. Both publish to a list. Two relays are two processes, beside one; how much two loops
gain in the same way tells what the machine has left for a second one, whose cores the server needs, too. A message on
its way is published by a relay in a process of its own, as in production: in one process a thread waits for others.

Run it by ``make bench``; ``--help`` lists what can be chosen.
"""

import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from math import inf
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

import attrs
import psycopg
from alternately import Comparison, Figures, Side, main
from databases import NAMES, fresh
from sqlalchemy import URL, Column, Engine, Integer, String, Table, make_url, text
from sqlalchemy.orm import registry

from unitofwork import (
    Event,
    MessageTypes,
    MsgspecCodec,
    Outbox,
    PostgresNews,
    Relay,
    SqlAlchemyDatabase,
    UnitOfWork,
    entity,
    map_entity,
    outbox_table,
    record,
    repository,
    value,
)
from unitofwork.domain.outbox import BUCKETS, Encoded, Envelope

WAITING = 8_000
BY_HAND = 1 / 0.7
BY_ONE = 1 / 1.5
COSTS = {"sqlite": 1.15, "postgresql": 1.25, "mariadb": 1.25}


@value
class Moved(Event):
    parcel: int
    place: str


@entity
class Parcel:
    place: str
    id: int | None = None

    def move(self, place: str) -> None:
        self.place = place
        record(self, Moved(self.id or 0, place))


class Depot(UnitOfWork):
    parcels = repository(Parcel)


def outbox(*, notify: bool = False) -> Outbox:
    types = MessageTypes()
    types.add(Moved, "parcel-moved")
    return Outbox(MsgspecCodec(types), notify=notify)


def mapping() -> registry:
    made = registry()
    parcels = Table(
        "parcels", made.metadata, Column("id", Integer, primary_key=True), Column("place", String(60), nullable=False)
    )
    map_entity(made, Parcel, parcels)
    outbox_table(made.metadata)
    return made


@contextmanager
def kept(database: str) -> Generator[SqlAlchemyDatabase]:
    """A database with one parcel and an empty outbox."""
    with fresh(database) as url:
        mapped = mapping()
        opened = SqlAlchemyDatabase(url, mapped)
        opened.create_schema()
        with Depot(opened) as uow:
            uow.parcels.add(Parcel("the depot", 1))
            uow.commit()
        Relay(lambda: UnitOfWork(opened), ToList()).run_once()  # makes the buckets
        try:
            yield opened
        finally:
            opened.dispose()
            mapped.dispose()


class ToList:
    """A publisher that keeps what it is given."""

    def __init__(self) -> None:
        self.published: list[Envelope] = []

    def publish(self, message: Envelope) -> None:
        self.published.append(message)

    def close(self) -> None:
        pass


# Publish what waits

_FILL = """
INSERT INTO outbox_messages (id, aggregate, bucket, name, version, payload, recorded_at, state, attempts)
SELECT gen_random_uuid(), 'Parcel:' || n % 500, n % 500 % 16, 'parcel-moved', 1,
       '{"parcel": ' || n % 500 || ', "place": "somewhere else, where the number is ' || n || '"}', now(), 'pending', 0
FROM generate_series(1, :waiting) AS n
"""
_CLAIM = "SELECT number FROM outbox_buckets WHERE number = %s FOR UPDATE SKIP LOCKED"
_READ = """
SELECT position, id, aggregate, name, version, payload, recorded_at FROM outbox_messages
WHERE state = 'pending' AND bucket = %s ORDER BY position LIMIT %s
"""
_NOTE = "UPDATE outbox_messages SET state = 'published', settled_at = now() WHERE position = ANY(%s)"


def fill(database: SqlAlchemyDatabase) -> None:
    """Let so many messages wait, and no others."""
    with database.engine.begin() as connection:
        connection.execute(text("TRUNCATE TABLE outbox_messages"))
        connection.execute(text(_FILL), {"waiting": WAITING})
        connection.execute(text("ANALYZE outbox_messages"))


def publish_all(database: SqlAlchemyDatabase, batch: int) -> int:
    """Publish by a relay until nothing waits; return how many messages that were."""
    publisher = ToList()
    relay = Relay(lambda: UnitOfWork(database), publisher, batch=batch)
    while relay.run_once():
        pass
    return len(publisher.published)


def publish_by_hand(connection: psycopg.Connection[Any], batch: int) -> int:
    """Publish by the loop until nothing waits."""
    publisher = ToList()
    while _round(connection, publisher, batch):
        pass
    return len(publisher.published)


def _round(connection: psycopg.Connection[Any], publisher: ToList, batch: int) -> int:
    published = 0
    for bucket in range(BUCKETS):
        with connection.transaction(), connection.cursor() as cursor:
            if cursor.execute(_CLAIM, (bucket,)).fetchone() is None:
                continue
            positions: list[int] = []
            for position, id, aggregate, name, version, payload, recorded_at in cursor.execute(_READ, (bucket, batch)):
                publisher.publish(Envelope(id, aggregate, Encoded(name, version, payload), recorded_at))
                positions.append(position)
            if positions:
                cursor.execute(_NOTE, (positions,))
            published += len(positions)
    return published


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _all(published: Callable[[], int]) -> None:
    assert published() == WAITING


@contextmanager
def relaying(batch: int) -> Generator[Comparison]:
    """Publish 8,000 messages."""
    with (
        kept("postgresql") as database,
        psycopg.connect(_plain(database.engine.url), autocommit=True) as connection,
    ):
        yield Comparison(
            Side("relay", partial(_all, partial(publish_all, database, batch)), Engine, partial(fill, database)),
            Side(
                "driver's loop",
                partial(_all, partial(publish_by_hand, connection, batch)),
                None,
                partial(fill, database),
            ),
            at_most=BY_HAND,
            pieces=1,
            rounds=15,
            equal=False,
        )


@attrs.frozen
class Worker:
    """A process with a relay of its own."""

    orders: Connection

    @classmethod
    @contextmanager
    def started(cls, work: Callable[..., None], url: URL, *arguments: object) -> Generator["Worker"]:
        """Let a process do the work, which is given its end of a pipe, and says 0 when it is ready."""
        ours, theirs = get_context("spawn").Pipe()
        plain = url.render_as_string(hide_password=False)
        process = get_context("spawn").Process(target=work, args=(theirs, plain, *arguments), daemon=True)
        process.start()
        assert ours.recv() == 0
        yield cls(ours)
        ours.send(False)
        process.join(10)


def by_relay(orders: Connection, url: str, batch: int) -> None:
    """Publish all by a relay whenever that is ordered."""
    database = SqlAlchemyDatabase(make_url(url), mapping())
    _work(orders, partial(publish_all, database, batch))
    database.dispose()


def by_hand(orders: Connection, url: str, batch: int) -> None:
    """Publish all by the loop whenever that is ordered."""
    with psycopg.connect(_plain(make_url(url)), autocommit=True) as connection:
        _work(orders, partial(publish_by_hand, connection, batch))


def _work(orders: Connection, publish: Callable[[], int]) -> None:
    orders.send(publish())
    while orders.recv():
        orders.send(publish())


def publish_at_once(workers: list[Worker]) -> int:
    """Publish by all of them at once until nothing waits."""
    for worker in workers:
        worker.orders.send(True)
    return sum(worker.orders.recv() for worker in workers)


@contextmanager
def two(work: Callable[..., None], name: str, at_most: float, batch: int) -> Generator[Comparison]:
    """Publish 8,000 messages by two processes."""
    with kept("postgresql") as database:
        url, prepare = database.engine.url, partial(fill, database)
        with Worker.started(work, url, batch) as first, Worker.started(work, url, batch) as second:
            yield Comparison(
                Side(f"two {name}s", partial(_all, partial(publish_at_once, [first, second])), None, prepare),
                Side(f"one {name}", partial(_all, partial(publish_at_once, [first])), None, prepare),
                at_most=at_most,
                pieces=1,
                rounds=15,
                equal=False,
            )


# A message on its way


@attrs.frozen
class ToPipe:
    """A publisher that tells another process of each message."""

    other: Connection

    def publish(self, message: Envelope) -> None:
        self.other.send(message.id)

    def close(self) -> None:
        pass


def relaying_news(orders: Connection, url: str) -> None:
    """Publish what there is news of, until there is an order."""
    database = SqlAlchemyDatabase(make_url(url), mapping())
    relay = Relay(lambda: UnitOfWork(database), ToPipe(orders), interval=60, news=PostgresNews(database))
    orders.send(relay.run_once())

    def stop() -> None:
        orders.recv()
        relay.stop()

    threading.Thread(target=stop, daemon=True).start()
    relay.run()
    database.dispose()


@contextmanager
def on_its_way() -> Generator[Comparison]:
    """Commit a small unit with a message, and wait until that is published; beside the unit alone."""
    with kept("postgresql") as database, Worker.started(relaying_news, database.engine.url) as worker:
        unit = partial(_small_unit, database, outbox(notify=True), map(str, count()))

        def published() -> None:
            unit()
            assert worker.orders.poll(30)
            worker.orders.recv()

        published()
        yield Comparison(
            Side("until it is published", published, Engine),
            Side("the unit alone", partial(_small_unit, database, None, map(str, count())), Engine),
            at_most=10,
            pieces=10,
            rounds=30,
            equal=False,
            microseconds=5_000,
        )


# One row of the outbox


def _small_unit(database: SqlAlchemyDatabase, kept_by: Outbox | None, places: Iterator[str]) -> None:
    with Depot(database, outbox=kept_by) as uow:
        parcel = uow.parcels.get_one(1)
        if kept_by is None:
            parcel.place = next(places)
        else:
            parcel.move(next(places))
        uow.commit()


@contextmanager
def one_row(database: str) -> Generator[Comparison]:
    """Get a parcel by its key, change it, commit; with an event of that in the outbox, and without."""
    with kept(database) as opened:
        yield Comparison(
            Side("with an event", partial(_small_unit, opened, outbox(), map(str, count())), opened.engine),
            Side("without", partial(_small_unit, opened, None, map("place {}".format, count())), opened.engine),
            at_most=COSTS[database],
            pieces=20,
            equal=False,
        )


FIGURES: Figures = {
    **{f"one row, {name}": partial(one_row, database) for database, name in NAMES.items()},
    "until it is published, PostgreSQL": on_its_way,
    **{f"relay, batches of {batch:,}, PostgreSQL": partial(relaying, batch) for batch in (100, 1000)},
    **{
        f"two {name}s, batches of {batch:,}, PostgreSQL": partial(two, work, name, at_most, batch)
        for batch in (100, 1000)
        for work, name, at_most in ((by_relay, "relay", BY_ONE), (by_hand, "driver's loop", inf))
    },
}

if __name__ == "__main__":
    sys.exit(main(__doc__, FIGURES))
