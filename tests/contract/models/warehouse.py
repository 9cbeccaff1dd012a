"""A warehouse that is filled by lists: value objects, defaults of every kind, versions, hierarchies."""

from collections.abc import Callable
from functools import cache
from itertools import count
from typing import TypeAlias

from attrs import Factory, field
from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, UniqueConstraint, func
from sqlalchemy.orm import composite, registry, relationship, synonym

from unitofwork import UnitOfWork, entity, map_entity, repository, value


@value
class Price:
    amount: int
    currency: str


@entity
class Article:
    """What nobody gives is filled in: by the field, by SQLAlchemy for the column, or by the database."""

    title: str
    price: Price | None = None
    label: str = "new"
    colour: str = field(factory=lambda: "grey", converter=str.upper)
    origin: str | None = None
    code: str | None = None
    stock: int = 0
    number: int | None = None
    description: str | None = None
    place: str | None = None
    initial: str | None = None
    supplier: "Supplier | None" = None
    version: int | None = None
    id: int | None = None


@entity
class Supplier:
    name: str
    articles: list[Article] = field(factory=list)
    id: int | None = None


@entity
class Place:
    """Its key is of two parts, and its shelf is made of it as a whole."""

    hall: int
    number: int
    shelf: str = Factory(lambda place: f"{place.hall}-{place.number}", takes_self=True)


@entity
class Box:
    """Boxes and crates share a table."""

    weight: int
    kind: str = field(init=False)
    id: int | None = None


@entity
class Crate(Box):
    wood: str = "pine"


@entity
class Machine:
    """Each lorry is kept by two tables."""

    name: str
    kind: str = field(init=False)
    id: int | None = None


@entity
class Lorry(Machine):
    seats: int = 2


class Warehouse(UnitOfWork):
    articles = repository(Article)
    suppliers = repository(Supplier)
    places = repository(Place)
    boxes = repository(Box)
    crates = repository(Crate)
    machines = repository(Machine)
    lorries = repository(Lorry)


NewUnit: TypeAlias = Callable[[], Warehouse]

_numbers = count(1)


def _described(context: object) -> str:
    given: dict[str, object] = context.get_current_parameters()  # type: ignore[attr-defined]  # as SQLAlchemy gives it
    return f"{given['title']}, {given['label']}"


@cache
def mapping() -> registry:
    """Map the warehouse, once."""
    made = registry()
    metadata = made.metadata
    suppliers = Table(
        "suppliers",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30), nullable=False),
    )
    articles = Table(
        "articles",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("title", String(30), nullable=False, unique=True),
        Column("price_amount", Integer),
        Column("price_currency", String(3)),
        Column("label", String(20), nullable=False, default="plain"),
        Column("colour", String(20), nullable=False),
        Column("origin", String(20), default="unknown", onupdate="revised"),
        Column("code", String(20)),
        Column("stock", Integer, nullable=False),
        Column("number", Integer, nullable=False, default=lambda: next(_numbers)),
        Column("description", String(60), default=_described),
        Column("place", String(20), server_default="hall"),
        Column("initial", String(20), default=func.lower("A")),
        Column("supplier_id", ForeignKey("suppliers.id", ondelete="CASCADE")),
        Column("version", Integer, nullable=False),
        Index("articles_by_code", "code", unique=True),
    )
    places = Table(
        "places",
        metadata,
        Column("hall", Integer, primary_key=True, autoincrement=False),
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("shelf", String(20), nullable=False),
    )
    boxes = Table(
        "boxes",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("kind", String(10), nullable=False),
        Column("weight", Integer, nullable=False),
        Column("wood", String(10)),
        UniqueConstraint("weight", "wood"),
    )
    machines = Table(
        "machines",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(20), nullable=False),
        Column("kind", String(10), nullable=False),
    )
    lorries = Table(
        "lorries",
        metadata,
        Column("id", ForeignKey("machines.id"), primary_key=True),
        Column("seats", Integer, nullable=False),
    )
    map_entity(
        made,
        Article,
        articles,
        properties={
            "price": composite(Price, articles.c.price_amount, articles.c.price_currency),
            "supplier": relationship(Supplier, back_populates="articles"),
            "name": synonym("title"),
        },
        version_id_col=articles.c.version,
    )
    map_entity(
        made,
        Supplier,
        suppliers,
        properties={"articles": relationship(Article, back_populates="supplier", passive_deletes="all")},
    )
    map_entity(made, Place, places)
    map_entity(made, Box, boxes, polymorphic_on=boxes.c.kind, polymorphic_identity="box", exclude_properties=["wood"])
    map_entity(made, Crate, inherits=Box, polymorphic_identity="crate", properties={"wood": boxes.c.wood})
    map_entity(made, Machine, machines, polymorphic_on=machines.c.kind, polymorphic_identity="machine")
    map_entity(made, Lorry, lorries, inherits=Machine, polymorphic_identity="lorry")
    return made
