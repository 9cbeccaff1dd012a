"""Row E8: entities that refer to others of their class, as trees and as they please."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, where
from unitofwork.domain.errors import UnitOfWorkError

from .adapters import Probe
from .models.places import NewUnit, Place, Places
from .models.places import mapping as places_mapping
from .sent import selects

pytestmark = pytest.mark.row("E8")


@pytest.fixture
def mapping() -> registry:
    return places_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Places(database)


@pytest.fixture
def earth(unit: NewUnit) -> int:
    """The key of a tree of three levels."""
    with unit() as uow:
        root = Place(
            "earth",
            children=[
                Place("africa", children=[Place("mali"), Place("chad")]),
                Place("asia", children=[Place("laos")]),
            ],
        )
        uow.places.add(root)
        uow.commit()
        assert root.id is not None
        return root.id


def names(place: Place) -> dict[str, object]:
    """The tree below a place, by names."""
    return {child.name: names(child) for child in place.children}


TREE: dict[str, object] = {"africa": {"chad": {}, "mali": {}}, "asia": {"laos": {}}}


def test_a_named_parent_is_loaded_by_a_refresh(unit: NewUnit, earth: int) -> None:
    with unit() as uow:
        africa = uow.places.find_one(name="africa")
        uow.refresh(africa, "parent")
    assert africa.parent is not None
    assert africa.parent.id == earth


def test_a_tree_is_kept_whole_from_its_root(unit: NewUnit, earth: int) -> None:
    with unit() as uow:
        root = uow.places.get_one(earth)
        assert names(root) == TREE
        assert all(child.parent is root for child in root.children)
        assert root.parent is None


def test_a_tree_is_kept_whole_from_a_leaf(unit: NewUnit) -> None:
    with unit() as uow:
        leaf = Place("mali", parent=Place("africa", parent=Place("earth")))
        uow.places.add(leaf)
        uow.commit()
    with unit() as uow:
        assert names(uow.places.find_one(where("parent").is_none())) == {"africa": {"mali": {}}}


def test_a_branch_moves_with_what_is_below_it(unit: NewUnit, earth: int) -> None:
    with unit() as uow:
        uow.places.find_one(name="africa").parent = uow.places.find_one(name="laos")
        uow.commit()
    with unit() as uow:
        assert names(uow.places.get_one(earth)) == {"asia": {"laos": {"africa": {"chad": {}, "mali": {}}}}}


def test_a_branch_goes_with_what_is_below_it(unit: NewUnit, earth: int) -> None:
    with unit() as uow:
        root = uow.places.get_one(earth)
        root.children.remove(root.children[0])
        uow.commit()
        assert uow.places.count() == 3
        uow.places.delete(root)
        uow.commit()
        assert uow.places.count() == 0


def test_paths_lead_up_and_down_the_tree(unit: NewUnit, earth: int) -> None:
    with unit() as uow:
        assert {each.name for each in uow.places.find(where("parent.parent.name") == "earth")} == {
            "chad",
            "laos",
            "mali",
        }
        assert uow.places.find_one(where("children.children.name") == "laos").name == "earth"
        assert uow.places.find_one(where("children.name") == "laos").name == "asia"
        found = uow.places.find(where("parent").is_not_none(), order_by=["parent.name", where("name").desc()])
        assert [each.name for each in found] == ["mali", "chad", "laos", "asia", "africa"]
        asia = uow.places.find_one(name="asia")
        assert uow.places.find_one(parent=asia).name == "laos"


@pytest.mark.needs("statements")
def test_levels_are_loaded_at_once(unit: NewUnit, earth: int, probe: Probe) -> None:
    with unit() as uow:
        probe.statements()
        (root,) = uow.places.find(where("id") == earth, load="children.children.children")
        assert selects(probe) == 4
    assert names(root) == TREE


def test_rolling_back_puts_a_branch_where_it_was(unit: NewUnit, earth: int) -> None:
    with unit() as uow:
        africa, laos = uow.places.find_one(name="africa"), uow.places.find_one(name="laos")
        africa.parent = laos
        laos.children.append(Place("new"))
        uow.flush()
        uow.rollback()
        assert names(uow.places.get_one(earth)) == TREE
        assert laos.children == []


def test_what_refers_to_each_other_in_a_circle_is_refused(unit: NewUnit) -> None:
    with unit() as uow:
        a, b = Place("a"), Place("b")
        a.children, b.children = [b], [a]
        uow.places.add(a)
        with pytest.raises(UnitOfWorkError, match="in a circle"):
            uow.commit()


def test_a_place_may_lead_to_itself_and_back(unit: NewUnit) -> None:
    with unit() as uow:
        a, b = Place("a"), Place("b")
        a.roads, b.roads = [a, b], [a]
        uow.places.add(a)
        uow.commit()
    with unit() as uow:
        a, b = uow.places.find(order_by="name", load="roads")
        assert (set(a.roads), b.roads) == ({a, b}, [a])
        assert uow.places.count(where("roads.name") == "b") == 1
        assert uow.places.count(where("roads.roads.name") == "b") == 2
        a.roads.clear()
        uow.places.delete(b)
        uow.commit()
    with unit() as uow:
        assert uow.places.find_one().roads == []
