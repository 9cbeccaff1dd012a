"""A broker has confirmed a message, or its publisher raises."""

import pickle
import socket
from collections.abc import Iterator
from time import monotonic
from typing import Any
from uuid import uuid4

import kombu as typed_kombu
import pytest

from unit.adapters.publishers.broker import Broker, listening
from unitofwork import Envelope, Publisher
from unitofwork.adapters.publishers import from_json, to_json
from unitofwork.adapters.publishers.kombu import KombuPublisher
from unitofwork.domain.errors import NotPublished

kombu: Any = typed_kombu
"""It says that it has types, and has next to none."""

SHORT = 0.3
"""Seconds that a publisher waits for a broker that does not answer."""


@pytest.fixture
def broker() -> Iterator[Broker]:
    with listening() as broker:
        yield broker


@pytest.fixture
def publisher(broker: Broker) -> Iterator[KombuPublisher]:
    publisher = KombuPublisher(broker.url, timeout=5)
    yield publisher
    publisher.close()


@pytest.mark.parametrize(
    "url", ["", None, "secret", "nonsense://sandy:secret@example.org", "https://example.org", "amqp://[::secret"]
)
def test_another_url_is_refused_without_being_shown(url: Any) -> None:
    with pytest.raises(ValueError, match="takes a URL such as amqp://, redis:// or memory://, and needs") as refused:
        KombuPublisher(url)
    assert "secret" not in str(refused.value)
    assert refused.value.__context__ is None


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf"), None])
def test_it_does_not_wait_for_ever(timeout: Any) -> None:
    with pytest.raises(ValueError, match="timeout is more than zero: seconds, of a year at most"):
        KombuPublisher("memory://", timeout=timeout)


def test_queues_get_what_they_are_bound_to(message: Envelope) -> None:
    exchange = kombu.Exchange(f"events-{uuid4()}", type="topic")
    with kombu.Connection("memory://") as connection:
        wanted, others = (
            kombu.Queue(f"{exchange.name}-{key}", exchange, routing_key=key, channel=connection.channel())
            for key in ("user.*", "order.*")
        )
        for queue in (wanted, others):
            queue.declare()
        publisher: Publisher = KombuPublisher("memory://", exchange=exchange.name)
        publisher.publish(message)
        publisher.close()
        received = wanted.get(no_ack=True)
        assert others.get() is None
    assert received.body == to_json(message).encode()
    assert from_json(received.body).id == message.id
    assert received.payload["payload"]["name"] == 'größe \0 " €'
    assert received.content_type == "application/json"
    told = received.properties
    assert (told["message_id"], told["type"], told["delivery_mode"]) == (str(message.id), "user.registered", 2)


def test_a_message_is_published_once_the_broker_confirms_it(
    broker: Broker, publisher: KombuPublisher, message: Envelope
) -> None:
    for _ in range(3):
        publisher.publish(message)
    assert [broker.bodies.get(timeout=5) for _ in range(3)] == [to_json(message).encode()] * 3
    assert (broker.connections, broker.selected) == (1, 1)


@pytest.mark.parametrize("answer", ["nack", "close the channel", "hang up"])
def test_a_broker_that_refuses_a_message_is_told_of(
    broker: Broker, publisher: KombuPublisher, message: Envelope, answer: str
) -> None:
    publisher.publish(message)
    broker.answer = answer
    with pytest.raises(NotPublished, match="did not confirm a message") as refused:
        publisher.publish(message)
    assert "secret" not in str(refused.value)
    assert "secret" not in repr(publisher)
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)
    broker.answer = "ack"
    publisher.publish(message)
    assert broker.connections == 2


def test_a_broker_that_says_nothing_is_not_waited_for_too_long(broker: Broker, message: Envelope) -> None:
    broker.answer = "silence"
    publisher = KombuPublisher(broker.url, timeout=SHORT)
    began = monotonic()
    with pytest.raises(NotPublished, match="TimeoutError"):
        publisher.publish(message)
    assert SHORT <= monotonic() - began < 20 * SHORT
    broker.answer = "ack"
    publisher.publish(message)
    publisher.close()


def test_a_broker_that_does_not_greet_is_not_waited_for_too_long(message: Envelope) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        publisher = KombuPublisher(f"amqp://sandy:secret@127.0.0.1:{server.getsockname()[1]}//", timeout=SHORT)
        began = monotonic()
        with pytest.raises(NotPublished) as refused:
            publisher.publish(message)
        assert monotonic() - began < 20 * SHORT
        assert "secret" not in str(refused.value)
        publisher.close()


def test_a_broker_that_is_not_there_is_told_of_at_once(message: Envelope) -> None:
    with listening() as gone:
        url = gone.url
    publisher = KombuPublisher(url)
    began = monotonic()
    with pytest.raises(NotPublished, match="ConnectionRefusedError") as refused:
        publisher.publish(message)
    assert monotonic() - began < 1.5
    assert "secret" not in str(refused.value)
    publisher.close()


def test_closing_twice_is_harmless_and_publishing_opens_again(
    broker: Broker, publisher: KombuPublisher, message: Envelope
) -> None:
    publisher.publish(message)
    publisher.close()
    publisher.close()
    publisher.publish(message)
    assert broker.connections == 2
