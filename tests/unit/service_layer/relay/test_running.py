"""A relay that runs: it waits, hears, goes on after the database failed, and stops."""

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import attrs
import pytest

from contract.models import parcels
from contract.models.parcels import OUTBOX, Depot, moved
from unitofwork import MemoryDatabase
from unitofwork.adapters.memory.faults import Operation
from unitofwork.domain.errors import ConnectionLost, MappingError
from unitofwork.domain.outbox import Envelope, bucket_of
from unitofwork.service_layer.relay import Relay

PATIENCE = 20
"""Seconds."""


@attrs.define
class Published:
    """A publisher that tells when it was given something."""

    given: list[Envelope] = attrs.field(factory=list[Envelope])
    at_last: threading.Event = attrs.field(factory=threading.Event)

    def publish(self, message: Envelope) -> None:
        self.given.append(message)
        self.at_last.set()

    def close(self) -> None:
        pass


@attrs.define
class Loud:
    """News that a test tells."""

    heard: Callable[[int], None] | None = None
    listening: threading.Event = attrs.field(factory=threading.Event)

    def listen(self, heard: Callable[[int], None]) -> None:
        self.heard = heard
        self.listening.set()

    def close(self) -> None:
        self.heard = None


@pytest.fixture
def database() -> Iterator[MemoryDatabase]:
    made = MemoryDatabase(parcels.mapping())
    yield made
    made.dispose()


@pytest.fixture
def unit(database: MemoryDatabase) -> Callable[[], Depot]:
    return lambda: Depot(database, outbox=OUTBOX)


@pytest.fixture
def published() -> Published:
    return Published()


@contextmanager
def running(relay: Relay) -> Generator[None]:
    failures = list[BaseException]()

    def run() -> None:
        try:
            relay.run()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    relay.stop()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert failures == []


def test_what_is_committed_while_it_waits_is_published(unit: Callable[[], Depot], published: Published) -> None:
    with running(Relay(unit, published, interval=0.01)):
        moved(unit, "a")
        assert published.at_last.wait(PATIENCE)


def test_news_wake_it_up(unit: Callable[[], Depot], published: Published) -> None:
    news = Loud()
    with running(Relay(unit, published, interval=1000, news=news)):
        assert news.listening.wait(PATIENCE)
        moved(unit, "a")
        assert news.heard is not None
        news.heard(bucket_of("Parcel:a"))
        assert published.at_last.wait(PATIENCE)
    assert news.heard is None


def test_a_number_that_is_no_bucket_wakes_nobody(unit: Callable[[], Depot], published: Published) -> None:
    news = Loud()
    with running(Relay(unit, published, interval=1000, news=news)):
        assert news.listening.wait(PATIENCE)
        assert news.heard is not None
        news.heard(99)


@pytest.mark.parametrize("operation", ["begin", "select", "commit"])
def test_a_database_that_fails_for_a_while_is_waited_for(
    database: MemoryDatabase, unit: Callable[[], Depot], published: Published, operation: Operation
) -> None:
    moved(unit, "a")
    relay = Relay(unit, published, interval=0.01)
    database.faults.fail(operation, nth=1, with_=ConnectionLost)
    with running(relay):
        assert published.at_last.wait(PATIENCE)
    assert {each.content.payload for each in published.given} == {'["a", 1]'}


def test_without_its_tables_it_ends(published: Published) -> None:
    from contract import model

    database = MemoryDatabase(model.mapping())
    with pytest.raises(MappingError):
        Relay(lambda: Depot(database), published).run()
    database.dispose()


def test_numbers_are_more_than_zero(unit: Callable[[], Depot], published: Published) -> None:
    with pytest.raises(ValueError, match="batch is more than zero"):
        Relay(unit, published, batch=0)
    with pytest.raises(ValueError, match="attempts is more than zero"):
        Relay(unit, published, attempts=0)
    with pytest.raises(ValueError, match="lease is more than zero"):
        Relay(unit, published, lease=0)
    with pytest.raises(ValueError, match="interval is more than zero"):
        Relay(unit, published, interval=-1)
