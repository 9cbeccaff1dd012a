"""E10 and E12: `upsert` of what the contract's model has not, from class hierarchies to dictionaries of children."""

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import field
from sqlalchemy import Column, ForeignKey, Integer, String, Table, literal
from sqlalchemy.ext.hybrid import hybrid_method, hybrid_property
from sqlalchemy.orm import attribute_keyed_dict, column_property, composite, registry, relationship, synonym

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, repository, value
from unitofwork.domain.errors import MappingError, StaleEntity, UnitOfWorkError, WrongType


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


def _map_people(made: registry) -> None:
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


def _map_documents(made: registry) -> None:
    documents = Table(
        "documents",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("text", String(30)),
        Column("version", Integer, nullable=False),
    )
    map_entity(made, Document, documents, version_id_col=documents.c.version)


def _map_shapes(made: registry) -> None:
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


def _map_journals(made: registry) -> None:
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


@pytest.fixture(scope="module")
def mapping() -> Iterator[registry]:
    made = registry()
    _map_people(made)
    _map_documents(made)
    _map_shapes(made)
    _map_journals(made)
    yield made
    made.dispose()


@pytest.fixture
def database(mapping: registry) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase("sqlite://", mapping)
    made.create_schema()
    yield made
    made.dispose()


@pytest.fixture
def unit(database: SqlAlchemyDatabase) -> Iterator[Unit]:
    with Unit(database) as uow:
        yield uow


def keep(uow: Unit, *entities: object) -> None:
    """Commit new entities, and let the unit forget them."""
    for each in entities:
        uow.session.add(each)
    uow.commit()
    uow.session.expunge_all()


# --- hierarchies of classes -----------------------------------------------------------------------------------------


def test_a_base_is_not_upserted_onto_its_subclass(unit: Unit) -> None:
    keep(unit, Manager("m", id=3))
    with pytest.raises(UnitOfWorkError, match=r"Person.*Manager"):
        unit.persons.upsert(Person("n", id=3))
    unit.commit()
    assert [manager.name for manager in unit.managers.find()] == ["m"]


@pytest.mark.parametrize("loaded", [False, True])
def test_an_entity_is_not_upserted_onto_another_branch(unit: Unit, loaded: bool) -> None:
    keep(unit, Engineer("e", id=2))
    if loaded:
        unit.engineers.get_one(2)
    with pytest.raises(UnitOfWorkError, match=r"Manager.*Engineer"):
        unit.managers.upsert(Manager("m", id=2))
    unit.commit()
    assert unit.engineers.get_one(2).name == "e"


def test_a_subclass_is_made_and_copied_onto_as_its_own(unit: Unit) -> None:
    unit.persons.upsert(Manager("m", id=3))
    unit.commit()
    unit.session.expunge_all()
    unit.persons.upsert(Manager("n", id=3))
    unit.commit()
    assert [(manager.name, manager.kind) for manager in unit.managers.find()] == [("n", "manager")]


def test_the_discriminator_is_never_copied(unit: Unit) -> None:
    keep(unit, Manager("m", id=3))
    given = Manager("n", id=3)
    given.kind = "person"
    assert unit.managers.upsert(given).kind == "manager"
    with pytest.raises(MappingError, match=r"Manager\.kind is .*, not copied"):
        unit.managers.upsert(given, fields="kind")


# --- versions -------------------------------------------------------------------------------------------------------


def keep_at_version_2(uow: Unit) -> None:
    document = Document("a", id=1)
    keep(uow, document)
    uow.documents.get_one(1).text = "b"
    uow.commit()
    uow.session.expunge_all()


@pytest.mark.parametrize("version", [1, 3])
def test_another_version_than_the_rows_is_stale(unit: Unit, version: int) -> None:
    keep_at_version_2(unit)
    with pytest.raises(StaleEntity):
        unit.documents.upsert(Document("zz", version=version, id=1))
    unit.commit()
    document = unit.documents.get_one(1)
    assert (document.text, document.version) == ("b", 2)


@pytest.mark.parametrize("version", [None, 2])
def test_the_version_goes_on_from_the_rows(unit: Unit, version: int | None) -> None:
    keep_at_version_2(unit)
    managed = unit.documents.upsert(Document("zz", version=version, id=1))
    unit.commit()
    assert (managed.text, managed.version) == ("zz", 3)


@pytest.mark.parametrize("version", [None, 7])
def test_a_made_entity_has_the_first_version(unit: Unit, version: int | None) -> None:
    managed = unit.documents.upsert(Document("zz", version=version, id=1))
    unit.commit()
    assert (managed.text, managed.version) == ("zz", 1)


