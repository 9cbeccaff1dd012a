"""The container of an application whose units of work are not awaited."""

from collections.abc import Iterator
from typing import Any

from dependency_injector import providers
from sqlalchemy import orm

from unitofwork.adapters.sqlalchemy import SqlAlchemyDatabase
from unitofwork.domain.ports import News, Publisher
from unitofwork.entrypoints.container.base import BaseContainer
from unitofwork.entrypoints.container.configuration import database_configuration, telling
from unitofwork.entrypoints.container.messages import bus_of, relay_of
from unitofwork.entrypoints.container.shared_resource import SharedResource
from unitofwork.service_layer.message_bus import MessageBus
from unitofwork.service_layer.relay import Relay
from unitofwork.service_layer.unit_of_work import UnitOfWork


def open_database(config: object, mapping: orm.registry) -> Iterator[SqlAlchemyDatabase]:
    """Open the database for as long as the container's resources live.

    Raises:
        ConfigurationError: the configuration lacks its URL, or asks for what cannot be.
        MappingError: the mapping does not fit the classes, or not the binds.
    """
    said = database_configuration(config)
    with telling("database"):
        database = SqlAlchemyDatabase(
            said.url, mapping, options=said.options, binds=said.bound(mapping), twophase=said.twophase
        )
    try:
        yield database
    finally:
        database.dispose()


class Container(BaseContainer):
    """What an application subclasses, to name its registry, its units of work, and what else it has.

    ::

        class ShopContainer(Container):
            registry = providers.Singleton(map_shop)
            unit: providers.Provider[Shop] = Container.unit_of(Shop)


        container = ShopContainer(config={"database": {"url": "sqlite:///shop.db"}})
        container.init_resources()
        ...
        container.shutdown_resources()

    What a subclass names is used by all that it inherits. A test gives another database, and then no engine is made:
    ``ShopContainer(database=providers.Object(MemoryDatabase(map_shop())))``.
    """

    database: providers.Provider[SqlAlchemyDatabase] = SharedResource(
        open_database, BaseContainer.config, BaseContainer.registry
    )
    """One for the process: opened by ``init_resources()``, and closed by ``shutdown_resources()``."""

    unit: providers.Provider[Any] = providers.Factory(
        UnitOfWork, database=database, outbox=BaseContainer.outbox, inbox=BaseContainer.inbox
    )
    """A fresh unit of work for each action; the service that it is given to begins it."""

    bus: providers.Provider[MessageBus[Any]] = providers.Singleton(
        bus_of, unit.provider, BaseContainer.handlers, BaseContainer.commands, BaseContainer.retrying
    )
    """Gives commands and events to the handlers."""

    publisher: providers.Provider[Publisher | None] = providers.Object(None)
    """Whom a relay hands messages to, if the application has one."""

    news: providers.Provider[News | None] = providers.Object(None)
    """What lets a relay hear of new messages, such as `PostgresNews`; a fresh one for each relay."""

    relay: providers.Provider[Relay] = providers.Factory(relay_of, unit.provider, publisher, news, BaseContainer.config)
    """A relay from the outbox to the publisher."""
