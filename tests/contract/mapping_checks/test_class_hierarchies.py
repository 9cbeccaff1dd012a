"""What must hold of a class and its mapped base: shared columns, joined tables, and what says a row's class."""

from typing import Any

import attrs
import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table, create_engine, func, select
from sqlalchemy.orm import Session, registry

from unitofwork.adapters.orm import check_registry, map_entity
from unitofwork.domain.entity import entity
from unitofwork.domain.errors import MappingError

from ..mapping_checks.tables import table_of

pytestmark = pytest.mark.row("M")


def test_joined_inheritance_counts_what_the_parent_maps(mapping: registry) -> None:
    @entity
    class Employee:
        name: str
        id: int | None = None
        cache: str = ""

    @entity
    class Manager(Employee):
        bonus: int = 0

    employees = table_of(mapping, "employees", Column("name", String), Column("kind", String))
    managers = Table(
        "managers",
        mapping.metadata,
        Column("id", ForeignKey("employees.id"), primary_key=True),
        Column("bonus", Integer),
    )
    map_entity(
        mapping, Employee, employees, unmapped=["cache"], polymorphic_on=employees.c.kind, polymorphic_identity="e"
    )
    map_entity(mapping, Manager, managers, inherits=Employee, polymorphic_identity="m")
    check_registry(mapping)


def test_a_joined_table_may_name_its_key_otherwise(mapping: registry) -> None:
    @entity
    class Employee:
        name: str
        id: int | None = None

    @entity
    class Manager(Employee):
        bonus: int = 0

    employees = table_of(mapping, "employees", Column("name", String), Column("kind", String))
    key: Column[int] = Column("employee_id", ForeignKey("employees.id"), primary_key=True)
    managers = Table("managers", mapping.metadata, key, Column("bonus", Integer))
    map_entity(mapping, Employee, employees, polymorphic_on="kind", polymorphic_identity="e")
    map_entity(mapping, Manager, managers, inherits=Employee, polymorphic_identity="m")
    check_registry(mapping)


def test_a_joined_table_that_does_not_fit_is_refused(mapping: registry) -> None:
    @entity
    class Employee:
        name: str
        id: int | None = None

    @entity
    class Manager(Employee):
        _bonus: int = 0

    employees = table_of(mapping, "employees", Column("name", String), Column("kind", String))
    key: Column[int] = Column("id", ForeignKey("employees.id"), primary_key=True)
    managers = Table("managers", mapping.metadata, key, Column("bonus", Integer))
    mapper = map_entity(mapping, Employee, employees, polymorphic_on=employees.c.kind, polymorphic_identity="e")
    with pytest.raises(MappingError, match="the column bonus and nothing maps the field _bonus"):
        map_entity(mapping, Manager, managers, inherits=mapper, polymorphic_identity="m")


def test_classes_that_share_a_table_share_its_columns(mapping: registry) -> None:
    @entity
    class Employee:
        name: str
        id: int | None = None

    @entity
    class Manager(Employee):
        bonus: int = 0

    table = table_of(mapping, "employees", Column("name", String), Column("kind", String), Column("bonus", Integer))
    map_entity(mapping, Employee, table, polymorphic_on=table.c.kind, polymorphic_identity="e")
    map_entity(mapping, Manager, inherits=Employee, polymorphic_identity="m")
    check_registry(mapping)


def test_a_concrete_mapping_inherits_nothing(mapping: registry) -> None:
    @entity
    class Employee:
        name: str
        id: int | None = None

    @entity
    class Manager(Employee):
        bonus: int = 0

    map_entity(mapping, Employee, table_of(mapping, "employees"))
    managers = table_of(mapping, "managers", Column("bonus", Integer))
    with pytest.raises(MappingError, match="nothing maps the field name"):
        map_entity(mapping, Manager, managers, inherits=Employee, concrete=True)


@pytest.mark.parametrize(
    "field",
    [
        attrs.field(default="person"),
        attrs.field(default="person", init=False),
        attrs.field(factory=lambda: "engineer"),
        attrs.field(default=None),
    ],
    ids=["another", "another, set by attrs alone", "factory", "none"],
)
def test_a_default_that_would_replace_what_says_the_row_s_class_is_refused(mapping: registry, field: Any) -> None:
    @entity
    class Person:
        name: str
        id: int | None = None

    @entity
    class Engineer(Person):
        kind: Any = field

    people = table_of(mapping, "people", Column("name", String), Column("kind", String))
    map_entity(mapping, Person, people, polymorphic_on=people.c.kind, polymorphic_identity="person")
    with pytest.raises(MappingError, match=r"Engineer\.kind says .*: drop the field, or write field\(init=False\)"):
        map_entity(mapping, Engineer, inherits=Person, polymorphic_identity="engineer")
    with pytest.raises(MappingError, match=r"Engineer\.kind says "):
        map_entity(mapping, Engineer, inherits=Person, polymorphic_identity="engineer")


def test_a_default_that_a_subclass_inherits_is_refused_there(mapping: registry) -> None:
    """In a joined table too, and under a name of its own."""

    @entity
    class Person:
        name: str
        kind: str = "person"
        id: int | None = None

    @entity
    class Engineer(Person):
        pass

    people = table_of(mapping, "people", Column("name", String), Column("type", String))
    engineers = Table("engineers", mapping.metadata, Column("id", ForeignKey("people.id"), primary_key=True))
    base = map_entity(
        mapping,
        Person,
        people,
        properties={"kind": people.c.type},
        polymorphic_on=people.c.type,
        polymorphic_identity="person",
    )
    with pytest.raises(MappingError, match=r"Engineer\.kind says "):
        map_entity(mapping, Engineer, engineers, inherits=Person, polymorphic_identity="engineer")
    assert list(base.self_and_descendants) == [base]


def test_a_field_may_show_what_says_the_row_s_class(mapping: registry) -> None:
    @entity
    class Person:
        name: str
        kind: str = attrs.field(init=False)
        id: int | None = None

    @entity
    class Engineer(Person):
        pass

    @entity
    class Driver(Person):
        kind: str = "driver"

    people = table_of(mapping, "people", Column("name", String), Column("kind", String))
    map_entity(mapping, Person, people, polymorphic_on="kind", polymorphic_identity="person")
    for each in (Engineer, Driver):
        map_entity(mapping, each, inherits=Person, polymorphic_identity=each.__name__.lower())
    assert (Person("sandy").kind, Engineer("sandy").kind, Driver("sandy").kind) == ("person", "engineer", "driver")
    engine = create_engine("sqlite://")
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Engineer("sandy"), Driver("larry"), Person("patrick")])
        session.commit()
        assert {type(each) for each in session.scalars(select(Person))} == {Person, Engineer, Driver}
    engine.dispose()


def test_the_class_of_a_row_may_be_told_by_an_expression(mapping: registry) -> None:
    @entity
    class Person:
        name: str = "nobody"
        id: int | None = None

    people = table_of(mapping, "people")
    map_entity(mapping, Person, people, polymorphic_on=func.substr(people.c.name, 1, 1), polymorphic_identity="p")
