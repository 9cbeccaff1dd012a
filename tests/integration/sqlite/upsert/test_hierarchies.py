"""E10: `upsert` in hierarchies of classes: an entity is copied onto its own class only."""

import pytest

from integration.sqlite.upsert.model import Engineer, Manager, Person, Unit, keep
from unitofwork.domain.errors import MappingError, UnitOfWorkError


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
