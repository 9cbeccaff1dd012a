"""E10, E12: `upsert` onto dictionaries of children: a key is taken from nobody unless the field is named."""

from typing import Any

import pytest

from integration.sqlite.upsert.model import Corner, Kid, Shape, Unit, keep_shape
from unitofwork.domain.errors import UnitOfWorkError


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
