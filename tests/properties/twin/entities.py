"""The entities of the proof: one of every kind of attribute, relationship and hierarchy that the twin must mirror.

Each attribute has a default, so that a history can leave out any of them.
"""

import enum
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import field

from unitofwork import entity, value


class InOrder(set[Any]):
    """A set that gives its members in the order in which they came.

    Where a set gives them by chance, SQLAlchemy adds and writes them by chance, and two runs never compare.
    """

    def __init__(self, members: Iterable[Any] = ()) -> None:
        super().__init__()
        self._order: dict[Any, None] = {}
        for member in members:
            self.add(member)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._order)

    def add(self, member: Any) -> None:
        super().add(member)
        self._order[member] = None

    def remove(self, member: Any) -> None:
        super().remove(member)
        del self._order[member]

    def discard(self, member: Any) -> None:
        super().discard(member)
        self._order.pop(member, None)


class Colour(enum.Enum):
    """Kept by name; the values are the application's."""

    RED = "#f00"
    GREEN = "#0f0"
    BLUE = "#00f"


@value
class Desk:
    floor: int | None = None
    place: int | None = None


@entity
class Team:
    """Has a version; loses its members when it is deleted."""

    name: str | None = None
    members: list["User"] = field(factory=list)
    version: int | None = None
    id: int | None = None


@entity
class User:
    name: str | None = None
    fullname: str | None = None
    age: int | None = None
    team: Team | None = None
    addresses: list["Address"] = field(factory=list)
    profile: "Profile | None" = None
    tags: set["Tag"] = field(factory=InOrder)
    notes: dict[str, "Note"] = field(factory=dict)
    badges: list["Badge"] = field(factory=list)
    pets: list["Pet"] = field(factory=list)
    id: int | None = None


@entity
class Address:
    """Cannot be without its user."""

    email: str | None = None
    user: User | None = None
    id: int | None = None


@entity
class Profile:
    """There is one for a user, at most."""

    text: str | None = None
    user: User | None = None
    id: int | None = None


@entity
class Tag:
    word: str | None = None
    users: list[User] = field(factory=list)
    id: int | None = None


@entity
class Note:
    """Is found in its user by its keyword."""

    keyword: str | None = None
    text: str | None = None
    user: User | None = None
    id: int | None = None


@entity
class Badge:
    """Its row goes with its user's, by the database's own rule."""

    number: int | None = None
    user: User | None = None
    id: int | None = None


@entity
class Pet:
    """Its row forgets a user that is deleted, by the database's own rule."""

    name: str | None = None
    user: User | None = None
    id: int | None = None


@entity
class Node:
    """Is deleted with its parent."""

    label: str | None = None
    rank: int | None = None
    parent: "Node | None" = None
    children: list["Node"] = field(factory=list)
    id: int | None = None


@entity
class Employee:
    """Who mentors is only asked for when the transaction ends."""

    name: str | None = None
    desk: Desk | None = None
    mentor: "Employee | None" = None
    id: int | None = None
    kind: str = field(init=False)


@entity
class Manager(Employee):
    bonus: int | None = 0


@entity
class Engineer(Employee):
    language: str | None = "python"


@entity
class Vehicle:
    """There is none that is nothing more."""

    plate: str | None = None
    driver: Employee | None = None
    id: int | None = None


@entity
class Car(Vehicle):
    doors: int | None = None


@entity
class Truck(Vehicle):
    tons: int | None = None


@entity
class Order:
    """Has a key of two parts, which the application gives, and a version."""

    shop: str | None = None
    number: int | None = None
    title: str | None = None
    items: list["Item"] = field(factory=list)
    version: int | None = None


@entity
class Item:
    """Refers to its order by two columns of its own key."""

    order: Order | None = None
    position: int | None = None
    product: str | None = None
    shop: str | None = None
    number: int | None = None


@entity
class Sample:
    """Has a column of every type, and columns that others than the application fill."""

    yes: bool | None = None
    small: int | None = None
    big: int | None = None
    price: Decimal | None = None
    ratio: float | None = None
    word: str | None = None
    free: str | None = None
    data: bytes | None = None
    colour: Colour | None = None
    day: date | None = None
    moment: datetime | None = None
    instant: datetime | None = None
    span: timedelta | None = None
    key: UUID | None = None
    facts: Any = None
    settings: dict[str, Any] | None = None
    status: str | None = None
    summary: str | None = None
    currency: str | None = None
    changes: int | None = None
    changed: str | None = None
    remark: str | None = None
    id: int | None = None
