"""The container: wires configuration, database and unit of work, and is the only place that chooses an adapter."""

from collections.abc import Iterator
from typing import Any

from dependency_injector import containers, providers
from sqlalchemy import orm

from unitofwork.adapters.sqlalchemy import SqlAlchemyDatabase
from unitofwork.service_layer.unit_of_work import UnitOfWork


def open_database(url: str, mapping: orm.registry) -> Iterator[SqlAlchemyDatabase]:
    """Open the database for as long as the container's resources live."""
    database = SqlAlchemyDatabase(url, mapping)
    try:
        yield database
    finally:
        database.dispose()


class Container(containers.DeclarativeContainer):
    """What an application subclasses, to name its registry and its unit of work.

    ::

        @containers.copy(Container)
        class AccountsContainer(Container):
            registry = providers.Singleton(map_accounts)
            unit: providers.Provider[Accounts] = providers.Factory(Accounts, database=Container.database)

        container = AccountsContainer(config={"database": {"url": "sqlite:///accounts.db"}})
        container.init_resources()
        ...
        container.shutdown_resources()

    ``containers.copy`` is needed: it lets the inherited database see the subclass's registry. A test gives another
    database, and then no engine is made: ``AccountsContainer(database=providers.Object(other))``.
    """

    config = providers.Configuration(strict=True)
    """``config.database.url`` is where the entities are kept."""

    registry: providers.Provider[orm.registry] = providers.Dependency(instance_of=orm.registry)
    """The registry that the application's classes are mapped with."""

    database = providers.Resource(open_database, config.database.url, registry)
    """One for the process: made by ``init_resources()`` and closed by ``shutdown_resources()``."""

    unit: providers.Provider[Any] = providers.Factory(UnitOfWork, database=database)
    """A fresh unit of work for each action; the service that it is given to begins it.

    A provider's type is invariant, so that only a subclass can say of which type its units are.
    """
