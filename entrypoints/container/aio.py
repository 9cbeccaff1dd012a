"""The container of an application on asyncio."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar, cast

from dependency_injector import containers, providers
from sqlalchemy import orm

from unitofwork.adapters.sqlalchemy.async_database import AsyncSqlAlchemyDatabase
from unitofwork.domain.messages import Command
from unitofwork.entrypoints.container.base import BaseContainer, Instance
from unitofwork.entrypoints.container.configuration import database_configuration, telling
from unitofwork.entrypoints.container.inheriting import is_overridden
from unitofwork.entrypoints.container.messages import given_handlers
from unitofwork.entrypoints.container.shared_resource import SharedResource
from unitofwork.service_layer.aio import AsyncMessageBus, AsyncUnitOfWork
from unitofwork.service_layer.handlers import Handlers
from unitofwork.service_layer.retrying import Retrying

A = TypeVar("A", bound=AsyncUnitOfWork[Any])


def open_async_database(config: object, mapping: orm.registry) -> AsyncSqlAlchemyDatabase:
    """Open the database, which waits for nothing; the container closes it.

    Raises:
        ConfigurationError, MappingError: as for a `Container`.
    """
    said = database_configuration(config)
    with telling("database"):
        return AsyncSqlAlchemyDatabase(
            said.url, mapping, options=said.options, binds=said.bound(mapping), twophase=said.twophase
        )


def bus_of(
    units: Callable[[], A],
    handlers: Handlers | None,
    commands: Collection[type[Command[Any]]],
    retrying: Retrying | None,
) -> AsyncMessageBus[A]:
    """The message bus.

    Raises:
        ContainerError: there are no handlers.
        HandlerError: they do not fit.
    """
    return AsyncMessageBus(units, given_handlers(handlers), commands=commands, retrying=retrying)


class ClosedAwaiting:
    """A container that closes its database where that is awaited."""

    async def shutdown_resources(
        self, resource_type: type[providers.BaseResource[Any]] = providers.BaseResource
    ) -> None:
        """Close all other resources, in the order in which they depend on one another, and then the database."""
        container = cast(containers.DynamicContainer, self)
        resource: providers.Provider[AsyncSqlAlchemyDatabase] = container.providers["database"]
        database = _opened(resource) if isinstance(resource, resource_type) else None
        closing = containers.DynamicContainer.shutdown_resources(container, resource_type)
        if closing is not None:
            await closing
        if database is not None:
            await database.aclose()


def _opened(resource: providers.BaseResource[AsyncSqlAlchemyDatabase]) -> AsyncSqlAlchemyDatabase | None:
    """The database that the container itself opened."""
    return resource() if resource.initialized and not is_overridden(resource) else None


class AsyncInstance(ClosedAwaiting, Instance):
    """What calling a container's class makes."""


class AsyncContainer(ClosedAwaiting, BaseContainer):
    """What an application on asyncio subclasses, to name its registry, its units of work, and what else it has.

    ::

        class ShopContainer(AsyncContainer):
            registry = providers.Singleton(map_shop)
            unit: providers.Provider[AsyncShop] = AsyncContainer.unit_of(AsyncShop)


        container = ShopContainer(config={"database": {"url": "sqlite:///shop.db"}})
        container.init_resources()
        ...
        await container.shutdown_resources()

    An asynchronous resource of dependency-injector would turn all that depends on it into futures: the database, each
    unit, the bus. So the database is opened like any other object, since nothing has to be awaited for that, and
    closed by ``await container.shutdown_resources()``. All else is as for `Container`; a relay works in a process or a
    thread of its own, with the units of a `Container`.
    """

    instance_type = AsyncInstance

    database: providers.Provider[AsyncSqlAlchemyDatabase] = SharedResource(
        open_async_database, BaseContainer.config, BaseContainer.registry
    )
    """One for the process and its event loop."""

    unit: providers.Provider[Any] = providers.Factory(
        AsyncUnitOfWork, database=database, outbox=BaseContainer.outbox, inbox=BaseContainer.inbox
    )
    """A fresh unit of work for each action."""

    bus: providers.Provider[AsyncMessageBus[Any]] = providers.Singleton(
        bus_of, unit.provider, BaseContainer.handlers, BaseContainer.commands, BaseContainer.retrying
    )
    """Gives commands and events to the handlers."""