def test_a_detached_entity_whose_row_is_gone_is_stale(unit: Unit) -> None:
    detached = Document("a", id=1)
    keep(unit, detached)
    unit.documents.delete(unit.documents.get_one(1))
    with pytest.raises(StaleEntity):
        unit.documents.upsert(detached)


def test_a_detached_entity_of_an_older_version_is_stale(unit: Unit) -> None:
    detached = Document("a", id=1)
    keep(unit, detached)
    unit.documents.get_one(1).text = "b"
    unit.commit()
    with pytest.raises(StaleEntity):
        unit.documents.upsert(detached, fields="text")


def test_the_version_is_no_field_to_copy(unit: Unit) -> None:
    keep_at_version_2(unit)
    with pytest.raises(MappingError, match=r"Document\.version is .*, not copied"):
        unit.documents.upsert(Document("zz", version=2, id=1), fields="version")


# --- keyed collections ----------------------------------------------------------------------------------------------


def keep_shape(uow: Unit) -> None:
    keep(uow, Shape("s", kids={"k": Kid("k", id=3)}, corners={"c": Corner("c", id=4)}, id=1))


@pytest.mark.parametrize("loaded", [False, True])
@pytest.mark.parametrize(
    "given",
    [
        lambda: Shape("t", kids={"k": Kid("k")}, id=1),
        lambda: Shape("t", kids={"k": Kid("k", id=30)}, id=1),
        lambda: Shape("t", corners={"c": Corner("c")}, id=1),
    ],
)
def test_an_occupied_key_is_not_taken(unit: Unit, given: Any, loaded: bool) -> None:
    keep_shape(unit)
    if loaded:
        assert [*unit.shapes.get_one(1).kids, *unit.shapes.get_one(1).corners] == ["k", "c"]
    with pytest.raises(UnitOfWorkError, match=r"Shape\.(kids|corners) .* fields="):
        unit.shapes.upsert(given())
    unit.commit()
    assert (unit.kids.get_one(3).name, unit.corners.get_one(4).name) == ("k", "c")


def test_an_occupied_key_is_not_taken_from_the_childs_side(unit: Unit) -> None:
    keep_shape(unit)
    with pytest.raises(UnitOfWorkError, match=r"Shape\.kids .* fields="):
        unit.kids.upsert(Kid("k", Shape("t", id=1)))
    unit.commit()
    assert unit.kids.get_one(3).name == "k"


def test_a_key_is_kept_by_the_member_that_has_it(unit: Unit) -> None:
    keep_shape(unit)
    given = Shape("s", kids={"k": Kid("k", id=3), "l": Kid("l")}, corners={"d": Corner("d")}, id=1)
    managed = unit.shapes.upsert(given)
    unit.commit()
    assert (set(managed.kids), set(managed.corners)) == ({"k", "l"}, {"c", "d"})
    assert (unit.kids.count(), unit.corners.count()) == (2, 2)


def test_a_member_that_the_unit_has_keeps_its_key(unit: Unit) -> None:
    keep_shape(unit)
    corner = unit.corners.get_one(4)
    assert unit.shapes.upsert(Shape("s", corners={"c": corner}, id=1)).corners == {"c": corner}


def test_a_member_that_has_no_key_yet_keeps_its_place(unit: Unit) -> None:
    keep_shape(unit)
    corner = Corner("d")
    with unit.no_autoflush():
        managed = unit.shapes.get_one(1)
        managed.corners["d"] = corner
        unit.shapes.upsert(Shape("s", corners={"d": corner}, id=1))
        assert managed.corners["d"] is corner


def test_fields_may_replace_the_member_of_a_key(unit: Unit) -> None:
    keep_shape(unit)
    given = Shape(kids={"k": Kid("k")}, corners={"c": Corner("c")}, id=1)
    managed = unit.shapes.upsert(given, fields=["kids", "corners"])
    unit.commit()
    assert (managed.kids["k"].id, managed.corners["c"].id) != (3, 4)
    assert (unit.kids.count(), unit.corners.count()) == (1, 1)


def test_fields_may_give_the_key_of_a_member_to_another_and_keep_both(unit: Unit) -> None:
    keep_shape(unit)
    given = Shape(kids={"z": Kid("z", id=3), "k": Kid("k")}, corners={"z": Corner("z", id=4), "c": Corner("c")}, id=1)
    managed = unit.shapes.upsert(given, fields=["kids", "corners"])
    unit.commit()
    assert (managed.kids["z"].id, managed.corners["z"].id) == (3, 4)
    assert (unit.kids.count(), unit.corners.count()) == (2, 2)


