"""People who record what happens to them, in a mapping that has this library's outbox and inbox."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import TypeAlias

from attrs import field
from sqlalchemy import Column, ForeignKey, Integer, Numeric, String, Table
from sqlalchemy.orm import registry, relationship

from unitofwork import UnitOfWork, entity, map_entity, repository, value
from unitofwork.adapters.orm import inbox_table, outbox_table
from unitofwork.domain.messages import Event, record
from unitofwork.domain.outbox import OutboxBucket, OutboxMessage, ProcessedMessage


@value
class Registered(Event):
    id: int
    name: str


@value
class Renamed(Event):
    name: str


@value
class Moved(Event):
    town: str


@entity
class House:
    town: str
    people: list["Person"] = field(factory=list)
    id: int | None = None

    def move(self, town: str) -> None:
        """Move to another town."""
        self.town = town
        record(self, Moved(town))


@entity
class Person:
    name: str
    house: House | None = None
    id: int | None = None

    def rename(self, name: str) -> None:
        """Take another name."""
        self.name = name
        record(self, Renamed(name))


@entity
class Citizen(Person):
    """A person whose row is in two tables."""

    passport: str = ""


@entity
class Seat:
    """Has a key of two columns."""

    row: int
    place: str
    taken_by: str | None = None

    def take(self, name: str) -> None:
        """Be taken by somebody."""
        self.taken_by = name
        record(self, Renamed(name))


@entity
class Toll:
    """Has a key that is loaded with more digits than it was given."""

    amount: Decimal
    town: str = ""

    def move(self, town: str) -> None:
        """Be taken in another town."""
        self.town = town
        record(self, Moved(town))


class People(UnitOfWork):
    people = repository(Person)
    citizens = repository(Citizen)
    houses = repository(House)
    seats = repository(Seat)
    tolls = repository(Toll)
    outbox = repository(OutboxMessage)
    buckets = repository(OutboxBucket)
    inbox = repository(ProcessedMessage)


NewUnit: TypeAlias = Callable[..., People]


@cache
def mapping() -> registry:
    """Map the people, once."""
    made = registry()
    houses = Table(
        "houses",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("town", String(30), nullable=False),
    )
    people = Table(
        "people",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30), nullable=False, unique=True),
        Column("kind", String(10), nullable=False),
        Column("house_id", ForeignKey("houses.id")),
    )
    citizens = Table(
        "citizens",
        made.metadata,
        Column("id", ForeignKey("people.id"), primary_key=True),
        Column("passport", String(30), nullable=False),
    )
    seats = Table(
        "seats",
        made.metadata,
        Column("row", Integer, primary_key=True, autoincrement=False),
        Column("place", String(5), primary_key=True),
        Column("taken_by", String(30)),
    )
    tolls = Table(
        "tolls",
        made.metadata,
        Column("amount", Numeric(10, 2), primary_key=True),
        Column("town", String(30), nullable=False),
    )
    map_entity(made, House, houses, properties={"people": relationship(Person, back_populates="house")})
    map_entity(
        made,
        Person,
        people,
        properties={"house": relationship(House, back_populates="people")},
        polymorphic_on="kind",
        polymorphic_identity="person",
    )
    map_entity(made, Citizen, citizens, inherits=Person, polymorphic_identity="citizen")
    map_entity(made, Seat, seats)
    map_entity(made, Toll, tolls)
    outbox_table(made.metadata)
    inbox_table(made.metadata)
    return made
