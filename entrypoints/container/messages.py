"""What containers make of the parts that an application names for its messages."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from sqlalchemy.orm import registry

from unitofwork.adapters.orm.tables import mappers_of
from unitofwork.domain.messages import Command
from unitofwork.domain.outbox import OutboxMessage, ProcessedMessage
from unitofwork.domain.ports import Codec, News, Publisher
from unitofwork.entrypoints.container.configuration import outbox_configuration, relay_configuration, telling
from unitofwork.entrypoints.errors import ContainerError
from unitofwork.service_layer.handlers import Handlers
from unitofwork.service_layer.inbox import Inbox
from unitofwork.service_layer.message_bus import MessageBus
from unitofwork.service_layer.outbox import Outbox
from unitofwork.service_layer.relay import Relay
from unitofwork.service_layer.retrying import Retrying
from unitofwork.service_layer.unit_of_work import UnitOfWork

U = TypeVar("U", bound=UnitOfWork)


def outbox_of(mapping: Callable[[], registry], codec: Codec | None, config: object) -> Outbox | None:
    """The outbox, where there is a codec, and the mapping has its tables."""
    if codec is None or not _has(mapping(), OutboxMessage):
        return None
    return Outbox(codec, **outbox_configuration(config))


def inbox_of(mapping: Callable[[], registry], codec: Codec | None) -> Inbox | None:
    """The inbox, where there is a codec, and the mapping has its table."""
    return None if codec is None or not _has(mapping(), ProcessedMessage) else Inbox(codec)


def bus_of(
    units: Callable[[], U],
    handlers: Handlers | None,
    commands: Collection[type[Command[Any]]],
    retrying: Retrying | None,
) -> MessageBus[U]:
    """The message bus.

    Raises:
        ContainerError: there are no handlers.
        HandlerError: they do not fit.
    """
    return MessageBus(units, given_handlers(handlers), commands=commands, retrying=retrying)


def given_handlers(handlers: Handlers | None) -> Handlers:
    """The handlers, if there are any.

    Raises:
        ContainerError: there are none.
    """
    if handlers is None:
        raise ContainerError(["bus: there are no handlers: name them, as in handlers = providers.Singleton(…)"])
    return handlers


def relay_of(units: Callable[[], UnitOfWork], publisher: Publisher | None, news: News | None, config: object) -> Relay:
    """A relay.

    Raises:
        ContainerError: there is no publisher.
        ConfigurationError: the configuration asks for what cannot be.
    """
    if publisher is None:
        raise ContainerError(["relay: there is no publisher: name one, as in publisher = providers.Singleton(…)"])
    options = relay_configuration(config)
    with telling("relay"):
        return Relay(units, publisher, news=news, **options)


def _has(mapping: registry, entity_type: type) -> bool:
    return any(mapper.class_ is entity_type for mapper in mappers_of(mapping))
