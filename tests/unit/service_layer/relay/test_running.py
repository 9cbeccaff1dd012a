"""A relay that runs: it waits, hears, goes on after the database failed, and stops."""

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, cast

import attrs
import pytest

from contract.models import parcels
from contract.models.parcels import OUTBOX, Depot, moved
from unitofwork import MemoryDatabase, RecordingPublisher, UnitOfWork
from unitofwork.adapters.memory.faults import Operation
from unitofwork.domain.errors import AccessDenied, ConnectionLost, MappingError, MessageError, UnitOfWorkError
from unitofwork.domain.outbox import Envelope, MessageState, bucket_of
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


@attrs.define
class Idling:
    """A publisher that takes so long that its relay's transaction is ended by the server, if it is given too much."""

    database: MemoryDatabase
    patience: int
    given: list[Envelope] = attrs.field(factory=list[Envelope])
    at_once: int = 0

    def publish(self, message: Envelope) -> None:
        self.given.append(message)
        self.at_once += 1
        if self.at_once == self.patience + 1:
            self.database.faults.fail("commit", nth=1, with_=ConnectionLost)

    def close(self) -> None: ...


def test_a_relay_whose_transactions_are_ended_while_it_publishes_gets_on_all_the_same(
    database: MemoryDatabase, unit: Callable[[], Depot]
) -> None:
    moved(unit, "a" * 20)
    publisher = Idling(database, patience=3)
    relay, published = Relay(unit, publisher), 0
    for _ in range(30):
        publisher.at_once = 0
        with suppress(ConnectionLost):
            published += relay.run_once()
    assert published == 20
    assert len(publisher.given) < 80
    ids = list(dict.fromkeys(message.id for message in publisher.given))
    with unit() as uow:
        messages = uow.messages.find(order_by="position")
        assert [message.id for message in messages] == ids
        assert {message.state for message in messages} == {MessageState.PUBLISHED}


def test_a_database_that_does_not_let_it_in_is_not_waited_for(
    database: MemoryDatabase, unit: Callable[[], Depot], published: Published
) -> None:
    database.faults.fail("begin", nth=1, with_=AccessDenied)
    with pytest.raises(AccessDenied):
        Relay(unit, published, interval=0.01).run()


def test_without_its_tables_it_ends(published: Published) -> None:
    from contract import model

    database = MemoryDatabase(model.mapping())
    with pytest.raises(MappingError):
        Relay(lambda: Depot(database), published).run()
    database.dispose()


class Awaited:
    """A publisher that would have to be awaited."""

    async def publish(self, message: Envelope) -> None:
        raise AssertionError("nobody awaits it")

    def close(self) -> None: ...


class Promising(Published):
    """A publisher whose function is a plain one, and returns a coroutine."""

    def publish(self, message: Envelope) -> Any:
        return Awaited().publish(message)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (print, "takes a publisher, not one of type builtin_function_or_method: CallablePublisher"),
        (Published, "takes a publisher, not the class Published"),
        (Awaited(), r"Awaited\.publish is a coroutine function, which nobody awaits"),
    ],
)
def test_what_publishes_nothing_is_refused(unit: Callable[[], Depot], given: Any, text: str) -> None:
    with pytest.raises(MessageError, match=text):
        Relay(unit, given)


def test_a_message_whose_publisher_was_not_awaited_is_not_published(unit: Callable[[], Depot]) -> None:
    moved(unit, "a")
    assert Relay(unit, Promising()).run_once() == 0
    with unit() as uow:
        [message] = uow.messages.find()
        assert (message.state, message.attempts, message.error) == (MessageState.PENDING, 1, "NotPublished")


def test_units_are_made_by_a_function_and_are_not_awaited(unit: Callable[[], Depot], published: Published) -> None:
    units: Any = unit()
    with pytest.raises(UnitOfWorkError, match="Relay takes a function that makes a fresh unit of work each time"):
        Relay(units, published)
    with pytest.raises(UnitOfWorkError, match="Relay works with units of the class UnitOfWork, and was given one"):
        Relay(cast("Callable[[], UnitOfWork]", object), published).run_once()


def test_a_clock_without_a_zone_is_refused(unit: Callable[[], Depot], published: Published) -> None:
    with pytest.raises(ValueError, match="clock tells times with UTC as their zone"):
        Relay(unit, published, clock=datetime.now)


def test_an_error_with_a_long_name_is_noted(unit: Callable[[], Depot]) -> None:
    moved(unit, "a")
    refusing = RecordingPublisher()
    refusing.fail_next(1, type("E" * 201, (Exception,), {})())
    assert Relay(unit, refusing).run_once() == 0
    with unit() as uow:
        [message] = uow.messages.find()
        assert message.error == "E" * 200


@pytest.mark.parametrize("options", [{"batch": 2.5}, {"batch": 2**31}, {"attempts": float("nan")}])
def test_messages_and_attempts_are_counted(
    unit: Callable[[], Depot], published: Published, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="is more than zero: a whole number of at most 2147483647"):
        Relay(unit, published, **options)


@pytest.mark.parametrize("name", ["lease", "interval"])
@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 1e12])
def test_spans_have_an_end(unit: Callable[[], Depot], published: Published, name: str, seconds: float) -> None:
    options: dict[str, Any] = {name: seconds}
    with pytest.raises(ValueError, match=f"{name} is more than zero: seconds, of a year at most"):
        Relay(unit, published, **options)


def test_numbers_are_more_than_zero(unit: Callable[[], Depot], published: Published) -> None:
    with pytest.raises(ValueError, match="batch is more than zero"):
        Relay(unit, published, batch=0)
    with pytest.raises(ValueError, match="attempts is more than zero"):
        Relay(unit, published, attempts=0)
    with pytest.raises(ValueError, match="lease is more than zero"):
        Relay(unit, published, lease=0)
    with pytest.raises(ValueError, match="interval is more than zero"):
        Relay(unit, published, interval=-1)
