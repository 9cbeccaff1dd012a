"""Row E8: a hybrid property is asked for as an attribute is, and a synonym as what it stands for."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, where
from unitofwork.domain.errors import WrongType

from .models.places import NewUnit, Place, Places
from .models.places import mapping as places_mapping

pytestmark = pytest.mark.row("E8")


@pytest.fixture
def mapping() -> registry:
    return places_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work over some places."""
    with Places(database) as uow:
        asia = Place("asia", size=40)
        uow.places.add_all([asia, Place("africa", size=30), Place("europe"), Place("laos", size=1, parent=asia)])
        uow.commit()
    return lambda: Places(database)


def test_a_hybrid_is_equal_and_compared(unit: NewUnit) -> None:
    with unit() as uow:
        assert {place.name for place in uow.places.find(initial="A")} == {"asia", "africa"}
        assert [place.name for place in uow.places.find(where("twice") > 60)] == ["asia"]
        assert uow.places.count(where("twice").between(2, 60)) == 2
        assert uow.places.count(where("initial").in_(["E", "L"])) == 2
        assert all(place.initial == place.name[0].upper() for place in uow.places.find())


def test_a_hybrid_that_is_none_is_none(unit: NewUnit) -> None:
    with unit() as uow:
        assert [place.name for place in uow.places.find(where("twice").is_none())] == ["europe"]
        assert uow.places.count(~(where("twice") > 60)) == 2


def test_a_hybrid_orders(unit: NewUnit) -> None:
    with unit() as uow:
        found = uow.places.find(order_by=[where("initial").desc(), "twice"])
        assert [place.name for place in found] == ["laos", "europe", "africa", "asia"]
        found = uow.places.find(order_by=where("twice").desc().nulls_last())
        assert [place.name for place in found] == ["asia", "africa", "laos", "europe"]


def test_a_path_leads_to_a_hybrid(unit: NewUnit) -> None:
    with unit() as uow:
        assert uow.places.find_one(where("parent.initial") == "A").name == "laos"
        assert uow.places.find_one(where("children.twice") == 2).name == "asia"


def test_a_hybrid_sees_what_was_changed(unit: NewUnit) -> None:
    with unit() as uow:
        laos = uow.places.find_one(name="laos")
        laos.size = 50
        assert uow.places.find(where("twice") == 100) == [laos]


def test_a_synonym_is_asked_for_as_what_it_stands_for(unit: NewUnit) -> None:
    with unit() as uow:
        assert uow.places.find_one(title="laos").name == "laos"
        assert [place.name for place in uow.places.find(order_by="title", limit=1)] == ["africa"]
        assert uow.places.count(where("parent.title").startswith("a")) == 1
        with pytest.raises(WrongType, match=r"Place\.name takes str"):
            uow.places.find(title=5)
