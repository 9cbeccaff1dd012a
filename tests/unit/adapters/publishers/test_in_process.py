"""Publishing to a function, and to a list."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import registry

from unitofwork import (
    Envelope,
    Event,
    Handlers,
    Inbox,
    MemoryDatabase,
    MessageBus,
    MessageTypes,
    MsgspecCodec,
    Publisher,
    UnitOfWork,
    inbox_table,
    value,
)
from unitofwork.adapters.publishers import CallablePublisher, RecordingPublisher
from unitofwork.domain.errors import InvalidMessage, MessageError, NotPublished, UnknownMessage
from unitofwork.domain.outbox import Encoded


@value
class Registered(Event):
    id: int
    name: str


class Mishap(Exception):
    """What goes wrong."""


@pytest.fixture
def codec() -> MsgspecCodec:
    types = MessageTypes()
    types.add(Registered, "user.registered", version=2, earlier={1: dict})
    return MsgspecCodec(types)


def test_a_function_is_given_the_event(codec: MsgspecCodec, message: Envelope) -> None:
    heard = list[Event]()
    publisher: Publisher = CallablePublisher(codec, heard.append)
    publisher.publish(message)
    publisher.close()
    assert heard == [Registered(42, 'größe \0 " €')]


def test_a_message_bus_is_given_the_id_by_which_it_knows_what_comes_again(
    codec: MsgspecCodec, message: Envelope
) -> None:
    mapping = registry()
    inbox_table(mapping.metadata)
    database, heard, handlers = MemoryDatabase(mapping), list[Event](), Handlers()

    @handlers.on
    def hear(event: Registered, uow: UnitOfWork) -> None:
        heard.append(event)

    bus = MessageBus(lambda: UnitOfWork(database, inbox=Inbox(codec)), handlers)
    publisher = CallablePublisher(codec, bus.publish, with_id=True)
    publisher.publish(message)
    publisher.publish(message)
    assert len(heard) == 1
    publisher.publish(Envelope(uuid4(), message.aggregate, message.content, message.recorded_at))
    assert len(heard) == 2


async def hear_later(event: Event) -> None:
    raise AssertionError("nobody awaits it")


@pytest.mark.parametrize("function", [hear_later, partial(hear_later), None])
def test_what_is_no_plain_function_is_refused(codec: MsgspecCodec, function: Any) -> None:
    with pytest.raises(MessageError, match=r"CallablePublisher calls a plain function: .*run_coroutine_threadsafe"):
        CallablePublisher(codec, function)


@pytest.mark.parametrize("with_id", [False, True])
def test_a_coroutine_that_nobody_awaits_keeps_the_message(
    codec: MsgspecCodec, message: Envelope, with_id: bool
) -> None:
    def hear(event: Event, message_id: object = None) -> object:
        return hear_later(event)

    with pytest.raises(NotPublished, match="returned a coroutine, which nobody awaits"):
        CallablePublisher(codec, hear, with_id=with_id).publish(message)


def test_what_a_function_raises_keeps_the_message(codec: MsgspecCodec, message: Envelope) -> None:
    def refuse(_: Event) -> None:
        raise Mishap

    with pytest.raises(Mishap):
        CallablePublisher(codec, refuse).publish(message)


def test_a_message_that_cannot_be_read_is_not_given_to_the_function(codec: MsgspecCodec, message: Envelope) -> None:
    heard = list[Event]()
    publisher = CallablePublisher(codec, heard.append)
    for content, error in [
        (Encoded("gone", 1, "{}"), UnknownMessage),
        (Encoded("user.registered", 2, "{}"), InvalidMessage),
    ]:
        with pytest.raises(error):
            publisher.publish(Envelope(message.id, message.aggregate, content, message.recorded_at))
    assert heard == []


def test_a_list_keeps_what_it_was_given(message: Envelope) -> None:
    recording = RecordingPublisher()
    publisher: Publisher = recording
    other = Envelope(uuid4(), "User:43", message.content, message.recorded_at)
    publisher.publish(message)
    publisher.publish(other)
    assert recording.published == [message, other]
    assert not recording.closed
    publisher.close()
    assert recording.closed


def test_a_list_fails_as_it_is_told(message: Envelope) -> None:
    publisher = RecordingPublisher()
    publisher.fail_next(2, Mishap())
    publisher.fail_next(1, TimeoutError())
    for error in (Mishap, Mishap, TimeoutError):
        with pytest.raises(error):
            publisher.publish(message)
    assert publisher.published == []
    publisher.publish(message)
    assert publisher.published == [message]


def test_several_threads_lose_nothing(message: Envelope) -> None:
    publisher = RecordingPublisher()
    publisher.fail_next(50, Mishap())

    def publish(_: int) -> int:
        try:
            publisher.publish(message)
        except Mishap:
            return 1
        return 0

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(publish, range(500))) == 50
    assert len(publisher.published) == 450
