"""Value objects behind several columns: frozen, without an accessor of their own, None where all is NULL."""

from typing import Any

import attrs
import pytest
from sqlalchemy import Column, Integer, create_engine, select
from sqlalchemy.ext.mutable import MutableComposite
from sqlalchemy.orm import Session, composite, registry

from unitofwork.adapters.orm import map_entity
from unitofwork.domain.entity import entity, value
from unitofwork.domain.errors import MappingError

from ..mapping_checks.tables import table_of

pytestmark = pytest.mark.row("M")


def place_with(mapping: registry, value_type: Any, **options: Any) -> type[Any]:
    """Map a place whose composite is of the given type."""

    @entity
    class Place:
        at: Any = None
        id: int | None = None

    table = table_of(mapping, "places", Column("x", Integer), Column("y", Integer))
    map_entity(mapping, Place, table, properties={"at": composite(value_type, table.c.x, table.c.y, **options)})
    return Place


def reloaded(mapping: registry, place: Any) -> Any:
    """The place as another session loads it."""
    engine = create_engine("sqlite://")
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(place)
        session.commit()
    with Session(engine) as session:
        at = session.scalars(select(type(place))).one().at
    engine.dispose()
    return at


def test_a_value_object_needs_no_accessor(mapping: registry) -> None:
    @value
    class Point:
        x: int
        y: int

    place = place_with(mapping, Point)
    assert reloaded(mapping, place(Point(1, 2))) == Point(1, 2)


def test_an_accessor_of_its_own_is_kept(mapping: registry) -> None:
    """Even one that gives the values in another order than attrs would."""

    @value
    class Point:
        y: int
        x: int

        def __composite_values__(self) -> tuple[int, int]:
            return self.y + 10, self.x

    place = place_with(mapping, Point)
    assert reloaded(mapping, place(Point(1, 2))) == Point(11, 2)


def test_a_function_may_make_the_values(mapping: registry) -> None:
    def pair(x: int, y: int) -> Any:
        return type("Pair", (), {"__composite_values__": lambda self: (x, y)})()

    place = place_with(mapping, pair)
    assert reloaded(mapping, place(pair(1, 2))).__composite_values__() == (1, 2)


def test_columns_that_are_all_null_load_as_none(mapping: registry) -> None:
    @value
    class Point:
        x: int
        y: int

    place = place_with(mapping, Point)
    assert reloaded(mapping, place(None)) is None


def test_when_a_composite_is_none_may_be_said(mapping: registry) -> None:
    @value
    class Point:
        x: int | None
        y: int | None

    place = place_with(mapping, Point, return_none_on=None)
    assert reloaded(mapping, place(Point(None, None))) == Point(None, None)


def test_a_composite_may_be_none_on_the_callers_own_terms(mapping: registry) -> None:
    @value
    class Point:
        x: int
        y: int

    place = place_with(mapping, Point, return_none_on=lambda x, y: x == 0)
    assert reloaded(mapping, place(Point(0, 1))) is None


def test_a_value_object_may_compute_fields(mapping: registry) -> None:
    @value
    class Point:
        x: int
        y: int
        sum: int = attrs.field(init=False, default=0)

    place = place_with(mapping, Point)
    assert reloaded(mapping, place(Point(1, 2))) == Point(1, 2)


def test_a_value_object_must_take_its_values_by_position(mapping: registry) -> None:
    @value(kw_only=True)
    class Point:
        x: int
        y: int

    with pytest.raises(MappingError, match=r"Place\.at has 2 columns, and Point takes 0 values by position"):
        place_with(mapping, Point)


def test_a_value_object_that_can_change_is_refused(mapping: registry) -> None:
    @attrs.define
    class Point:
        x: int
        y: int

    with pytest.raises(MappingError, match=r"Place\.at is a Point, whose changes would not be noticed.*@value"):
        place_with(mapping, Point)


def test_a_mutable_composite_notices_its_changes(mapping: registry) -> None:
    @attrs.define(slots=False, eq=False)
    class Point(MutableComposite):
        x: int
        y: int

    place_with(mapping, Point)


def test_a_value_object_must_take_as_many_values_as_it_has_columns(mapping: registry) -> None:
    @value
    class Point:
        x: int
        y: int
        z: int = 0

    with pytest.raises(MappingError, match=r"Place\.at has 2 columns, and Point takes 3 values"):
        place_with(mapping, Point)
