"""The shop, and its container."""

from functools import cache

from dependency_injector import providers
from sqlalchemy import Column, Integer, String, Table
from sqlalchemy.orm import registry

from unitofwork import UnitOfWork, entity, map_entity, repository
from unitofwork.entrypoints.container import Container


@entity
class Article:
    name: str
    id: int | None = None


class Shop(UnitOfWork):
    articles = repository(Article)


@cache
def map_shop() -> registry:
    mapping = registry()
    columns = Column("id", Integer, primary_key=True), Column("name", String(30))
    map_entity(mapping, Article, Table("articles", mapping.metadata, *columns))
    return mapping


class ShopContainer(Container):
    registry = providers.Singleton(map_shop)
    unit: providers.Provider[Shop] = Container.unit_of(Shop)
    currency = providers.Object("EUR")
