"""What checkers infer of a container that an application has subclassed."""

from typing import assert_type

from dependency_injector import providers
from pydantic_settings import SettingsConfigDict
from sqlalchemy.orm import registry

from unitofwork import (
    AsyncSqlAlchemyDatabase,
    AsyncUnitOfWork,
    Codec,
    Handlers,
    MemoryDatabase,
    MessageBus,
    PostgresNews,
    RecordingPublisher,
    Relay,
    Retrying,
    SqlAlchemyDatabase,
    UnitOfWork,
)
from unitofwork.entrypoints.container import AsyncContainer, Container, Settings, environment


class Shop(UnitOfWork): ...


class AsyncShop(AsyncUnitOfWork[Shop]): ...


def map_shop() -> registry:
    raise NotImplementedError


def codec() -> Codec:
    raise NotImplementedError


def handlers(greeting: str) -> Handlers:
    raise NotImplementedError


class ShopSettings(Settings):
    model_config = SettingsConfigDict(env_prefix="SHOP_")
    currency: str = "EUR"


class ShopContainer(Container):
    registry = providers.Singleton(map_shop)
    codec = providers.Singleton(codec)
    unit: providers.Provider[Shop] = Container.unit_of(Shop, cursor_secret=b"0123456789abcdef")
    handlers = providers.Singleton(handlers, greeting=Container.config.greeting)
    retrying = providers.Factory(Retrying, attempts=3)
    publisher = providers.Singleton(RecordingPublisher)
    news = providers.Factory(PostgresNews, Container.database)
    bus: providers.Provider[MessageBus[Shop]] = Container.bus


class AsyncShopContainer(AsyncContainer):
    registry = providers.Singleton(map_shop)
    unit: providers.Provider[AsyncShop] = AsyncContainer.unit_of(AsyncShop)


def run() -> None:
    container = ShopContainer(config=environment("SHOP_"))
    container.init_resources()
    container.self_check()
    assert_type(container.unit(), Shop)
    assert_type(container.database(), SqlAlchemyDatabase)
    assert_type(container.relay(), Relay)
    assert_type(container.bus(), MessageBus[Shop])
    container.shutdown_resources()


async def run_awaited() -> None:
    container = AsyncShopContainer(config=ShopSettings().model_dump())
    container.init_resources()
    container.self_check()
    assert_type(container.unit(), AsyncShop)
    assert_type(container.database(), AsyncSqlAlchemyDatabase)
    await container.shutdown_resources()


def test() -> None:
    tested = ShopContainer(database=providers.Object(MemoryDatabase(map_shop())))
    assert_type(tested.unit(), Shop)
