"""Row V4: a relay publishes what is in the outbox, at least once, and in order for each aggregate."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random

import attrs
import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, Outbox, where
from unitofwork.domain.outbox import BUCKETS, Envelope, MessageState, OutboxMessage
from unitofwork.service_layer.relay import BackOff, Relay
from unitofwork.service_layer.relay.batch import IN_A_ROW

from .adapters import Adapter, Probe
from .models import parcels
from .models.parcels import OUTBOX, Depot, Json, NewUnit, Parcel, moved

pytestmark = pytest.mark.row("V4")

NO_JITTER = BackOff(first=10, factor=2, longest=60, jitter=0)


@attrs.define
class Clock:
    """Stands still until it is told otherwise."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@attrs.define
class Notebook:
    """A publisher that writes down what it is given, and refuses what it is told to."""

    noted: list[Envelope] = attrs.field(factory=list[Envelope])
    refused: Callable[[str], object] = lambda _: False
    tried: int = 0

    def publish(self, message: Envelope) -> None:
        self.tried += 1
        if self.refused(told(message)):
            raise ConnectionRefusedError("with a password in it")
        self.noted.append(message)

    def close(self) -> None:
        pass

    @property
    def told(self) -> list[str]:
        """What was published, as in ``a1 a2 b1``."""
        return [told(message) for message in self.noted]

    def of(self, parcel: str) -> list[str]:
        return [each for each in self.told if each[0] == parcel]


def told(message: Envelope) -> str:
    event = Json().decode(message.content)
    return f"{event.parcel}{event.number}"


@pytest.fixture
def mapping() -> registry:
    return parcels.mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    return lambda: Depot(database, outbox=OUTBOX)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def relay(unit: NewUnit, notebook: Notebook, clock: Clock) -> Relay:
    return Relay(unit, notebook, clock=clock, back_off=NO_JITTER, attempts=3)


def states(unit: NewUnit) -> dict[str, MessageState]:
    with unit() as uow:
        return {told(each.envelope()): each.state for each in uow.messages.find(order_by="position")}


# --- what is published ----------------------------------------------------------------------------------------------


def test_what_was_committed_is_published_once(unit: NewUnit, relay: Relay, notebook: Notebook, clock: Clock) -> None:
    moved(unit, "aba")
    assert relay.run_once() == 3
    assert notebook.of("a") == ["a1", "a2"]
    assert notebook.of("b") == ["b1"]
    assert relay.run_once() == 0
    with unit() as uow:
        for message in uow.messages.find():
            assert (message.state, message.settled_at, message.attempts) == (MessageState.PUBLISHED, clock.now, 0)


def test_nothing_is_published_that_was_rolled_back(unit: NewUnit, relay: Relay, notebook: Notebook) -> None:
    moved(unit, "a")
    with unit() as uow:
        uow.parcels.get_one("a").move()
        uow.flush()
    assert relay.run_once() == 1
    assert notebook.told == ["a1"]


def test_a_publisher_is_given_the_whole_message(unit: NewUnit, relay: Relay, notebook: Notebook) -> None:
    moved(unit, "a")
    relay.run_once()
    (published,) = notebook.noted
    with unit() as uow:
        (message,) = uow.messages.find()
    assert published == message.envelope()
    assert published.aggregate == "Parcel:a"
    assert published.recorded_at.tzinfo is not None
    assert (published.content.name, published.content.version) == ("parcel-moved", 1)


def test_a_round_publishes_a_batch_of_each_bucket(unit: NewUnit, notebook: Notebook) -> None:
    moved(unit, "a" * 5)
    relay = Relay(unit, notebook, batch=2)
    assert [relay.run_once() for _ in range(4)] == [2, 2, 1, 0]
    assert notebook.told == ["a1", "a2", "a3", "a4", "a5"]


def test_the_buckets_are_made_once(unit: NewUnit, notebook: Notebook) -> None:
    for _ in range(2):
        Relay(unit, notebook).run_once()
    with unit() as uow:
        assert [each.number for each in uow.buckets.find(order_by="number")] == list(range(BUCKETS))


def test_what_is_committed_later_with_a_lower_position_is_published(
    unit: NewUnit, relay: Relay, notebook: Notebook
) -> None:
    moved(unit, "abc")
    with unit() as uow:
        first = uow.messages.find(order_by="position")[0].position
        uow.messages.update_where(where("position") == first, state=MessageState.DEAD)
        uow.commit()
    assert relay.run_once() == 2
    with unit() as uow:
        uow.messages.update_where(where("position") == first, state=MessageState.PENDING)
        uow.commit()
    assert relay.run_once() == 1
    assert notebook.told[-1] == "a1"


# --- failures -------------------------------------------------------------------------------------------------------


def test_a_message_that_is_refused_is_tried_again_after_a_pause(
    unit: NewUnit, relay: Relay, notebook: Notebook, clock: Clock
) -> None:
    moved(unit, "a")
    notebook.refused = "a1".__eq__
    assert relay.run_once() == 0
    with unit() as uow:
        (message,) = uow.messages.find()
        assert (message.state, message.attempts) == (MessageState.PENDING, 1)
        assert message.error == "ConnectionRefusedError"
        assert message.due_at == clock.now + timedelta(seconds=10)
    notebook.refused = lambda _: False
    clock.pass_by(9)
    assert relay.run_once() == 0
    clock.pass_by(1)
    assert relay.run_once() == 1


