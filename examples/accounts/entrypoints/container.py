"""The wiring: the library's container, told which mapping and which unit of work are ours."""

from dependency_injector import providers

from accounts.adapters.messages import accounts_codec
from accounts.adapters.orm import map_accounts
from accounts.adapters.post import Printing
from accounts.adapters.schema import prepare
from accounts.service_layer.handlers import handlers
from accounts.service_layer.unit_of_work import Accounts
from unitofwork import CallablePublisher
from unitofwork.entrypoints.container import Container


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
    codec = providers.Singleton(accounts_codec)
    unit: providers.Provider[Accounts] = Container.unit_of(Accounts)

    post = providers.Singleton(Printing, write=providers.Object(print))
    """What sends letters."""

    handlers = providers.Singleton(handlers, post=post)
    publisher = providers.Singleton(CallablePublisher, codec=codec, function=Container.bus.provided.publish)
