"""E10: `fields` may name what stands for others, and refuses what is computed or not loaded."""

import pytest

from integration.sqlite.upsert.model import Point, Shape, Unit, keep
from unitofwork.domain.errors import MappingError, UnitOfWorkError


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
