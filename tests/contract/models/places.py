"""Places in places, with positions that are values, and with properties that a question can ask for."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeAlias

from attrs import field
from sqlalchemy import Column, ColumnElement, ForeignKey, Integer, String, Table, func
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import composite, registry, relationship, synonym

from unitofwork import UnitOfWork, entity, map_entity, repository, value


@value
class Point:
    x: int
    y: int | None = None


@entity
class Place:
    name: str
    position: Point | None = None
    entrance: Point | None = None
    parent: "Place | None" = None
    children: list["Place"] = field(factory=list)
    roads: list["Place"] = field(factory=list)
    size: int | None = None
    id: int | None = None

    @hybrid_property
    def initial(self) -> str:
        return self.name[:1].upper()

    @initial.inplace.expression
    @classmethod
    def _initial(cls) -> ColumnElement[str]:
        name: Any = cls.name
        return func.upper(func.substr(name, 1, 1))

    @hybrid_property
    def twice(self) -> int | None:
        return None if self.size is None else self.size * 2

    @twice.inplace.expression
    @classmethod
    def _twice(cls) -> ColumnElement[int | None]:
        size: Any = cls.size
        return size * 2  # type: ignore[no-any-return]  # an expression of SQLAlchemy's, of which the class knows nothing


class Places(UnitOfWork):
    places = repository(Place)


NewUnit: TypeAlias = Callable[[], Places]


@cache
def mapping() -> registry:
    """Map the places, once."""
    made = registry()
    places = Table(
        "places",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30), nullable=False),
        Column("size", Integer),
        Column("x", Integer),
        Column("y", Integer),
        Column("entrance_x", Integer),
        Column("entrance_y", Integer),
        Column("parent_id", ForeignKey("places.id")),
    )
    roads = Table(
        "roads",
        made.metadata,
        Column("from_id", ForeignKey("places.id"), primary_key=True),
        Column("to_id", ForeignKey("places.id"), primary_key=True),
    )
    map_entity(
        made,
        Place,
        places,
        properties={
            "position": composite(Point, places.c.x, places.c.y),
            "entrance": composite(Point, places.c.entrance_x, places.c.entrance_y),
            "parent": relationship(Place, back_populates="children", remote_side=places.c.id),
            "children": relationship(
                Place, back_populates="parent", cascade="all, delete-orphan", order_by=places.c.name
            ),
            "roads": relationship(
                Place,
                secondary=roads,
                primaryjoin=places.c.id == roads.c.from_id,
                secondaryjoin=places.c.id == roads.c.to_id,
            ),
            "title": synonym("name"),
        },
    )
    return made
