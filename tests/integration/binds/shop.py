"""A shop whose users are in one database, and whose orders are in another."""

from functools import cache

from attrs import field
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import foreign, registry, relationship

from unitofwork import UnitOfWork, entity, map_entity, repository


@entity
class User:
    name: str
    orders: list["Order"] = field(factory=list)
    id: int | None = None


@entity
class Order:
    number: int
    user: User | None = None
    lines: list["Line"] = field(factory=list)
    user_id: int | None = None
    id: int | None = None


@entity
class Line:
    product: str
    order: Order | None = None
    id: int | None = None


class Shop(UnitOfWork):
    users = repository(User)
    orders = repository(Order)
    lines = repository(Line)


@cache
def mapping() -> registry:
    """Map the shop, once. No foreign key leads from the orders' database to the users'."""
    made = registry()
    users = Table(
        "users",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30), nullable=False, unique=True),
    )
    orders = Table(
        "orders",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("number", Integer, nullable=False, unique=True),
        Column("user_id", Integer),
        CheckConstraint("number > 0", name="number_is_positive"),
    )
    lines = Table(
        "order_lines",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("product", String(30), nullable=False),
        Column("order_id", ForeignKey("orders.id"), nullable=False),
    )
    of_user = foreign(orders.c.user_id) == users.c.id
    map_entity(
        made,
        User,
        users,
        properties={"orders": relationship(Order, primaryjoin=of_user, back_populates="user")},
    )
    map_entity(
        made,
        Order,
        orders,
        properties={
            "user": relationship(User, primaryjoin=of_user, back_populates="orders"),
            "lines": relationship(Line, back_populates="order", cascade="all, delete-orphan"),
        },
    )
    map_entity(made, Line, lines, properties={"order": relationship(Order, back_populates="lines")})
    return made
