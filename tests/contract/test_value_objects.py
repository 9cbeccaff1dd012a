"""Row E8: a value object is kept in columns of its entity, and is one value to whoever asks."""

from typing import Any

import attrs
import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, EntityState, where
from unitofwork.domain.errors import UnsupportedQuery, WrongType

from .adapters import Probe
from .models.places import NewUnit, Place, Places, Point
from .models.places import mapping as places_mapping
from .sent import assigned, writes

pytestmark = pytest.mark.row("E8")


@pytest.fixture
def mapping() -> registry:
    return places_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Places(database)


@pytest.fixture
def key(unit: NewUnit) -> int:
    """The key of a place with a position, and without an entrance."""
    with unit() as uow:
        place = Place("home", Point(1, 2))
        uow.places.add(place)
        uow.commit()
        assert place.id is not None
        return place.id


def test_a_value_comes_back_equal_and_one_of_nothing_but_null_as_none(unit: NewUnit, key: int) -> None:
    with unit() as uow:
        place = uow.places.get_one(key)
        assert (place.position, place.entrance) == (Point(1, 2), None)
    assert (place.position, place.entrance) == (Point(1, 2), None)


def test_a_value_may_have_a_part_that_is_none(unit: NewUnit, key: int) -> None:
    with unit() as uow:
        uow.places.get_one(key).entrance = Point(5)
        uow.commit()
    with unit() as uow:
        assert uow.places.get_one(key).entrance == Point(5, None)


@pytest.mark.needs("statements")
def test_another_value_writes_the_columns_that_differ(unit: NewUnit, key: int, probe: Probe) -> None:
    with unit() as uow:
        place = uow.places.get_one(key)
        place.position = Point(1, 3)
        assert uow.is_modified(place)
        probe.statements()
        uow.commit()
        (update,) = writes(probe)
        assert assigned(update) == {"y"}
        place.position = Point(1, 3)
        assert not uow.is_modified(place)
        uow.commit()
        assert writes(probe) == []
    with unit() as uow:
        assert uow.places.get_one(key).position == Point(1, 3)


def test_a_value_does_not_change(unit: NewUnit, key: int) -> None:
    with unit() as uow:
        position = uow.places.get_one(key).position
        assert position is not None
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            position.x = 5  # type: ignore[misc]  # refused by checkers too


@pytest.mark.parametrize("wrong", [5, (1, 2), EntityState.PENDING, Place("town", id=5)], ids=repr)
def test_what_is_no_such_value_is_refused_when_it_is_set(unit: NewUnit, key: int, wrong: Any) -> None:
    with unit() as uow:
        place = uow.places.get_one(key)
        with pytest.raises(WrongType, match=rf"Place\.position takes Point, not {type(wrong).__name__}") as caught:
            place.position = wrong
        assert caught.value.entity_type is Place
        assert (place.position, uow.is_modified(place)) == (Point(1, 2), False)
        with pytest.raises(WrongType, match=r"Place\.position takes Point"):
            Place("town", wrong)


def test_none_takes_a_value_away(unit: NewUnit, key: int) -> None:
    with unit() as uow:
        uow.places.get_one(key).position = None
        uow.commit()
    with unit() as uow:
        assert uow.places.get_one(key).position is None
        assert uow.places.count(where("position").is_none()) == 1


def test_rolling_back_gives_the_value_back(unit: NewUnit, key: int) -> None:
    with unit() as uow:
        place = uow.places.get_one(key)
        place.position, place.entrance = Point(7, 7), Point(8, 8)
        uow.flush()
        uow.rollback()
        assert place.position == Point(1, 2)
        assert place.entrance is None


def test_refreshing_makes_the_value_of_the_row(unit: NewUnit, key: int) -> None:
    with unit() as uow:
        place = uow.places.get_one(key)
        uow.commit()
        with unit() as other:
            other.places.get_one(key).position = Point(7, 7)
            other.commit()
        assert place.position == Point(1, 2)
        uow.refresh(place)
        assert place.position == Point(7, 7)


def test_a_value_is_asked_for_as_a_whole(unit: NewUnit, key: int) -> None:
    with unit() as uow:
        uow.places.add_all([Place("away", Point(1, 3)), Place("nowhere"), Place("half", Point(1))])
        uow.commit()
        assert [place.name for place in uow.places.find(position=Point(1, 2))] == ["home"]
        assert uow.places.find_one(where(Place.position) == Point(1, 3)).name == "away"
        assert uow.places.find_one(where("position").is_none()).name == "nowhere"
        named = {place.name for place in uow.places.find(where("position") != Point(1, 2))}
        assert "away" in named
        assert not named & {"home", "nowhere"}


def test_a_value_is_compared_with_one_that_its_columns_could_not_hold(unit: NewUnit, key: int) -> None:
    with unit() as uow:
        assert uow.places.count(position=Point(2**40, 2)) == 0
        assert uow.places.count(where("position") != Point(2**40, 2)) == 1
        with pytest.raises(WrongType, match=r"Place\.x"):
            uow.places.count(position=Point("1", 2))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # on purpose
        with pytest.raises(WrongType, match=r"Place\.position is compared with Point"):
            uow.places.count(position=(1, 2))


def test_a_part_of_a_value_is_asked_for_by_its_column(unit: NewUnit, key: int) -> None:
    with unit() as uow:
        uow.places.add(Place("away", Point(3, 1)))
        uow.commit()
        assert [place.name for place in uow.places.find(where("x") > 1)] == ["away"]
        assert [place.name for place in uow.places.find(order_by=where("y").desc())] == ["home", "away"]
        assert uow.places.count(where("parent.x") == 1) == 0


def test_a_value_has_no_order_and_no_path_through_it(unit: NewUnit, key: int) -> None:
    with unit() as uow:
        for condition in (where("position") > Point(0, 0), where("position.x") == 1):
            with pytest.raises(UnsupportedQuery, match=r"Place\.position"):
                uow.places.find(condition)
        with pytest.raises(UnsupportedQuery, match=r"Place\.position has no order"):
            uow.places.find(order_by="position")


def test_upsert_copies_a_value(unit: NewUnit, key: int) -> None:
    with unit() as uow:
        assert uow.places.upsert(Place("home", Point(4, 5), Point(6, 7), id=key)).position == Point(4, 5)
        uow.places.upsert(Place("x", None, Point(8, 9), id=key), fields=["entrance"])
        uow.commit()
    with unit() as uow:
        place = uow.places.get_one(key)
        assert (place.name, place.position, place.entrance) == ("home", Point(4, 5), Point(8, 9))
