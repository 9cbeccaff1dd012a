"""Users and their items, and what a SQL construct is for each user.

It is a `column_property` of two users, of whom the second has nothing but a name; the first has two items.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

import attrs
from sqlalchemy import Boolean, Column, Date, DateTime, Float, ForeignKey, Integer, Numeric, String, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import column_property, registry, relationship

from unitofwork import MemoryDatabase, UnitOfWork, entity, map_entity

Build: TypeAlias = Callable[[Any, Any], Any]
"""Makes the construct of the columns of users and of items."""


@entity
class Item:
    title: str
    user_id: int | None = None
    id: int | None = None


@entity
class User:
    name: str
    age: int | None = None
    score: Decimal | None = None
    flag: bool | None = None
    born: date | None = None
    seen: datetime | None = None
    ratio: float | None = None
    data: object = None
    tags: list[int] | None = None
    items: list[Item] = attrs.field(factory=list[Item])
    value: object = attrs.field(init=False, default=None)
    id: int | None = None


def mapped(build: Build) -> registry:
    mapping = registry()
    users = Table(
        "users",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30)),
        Column("age", Integer),
        Column("score", Numeric(8, 2)),
        Column("flag", Boolean),
        Column("born", Date),
        Column("seen", DateTime(timezone=True)),
        Column("ratio", Float),
        Column("data", postgresql.JSONB),
        Column("tags", postgresql.ARRAY(Integer)),
    )
    items = Table(
        "items",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("user_id", ForeignKey("users.id")),
        Column("title", String(30)),
    )
    map_entity(mapping, Item, items)
    tried = column_property(build(users.columns, items.columns).label("value"))
    map_entity(mapping, User, users, properties={"items": relationship(Item), "value": tried})
    return mapping


def values_of(build: Build) -> list[object]:
    """What the construct is for each user."""
    mapping = mapped(build)
    try:
        return _asked(MemoryDatabase(mapping))
    finally:
        mapping.dispose()


def _asked(made: MemoryDatabase) -> list[object]:
    with UnitOfWork(made) as uow:
        moment = datetime(2020, 2, 29, 12, 30, tzinfo=UTC)
        sandy = User("sandy", 7, Decimal("2.50"), True, date(2020, 2, 29), moment, 0.5, {"a": [1, 2]}, [3, 4])
        sandy.items = [Item("one"), Item("two")]
        uow.repository(User).add_all([sandy, User("bob")])
        uow.commit()
    with UnitOfWork(made) as uow:
        return [user.value for user in uow.repository(User).find(order_by="id")]
