"""The wiring: the library's container, told which mapping and which unit of work are ours."""

from dependency_injector import containers, providers

from accounts.adapters.orm import map_accounts
from accounts.adapters.schema import prepare
from accounts.service_layer.unit_of_work import Accounts
from unitofwork.entrypoints.container import Container


@containers.copy(Container)
class AccountsContainer(Container):
    """Makes units of work on the database at ``config.database.url``.

    ::

        container = AccountsContainer(config={"database": {"url": "sqlite:///accounts.sqlite"}})
        container.init_resources()
        services.register(container.unit(), "Sandy Cheeks", "sandy@example.org")
        container.shutdown_resources()
    """

    registry = providers.Singleton(map_accounts)
    schema = providers.Resource(prepare, Container.database, registry)
    unit: providers.Provider[Accounts] = providers.Factory(Accounts, database=Container.database)
