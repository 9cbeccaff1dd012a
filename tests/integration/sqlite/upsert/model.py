"""What the contract's model has not: hierarchies, versions, keyed collections, names that stand for others."""

from typing import Any

from attrs import field
from sqlalchemy import Column, ForeignKey, Integer, String, Table, literal
from sqlalchemy.ext.hybrid import hybrid_method, hybrid_property
from sqlalchemy.orm import attribute_keyed_dict, column_property, composite, registry, relationship, synonym

from unitofwork import UnitOfWork, entity, map_entity, repository, value


@entity
class Person:
    name: str
    id: int | None = None
    kind: str = field(init=False)


@entity
class Engineer(Person):
    pass


@entity
class Manager(Person):
    pass


@entity
class Document:
    text: str
    version: int | None = None
    id: int | None = None


@entity
class Kid:
    name: str
    shape: "Shape | None" = None
    id: int | None = None


@entity
class Corner:
    name: str
    id: int | None = None


@value
class Point:
    x: int
    y: int


@entity
class Shape:
    label: str = ""
    position: Point | None = None
    kids: dict[str, Kid] = field(factory=dict)
    corners: dict[str, Corner] = field(factory=dict)
    id: int | None = None

    @hybrid_property
    def shout(self) -> str:
        return self.label.upper()

    @hybrid_method
    def is_called(self, label: str) -> bool:
        return self.label == label


@entity
class Line:
    text: str
    id: int | None = None


@entity
class Journal:
    name: str
    owner: Person | None = None
    lines: list[Line] = field(factory=list)
    viewed: list[Line] = field(factory=list)
    id: int | None = None


class Unit(UnitOfWork):
    persons = repository(Person)
    engineers = repository(Engineer)
    managers = repository(Manager)
    documents = repository(Document)
    shapes = repository(Shape)
    kids = repository(Kid)
    corners = repository(Corner)
    journals = repository(Journal)
    lines = repository(Line)


def map_people(made: registry) -> None:
    persons = Table(
        "persons",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30)),
        Column("kind", String(10), nullable=False),
    )
    map_entity(made, Person, persons, polymorphic_on=persons.c.kind, polymorphic_identity="person")
    map_entity(made, Engineer, inherits=Person, polymorphic_identity="engineer")
    map_entity(made, Manager, inherits=Person, polymorphic_identity="manager")


def map_documents(made: registry) -> None:
    documents = Table(
        "documents",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("text", String(30)),
        Column("version", Integer, nullable=False),
    )
    map_entity(made, Document, documents, version_id_col=documents.c.version)


def map_shapes(made: registry) -> None:
    shapes = Table(
        "shapes",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("label", String(30)),
        Column("x", Integer),
        Column("y", Integer),
    )
    kids, corners = (
        Table(
            name,
            made.metadata,
            Column("id", Integer, primary_key=True),
            Column("name", String(30)),
            Column("shape_id", ForeignKey("shapes.id")),
        )
        for name in ("kids", "corners")
    )
    keyed: dict[str, Any] = {"collection_class": attribute_keyed_dict("name"), "cascade": "all, delete-orphan"}
    map_entity(
        made,
        Shape,
        shapes,
        properties={
            "position": composite(Point, shapes.c.x, shapes.c.y),
            "title": synonym("label"),
            "place": synonym("position"),
            "answer": column_property(literal(42)),
            "kids": relationship(Kid, back_populates="shape", **keyed),
            "corners": relationship(Corner, **keyed),
        },
    )
    map_entity(made, Kid, kids, properties={"shape": relationship(Shape, back_populates="kids")})
    map_entity(made, Corner, corners)


def map_journals(made: registry) -> None:
    journals = Table(
        "journals",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30)),
        Column("owner_id", ForeignKey("persons.id")),
    )
    lines = Table(
        "lines",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("text", String(30)),
        Column("journal_id", ForeignKey("journals.id")),
    )
    map_entity(
        made,
        Journal,
        journals,
        properties={
            "owner": relationship(Person, cascade="save-update"),
            "lines": relationship(Line),
            "viewed": relationship(Line, viewonly=True),
            "queried": relationship(Line, lazy="dynamic", overlaps="lines"),
            "written": relationship(Line, lazy="write_only", overlaps="lines,queried"),
        },
    )
    map_entity(made, Line, lines)


def keep(uow: Unit, *entities: object) -> None:
    """Commit new entities, and let the unit forget them."""
    for each in entities:
        uow.session.add(each)
    uow.commit()
    uow.session.expunge_all()


# --- keyed collections ----------------------------------------------------------------------------------------------


def keep_shape(uow: Unit) -> None:
    keep(uow, Shape("s", kids={"k": Kid("k", id=3)}, corners={"c": Corner("c", id=4)}, id=1))