# --- names that stand for others ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["position", "place"])
def test_fields_may_name_a_composite(unit: Unit, name: str) -> None:
    keep(unit, Shape("s", Point(1, 2), id=1))
    assert unit.shapes.get_one(1).position == Point(1, 2)
    managed = unit.shapes.upsert(Shape("t", Point(3, 4), id=1), fields=name)
    assert (managed.label, managed.position) == ("s", Point(3, 4))
    unit.commit()
    unit.session.expunge_all()
    assert unit.shapes.get_one(1).position == Point(3, 4)


def test_a_composite_is_copied_with_its_columns(unit: Unit) -> None:
    keep(unit, Shape("s", Point(1, 2), id=1))
    assert unit.shapes.get_one(1).position == Point(1, 2)
    assert unit.shapes.upsert(Shape("s", Point(3, 4), id=1)).position == Point(3, 4)


def test_fields_may_name_a_synonym(unit: Unit) -> None:
    keep(unit, Shape("s", Point(1, 2), id=1))
    managed = unit.shapes.upsert(Shape("t", id=1), fields="title")
    assert (managed.label, managed.position) == ("t", Point(1, 2))


@pytest.mark.parametrize("name", ["shout", "is_called", "answer"])
def test_fields_refuses_what_is_computed(unit: Unit, name: str) -> None:
    keep(unit, Shape("s", id=1))
    with pytest.raises(MappingError, match=r"is computed, not copied|has no attribute"):
        unit.shapes.upsert(Shape("t", id=1), fields=["label", name])
    assert unit.shapes.get_one(1).label == "s"


@pytest.mark.parametrize("name", ["label", "title", "position", "corners"])
def test_fields_refuses_what_is_not_loaded(unit: Unit, name: str) -> None:
    keep(unit, Shape("s", Point(1, 2), id=1))
    detached = unit.shapes.get_one(1)
    unit.expire(detached, "label", "x", "y", "corners")
    unit.session.expunge_all()
    with pytest.raises(UnitOfWorkError, match=rf"Shape\.{name} is not loaded"):
        unit.shapes.upsert(detached, fields=name)


# --- relationships that are not copied ------------------------------------------------------------------------------


def test_relationships_that_are_never_loaded_are_skipped(unit: Unit) -> None:
    keep(unit, Journal("j", lines=[Line("a")], id=1))
    given: Any = Journal("k", id=1)
    given.queried.append(Line("b"))
    given.written.add(Line("c"))
    assert unit.journals.upsert(given).name == "k"
    unit.commit()
    assert [line.text for line in unit.lines.find()] == ["a"]


@pytest.mark.parametrize("name", ["queried", "written"])
def test_fields_refuses_relationships_that_are_never_loaded(unit: Unit, name: str) -> None:
    given: Any = Journal("k", id=1)
    given.queried.append(Line("b"))
    given.written.add(Line("c"))
    with pytest.raises(MappingError, match=rf"Journal\.{name} is never loaded as a whole, not copied"):
        unit.journals.upsert(given, fields=name)


def test_relationships_that_are_only_viewed_are_not_copied(unit: Unit) -> None:
    given = Journal("j", viewed=[Line("a")], id=1)
    managed = unit.journals.upsert(given)
    unit.commit()
    assert managed.viewed == []
    assert unit.lines.count() == 0
    with pytest.raises(MappingError, match=r"Journal\.viewed is only viewed, not copied"):
        unit.journals.upsert(given, fields="viewed")


def test_relationships_without_merge_cascade_are_copied_only_when_named(unit: Unit) -> None:
    keep(unit, Person("p", id=1), Journal("j", id=1))
    given = Journal("j", owner=Person("q", id=1), id=1)
    assert unit.journals.upsert(given).owner is None
    assert unit.journals.upsert(given, fields="owner").owner is unit.persons.get_one(1)
    assert unit.persons.get_one(1).name == "q"


# --- keys -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [[1], "1", literal(1)], ids=["list", "text", "expression"])
def test_a_key_of_another_type_is_refused(unit: Unit, key: Any) -> None:
    with pytest.raises(WrongType, match=r"Line\.id"):
        unit.lines.upsert(Line("a", id=key))
    with pytest.raises(WrongType, match=r"Line\.id"):
        unit.journals.upsert(Journal("j", lines=[Line("a", id=key)]))
