"""A shop whose keys mean something: of several columns, given by the application, and changed by it."""

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from attrs import field
from sqlalchemy import Column, ForeignKey, ForeignKeyConstraint, Integer, String, Table
from sqlalchemy.orm import registry, relationship

from unitofwork import UnitOfWork, entity, map_entity, repository


@entity
class Country:
    """Known by its code, which may change."""

    code: str
    name: str = ""
    cities: list["City"] = field(factory=list)


@entity
class City:
    """Known by its country's code and its own name."""

    name: str
    country: Country | None = None
    shops: list["Shop"] = field(factory=list)
    country_code: str | None = None


@entity
class Shop:
    """Refers to its city by both columns of its key."""

    title: str
    city: City | None = None
    offers: list["Offer"] = field(factory=list)
    id: int | None = None


@entity
class Offer:
    """Known by its shop and its article, without a field for the shop's key."""

    article: str
    price: int = 0
    shop: Shop | None = None


@entity
class Stock:
    """How much of what is on which shelf: its key is of columns that refer to nothing, in the table's order."""

    shelf: int
    article: str
    amount: int = 0


class Shops(UnitOfWork):
    countries = repository(Country)
    cities = repository(City)
    shops = repository(Shop)
    offers = repository(Offer)
    stocks = repository(Stock)


NewUnit: TypeAlias = Callable[[], Shops]


@cache
def mapping() -> registry:
    """Map the shops, once."""
    made = registry()
    countries = Table(
        "countries", made.metadata, Column("code", String(2), primary_key=True), Column("name", String(30))
    )
    cities = Table(
        "cities",
        made.metadata,
        Column("country_code", ForeignKey("countries.code", onupdate="CASCADE"), primary_key=True),
        Column("name", String(30), primary_key=True),
    )
    shops = Table(
        "shops",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("title", String(30)),
        Column("country_code", String(2)),
        Column("city_name", String(30)),
        ForeignKeyConstraint(["country_code", "city_name"], ["cities.country_code", "cities.name"], onupdate="CASCADE"),
    )
    offers = Table(
        "offers",
        made.metadata,
        Column("shop_id", ForeignKey("shops.id"), primary_key=True),
        Column("article", String(20), primary_key=True),
        Column("price", Integer),
    )
    stocks = Table(
        "stocks",
        made.metadata,
        Column("shelf", Integer, primary_key=True, autoincrement=False),
        Column("article", String(20), primary_key=True),
        Column("amount", Integer),
    )
    map_entity(
        made,
        Country,
        countries,
        properties={"cities": relationship(City, back_populates="country", cascade="all, delete-orphan")},
    )
    map_entity(
        made,
        City,
        cities,
        properties={
            "country": relationship(Country, back_populates="cities"),
            "shops": relationship(Shop, back_populates="city"),
        },
    )
    map_entity(
        made,
        Shop,
        shops,
        properties={
            "city": relationship(City, back_populates="shops"),
            "offers": relationship(Offer, back_populates="shop"),
        },
    )
    map_entity(made, Offer, offers, properties={"shop": relationship(Shop, back_populates="offers")})
    map_entity(made, Stock, stocks)
    return made
