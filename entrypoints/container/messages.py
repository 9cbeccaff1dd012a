"""What containers make of the parts that an application names for its messages."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

import attrs
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


@attrs.frozen
class Keeping:
    """What of messages is kept with the data, if anything is."""

    outbox: Outbox | None = None
    inbox: Inbox | None = None


def keeping_of(mapping: Callable[[], registry], codec: Codec | None, config: object) -> Keeping:
    """The outbox and the inbox, where there is a codec, and the mapping has their tables.

    Raises:
        ConfigurationError: the configuration asks for what cannot be.
    """
    if codec is None:
        return Keeping()
    mapped = {mapper.class_ for mapper in mappers_of(mapping())}
    return Keeping(
        outbox=Outbox(codec, **outbox_configuration(config)) if OutboxMessage in mapped else None,
        inbox=Inbox(codec) if ProcessedMessage in mapped else None,
    )


def outbox_of(keeping: Keeping) -> Outbox | None:
    """The outbox, if there is one."""
    return keeping.outbox


def inbox_of(keeping: Keeping) -> Inbox | None:
    """The inbox, if there is one."""
    return keeping.inbox


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