def test_later_messages_of_the_aggregate_wait_and_others_do_not(
    unit: NewUnit, relay: Relay, notebook: Notebook, clock: Clock
) -> None:
    moved(unit, "aabbc")
    notebook.refused = "a1".__eq__
    assert relay.run_once() == 3
    moved(unit, "ab")
    assert relay.run_once() == 1
    assert notebook.of("a") == []
    notebook.refused = lambda _: False
    clock.pass_by(10)
    relay.run_once()
    assert notebook.of("a") == ["a1", "a2", "a3"]
    assert notebook.of("b") == ["b1", "b2", "b3"]


def test_a_batch_that_is_full_of_what_waits_keeps_no_others_away(unit: NewUnit, notebook: Notebook) -> None:
    moved(unit, "a" * 6 + "bcdefghijklmnopqrstuvwxyz" * 2)
    relay = Relay(unit, notebook, batch=2, back_off=NO_JITTER)
    notebook.refused = "a1".__eq__
    while relay.run_once():
        pass
    assert notebook.of("a") == []
    assert len(notebook.noted) == 50


def test_what_is_refused_too_often_is_dead_and_its_aggregate_goes_on(
    unit: NewUnit, relay: Relay, notebook: Notebook, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    moved(unit, "aa")
    notebook.refused = "a1".__eq__
    for pause in (10, 20, 0):
        assert relay.run_once() == 0
        clock.pass_by(pause)
    assert states(unit) == {"a1": MessageState.DEAD, "a2": MessageState.PENDING}
    assert relay.run_once() == 1
    assert notebook.told == ["a2"]
    assert [(each.name, each.levelno) for each in caplog.records] == [
        ("unitofwork", logging.WARNING),
        ("unitofwork", logging.WARNING),
        ("unitofwork", logging.ERROR),
    ]
    assert "password" not in caplog.text


def test_a_publisher_that_only_fails_is_left_alone(unit: NewUnit, relay: Relay, notebook: Notebook) -> None:
    moved(unit, "abcdefghijklmnopqrstuvwxyz" * 4)
    notebook.refused = bool
    assert relay.run_once() == 0
    assert notebook.tried == IN_A_ROW


def test_who_is_refused_does_not_keep_other_buckets_from_their_turn(unit: NewUnit, notebook: Notebook) -> None:
    moved(unit, "abcdefghijklmnopqrstuvwxyz" * 2)
    with unit() as uow:
        buckets = {told(each.envelope()): each.bucket for each in uow.repository(OutboxMessage).find()}
    lucky = {text for text, bucket in buckets.items() if bucket == buckets["z1"]}
    notebook.refused = lambda text: text not in lucky
    relay = Relay(unit, notebook, back_off=BackOff(first=1e-6, longest=1e-6), attempts=1000)  # which are due at once
    for _ in range(26):
        relay.run_once()
    assert set(notebook.told) == lucky


# --- crashes --------------------------------------------------------------------------------------------------------


class Crash(BaseException):
    """The process ends here."""


@attrs.define
class Crashing(Notebook):
    """Publishes so many messages, and crashes when that is done."""

    left: int = 1

    def publish(self, message: Envelope) -> None:
        Notebook.publish(self, message)
        self.left -= 1
        if not self.left:
            raise Crash


def test_what_was_published_and_not_noted_is_published_again(unit: NewUnit, clock: Clock) -> None:
    moved(unit, "aaa")
    crashing = Crashing(left=2)
    with pytest.raises(Crash):
        Relay(unit, crashing, clock=clock).run_once()
    clock.pass_by(61)
    notebook = Notebook()
    assert Relay(unit, notebook, clock=clock).run_once() == 3
    assert notebook.told == ["a1", "a2", "a3"]
    assert [each.id for each in crashing.noted] == [each.id for each in notebook.noted[:2]]


def test_a_unit_that_tells_of_its_messages_keeps_them_everywhere(database: Database, relay: Relay) -> None:
    moved(lambda: Depot(database, outbox=Outbox(Json(), notify=True)), "ab")
    assert relay.run_once() == 2


# --- several relays -------------------------------------------------------------------------------------------------


@attrs.define
class Nested(Notebook):
    """Lets another relay work in the middle of each message."""

    other: Relay | None = None
    published_meanwhile: int = 0

    def publish(self, message: Envelope) -> None:
        Notebook.publish(self, message)
        if self.other is not None:
            self.published_meanwhile += self.other.run_once()


def test_a_bucket_is_served_by_one_relay_at_a_time(unit: NewUnit, clock: Clock, notebook: Notebook) -> None:
    moved(unit, "aaa")
    nested = Nested(other=Relay(unit, notebook, clock=clock))
    assert Relay(unit, nested, clock=clock).run_once() == 3
    assert nested.published_meanwhile == 0


def test_another_bucket_can_be_served_meanwhile(unit: NewUnit, clock: Clock, notebook: Notebook) -> None:
    moved(unit, "aabb")  # which are in different buckets
    nested = Nested(other=Relay(unit, notebook, clock=clock))
    relay = Relay(unit, nested, clock=clock)
    assert relay.run_once() == 2
    assert nested.published_meanwhile == 2
    assert {*nested.told, *notebook.told} == {"a1", "a2", "b1", "b2"}


@pytest.mark.needs("threads")
def test_four_relays_keep_the_order_of_each_aggregate(unit: NewUnit) -> None:
    messages, names = 2000, "abcdefghijklmnopqrst"
    random = Random(7)
    with unit() as uow:
        kept = [Parcel(name) for name in names]
        uow.parcels.add_all(kept)
        uow.commit()
        for _ in range(messages // 50):
            for parcel in random.choices(kept, k=50):
                parcel.move()
            uow.commit()
    notebook = Notebook()
    relays = [Relay(unit, notebook, batch=20, interval=0.01) for _ in range(4)]
    with ThreadPoolExecutor(len(relays)) as threads:
        running = [threads.submit(relay.run) for relay in relays]
        done = threading.Event()
        for _ in range(600):
            if len(set(notebook.told)) >= messages or any(each.done() for each in running):
                break
            done.wait(0.1)
        for relay in relays:
            relay.stop()
        for each in running:
            each.result(30)
    assert len(set(notebook.told)) == messages
    for name in names:  # a relay that could not mark what it had published, as where SQLite is busy, publishes it again
        numbers = [int(each[1:]) for each in dict.fromkeys(notebook.of(name))]
        assert numbers == list(range(1, len(numbers) + 1))


# --- stopping -------------------------------------------------------------------------------------------------------


@attrs.define
class Stopping(Notebook):
    """Stops its relay after so many messages."""

    relay: Relay | None = None
    after: int = 1

    def publish(self, message: Envelope) -> None:
        Notebook.publish(self, message)
        if len(self.noted) == self.after:
            assert self.relay is not None
            self.relay.stop()


def test_a_relay_that_is_stopped_ends_after_the_message_and_notes_it(unit: NewUnit) -> None:
    moved(unit, "aaa")
    stopping = Stopping(after=2)
    stopping.relay = Relay(unit, stopping)
    stopping.relay.run()
    assert states(unit) == {
        "a1": MessageState.PUBLISHED,
        "a2": MessageState.PUBLISHED,
        "a3": MessageState.PENDING,
    }


def test_a_relay_that_is_stopped_before_does_nothing(unit: NewUnit, notebook: Notebook, probe: Probe) -> None:
    moved(unit, "a")
    relay = Relay(unit, notebook)
    relay.stop()
    relay.run()
    assert notebook.noted == []


@attrs.define
class Slow(Notebook):
    """Takes its time."""

    clock: Clock = attrs.field(factory=Clock)

    def publish(self, message: Envelope) -> None:
        Notebook.publish(self, message)
        self.clock.pass_by(10)


def test_a_batch_that_takes_long_is_noted_before_the_lease_is_over(unit: NewUnit, clock: Clock) -> None:
    moved(unit, "a" * 7)
    relay = Relay(unit, Slow(clock=clock), clock=clock, lease=60)
    assert [relay.run_once() for _ in range(3)] == [3, 3, 1]


def test_an_idle_relay_asks_one_question_at_a_time(unit: NewUnit, notebook: Notebook, probe: Probe) -> None:
    moved(unit, "a")
    relay = Relay(unit, notebook)
    relay.run_once()
    probe.statements()
    assert relay._is_something_due() is False
    assert len([each for each in probe.statements() if each.startswith("SELECT")]) <= 1


@pytest.fixture
def leased(adapter: Adapter) -> None:
    if "row_locks" in adapter.capabilities:
        pytest.skip("a bucket is locked here, and not leased")


def test_a_lease_is_taken_over_when_its_time_is_over(leased: None, unit: NewUnit, clock: Clock) -> None:
    moved(unit, "aa")
    with pytest.raises(Crash):
        Relay(unit, Crashing(), clock=clock, lease=60).run_once()
    notebook = Notebook()
    other = Relay(unit, notebook, clock=clock, lease=60)
    assert other.run_once() == 0
    clock.pass_by(61)
    assert other.run_once() == 2
    with unit() as uow:
        assert [each.owner for each in uow.buckets.find()] == [None] * BUCKETS


def test_who_lost_its_lease_notes_nothing(leased: None, unit: NewUnit, clock: Clock, notebook: Notebook) -> None:
    moved(unit, "a")

    @attrs.define
    class Hanging(Notebook):
        def publish(self, message: Envelope) -> None:
            Notebook.publish(self, message)
            clock.pass_by(61)
            assert Relay(unit, notebook, clock=clock, lease=60).run_once() == 1

    assert Relay(unit, Hanging(), clock=clock, lease=60).run_once() == 0
    assert notebook.told == ["a1"]
    with unit() as uow:
        assert uow.messages.find_one().settled_at == clock.now
