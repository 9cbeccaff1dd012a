"""Arguments of another kind are refused by a sentence, and a mapping that fails leaves nothing behind."""

from typing import Any

import pytest
from sqlalchemy import Column, Integer, String, Table, create_engine, select
from sqlalchemy.orm import Session, registry, relationship, synonym

from unitofwork.adapters.orm import check_registry, map_entity
from unitofwork.domain.entity import entity
from unitofwork.domain.errors import MappingError

from ..mapping_checks.tables import table_of

pytestmark = pytest.mark.row("M")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"mapping": 5}, "takes a sqlalchemy.orm.registry first, not one of type int"),
        ({"entity_type": 5}, "takes a class to be mapped, not something of type int"),
        ({"table": "users"}, "User cannot be mapped: its table is of type str: give the sqlalchemy.Table itself"),
        ({"table": Integer}, "its table is the class Integer"),
        ({"properties": {"name": 5}}, "properties= gives 'name' something of type int"),
        ({"properties": {"name": "name"}}, "properties= gives 'name' something of type str"),
        ({"properties": {"name": []}}, "properties= gives 'name' something of type list"),
        ({"properties": ["name"]}, "properties= is of type list: give attributes by name"),
        ({"polymorphic_no": "kind"}, "there is no option polymorphic_no; there are .*polymorphic_on, "),
        (
            {"properties": {"kidz": relationship("User")}},
            "User has no field 'kidz' for a relationship; it has name, id",
        ),
        ({"unmapped": 5}, "User cannot be mapped: TypeError, "),
        ({"exclude_properties": 5}, "User cannot be mapped: TypeError, "),
    ],
    ids=lambda given: given if isinstance(given, str) else "-".join(given),
)
def test_arguments_of_another_kind_are_refused_by_a_sentence(
    mapping: registry, given: dict[str, Any], text: str
) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    table = table_of(mapping)
    arguments: dict[str, Any] = {"mapping": mapping, "entity_type": User, "table": table, **given}
    with pytest.raises(MappingError, match=text):
        map_entity(**arguments)
    map_entity(mapping, User, table)


def test_a_class_can_be_mapped_after_its_mapping_failed_for_want_of_a_key(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    keyless = Table("keyless", mapping.metadata, Column("name", String), Column("id", Integer))
    for _ in range(2):
        with pytest.raises(MappingError, match="its table keyless has no primary key"):
            map_entity(mapping, User, keyless)
    assert User("sandy").name == "sandy"
    assert_is_kept(mapping, User, map_entity(mapping, User, table_of(mapping)))


def test_a_class_can_be_mapped_after_a_property_was_refused(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    table, other = table_of(mapping), table_of(mapping, "others")
    with pytest.raises(MappingError):
        map_entity(mapping, User, table, properties={"name": table.c.name, "alias": synonym("name", map_column=True)})
    with pytest.raises(MappingError):
        map_entity(mapping, User, table, properties={"name": [table.c.name, other.c.name]}, primary_key=[other.c.id])
    assert_is_kept(mapping, User, map_entity(mapping, User, table))


@pytest.mark.parametrize("wrong", [{"polymorphic_load": "never"}, {"version_id_col": 5}], ids=str)
def test_a_subclass_whose_mapping_failed_is_unknown_to_its_base(mapping: registry, wrong: dict[str, Any]) -> None:
    @entity
    class Person:
        name: str
        id: int | None = None

    @entity
    class Engineer(Person):
        pass

    people = table_of(mapping, "people", Column("name", String), Column("kind", String))
    base = map_entity(mapping, Person, people, polymorphic_on="kind", polymorphic_identity="person")
    with pytest.raises(MappingError) as refused:
        map_entity(mapping, Engineer, inherits=Person, polymorphic_identity="engineer", **wrong)
    assert [mapper.class_ for mapper in base.self_and_descendants] == [Person]
    mapper = map_entity(mapping, Engineer, inherits=Person, polymorphic_identity="engineer")
    assert refused.value.entity_type is Engineer
    assert list(base.self_and_descendants) == [base, mapper]
    assert_is_kept(mapping, Engineer, mapper)


def assert_is_kept(mapping: registry, entity_type: Any, mapper: Any) -> None:
    """The class is mapped as any other."""
    check_registry(mapping)
    assert mapper in mapping.mappers
    engine = create_engine("sqlite://")
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(entity_type("sandy"))
        session.commit()
        assert type(session.scalars(select(entity_type)).one()) is entity_type
    engine.dispose()
