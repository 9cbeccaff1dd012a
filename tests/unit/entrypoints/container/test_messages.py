"""What an application names for its messages is wired together, and what it does not name is not there."""

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from dependency_injector import providers
from sqlalchemy import Column, Integer, String, Table
from sqlalchemy.orm import registry

from unitofwork import (
    CallablePublisher,
    Codec,
    Command,
    Event,
    EventWarning,
    Handlers,
    MemoryDatabase,
    MessageTypes,
    MsgspecCodec,
    OutboxMessage,
    Retrying,
    UnitOfWork,
    entity,
    inbox_table,
    map_entity,
    outbox_table,
    record,
    repository,
    value,
)
from unitofwork.domain.errors import Conflict
from unitofwork.entrypoints.container import ConfigurationError, Container, ContainerError


@entity
class Letter:
    text: str
    id: int | None = None


@value
class LetterSent(Event):
    text: str


@value
class LetterLost(Event):
    text: str


@value
class Send(Command[str]):
    text: str


class Post(UnitOfWork):
    letters = repository(Letter)


def codec() -> MsgspecCodec:
    types = MessageTypes()
    types.add(LetterSent, "letter-sent")
    return MsgspecCodec(types)


def handlers(delivered: list[str]) -> Handlers:
    made = Handlers()

    @made.command
    def send(command: Send, uow: Post) -> str:
        letter = Letter(command.text)
        record(letter, LetterSent(command.text))
        uow.letters.add(letter)
        return command.text.upper()

    @made.on(after_commit=True)
    def deliver(event: LetterSent) -> None:
        delivered.append(event.text)

    return made


@pytest.fixture(params=["with tables", "without tables"])
def with_tables(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "with tables")


@pytest.fixture
def mapping(with_tables: bool) -> Iterator[registry]:
    made = registry()
    columns = Column("id", Integer, primary_key=True), Column("text", String(30))
    map_entity(made, Letter, Table("letters", made.metadata, *columns))
    if with_tables:
        outbox_table(made.metadata)
        inbox_table(made.metadata)
    yield made
    made.dispose()


@pytest.fixture
def plain(mapping: registry) -> Container:
    """A container of an application without messages."""

    class PlainContainer(Container):
        registry = providers.Object(mapping)

    return PlainContainer(database=providers.Object(MemoryDatabase(mapping)))


@pytest.fixture
def delivered() -> list[str]:
    return []


@pytest.fixture
def container(mapping: registry, delivered: list[str]) -> Container:
    """A container of an application that publishes to its own bus."""

    class PostContainer(Container):
        registry = providers.Object(mapping)
        codec: providers.Provider[Codec | None] = providers.Singleton(codec)
        unit: providers.Provider[Post] = Container.unit_of(Post)
        handlers = providers.Singleton(handlers, providers.Object(delivered))
        commands = providers.Object([Send])
        publisher = providers.Singleton(CallablePublisher, codec, Container.bus.provided.publish)

    return PostContainer(database=providers.Object(MemoryDatabase(mapping)))


def test_a_command_is_handled_and_its_events_are_kept_and_published(
    container: Container, delivered: list[str], with_tables: bool
) -> None:
    assert container.bus().handle(Send("hello")) == "HELLO"
    assert delivered == ["hello"]
    if with_tables:
        assert container.relay().run_once() == 1
        assert delivered == ["hello", "hello"]


def test_events_are_kept_where_the_mapping_has_the_tables(container: Container, with_tables: bool) -> None:
    assert (container.outbox() is not None) is (container.inbox() is not None) is with_tables
    with container.unit() as uow:
        assert isinstance(uow, Post)
        letter = Letter("hello")
        record(letter, LetterSent("hello"))
        uow.letters.add(letter)
        with nullcontext() if with_tables else pytest.warns(EventWarning, match="neither an outbox nor a subscriber"):
            uow.commit()
        if with_tables:
            assert uow.repository(OutboxMessage).count() == 1
            assert uow.once("a message", len, "hello") == 5


def test_a_codec_is_given_kinds_that_are_named_before_or_after_the_container(mapping: registry) -> None:
    types = MessageTypes()
    types.add(LetterSent, "letter-sent")

    class PostContainer(Container):
        registry = providers.Object(mapping)
        codec: providers.Provider[Codec | None] = providers.Singleton(MsgspecCodec, types)

    made = PostContainer(database=providers.Object(MemoryDatabase(mapping))).codec()
    types.add(LetterLost, "letter-lost")
    assert made is not None
    for event in (LetterSent("hello"), LetterLost("hello")):
        assert made.decode(made.encode(event)) == event


def test_without_a_codec_nothing_is_kept(plain: Container) -> None:
    assert (plain.outbox(), plain.inbox()) == (None, None)
    assert plain.unit().life is not None


def test_what_is_kept_is_asked_for_once_and_not_by_each_unit(container: Container, mapping: registry) -> None:
    asked: list[None] = []

    def counted() -> registry:
        asked.append(None)
        return mapping

    container.registry.override(providers.Callable(counted))
    for _ in range(3):
        container.unit()
    assert len(asked) == 1


def test_the_outbox_and_the_relay_are_as_configured(container: Container, with_tables: bool) -> None:
    container.config.from_dict({"outbox": {"notify": "yes"}, "relay": {"batch": "7", "interval": 0.5}})
    if with_tables:
        outbox = container.outbox()
        assert outbox is not None
        assert outbox.notify
    container.config.from_dict({"relay": {"batch": "0"}})
    with pytest.raises(ConfigurationError, match=r"config\.relay: batch is more than zero"):
        container.relay()
    container.config.from_dict({"relay": {"batch": "1", "lesae": 3}})
    with pytest.raises(ConfigurationError, match=r"config\.relay has an option lesae, which there is not"):
        container.relay()


def test_the_bus_runs_a_transaction_again_if_it_is_told_to(container: Container, delivered: list[str]) -> None:
    container.retrying.override(providers.Object(Retrying(wait_initial=0, wait_max=0, wait_jitter=0)))
    container.database().faults.fail("commit", with_=Conflict)  # type: ignore[attr-defined]  # the twin's
    assert container.bus().handle(Send("hello")) == "HELLO"
    assert delivered == ["hello"]


def test_what_is_not_named_is_asked_for(plain: Container) -> None:
    with pytest.raises(ContainerError, match=r"bus: there are no handlers: name them"):
        plain.bus()
    with pytest.raises(ContainerError, match=r"relay: there is no publisher: name one"):
        plain.relay()
    assert (plain.publisher(), plain.news()) == (None, None)
