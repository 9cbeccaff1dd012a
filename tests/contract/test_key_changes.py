"""Row E8: an entity whose key changes is the same entity under another key, and its row the same row."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database
from unitofwork.domain.errors import NotNullViolation, StaleEntity, UniqueViolation

from .adapters import Probe
from .models.shop import City, Country, NewUnit, Offer, Shop, Shops, Stock
from .models.shop import mapping as shop_mapping
from .sent import assigned, selects, writes

pytestmark = pytest.mark.row("E8")


@pytest.fixture
def mapping() -> registry:
    return shop_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work, over one stock, and one country with a city and a shop."""
    with Shops(database) as uow:
        uow.stocks.add(Stock(1, "nut", 10))
        uow.countries.add(Country("de", "Germany", [City("bonn", shops=[Shop("one")])]))
        uow.commit()
    return lambda: Shops(database)


@pytest.mark.needs("statements")
def test_a_changed_key_is_found_under_its_new_value(unit: NewUnit, probe: Probe) -> None:
    with unit() as uow:
        stock = uow.stocks.get_one((1, "nut"))
        stock.shelf = 2
        probe.statements()
        uow.flush()
        (update,) = writes(probe)
        assert assigned(update) == {"shelf"}
        assert uow.stocks.get((2, "nut")) is stock
        assert selects(probe) == 0
        assert uow.stocks.get((1, "nut")) is None
        uow.commit()
    with unit() as uow:
        assert [(each.shelf, each.amount) for each in uow.stocks.find()] == [(2, 10)]


def test_before_the_flush_it_is_found_under_its_old_key(unit: NewUnit) -> None:
    with unit() as uow:
        stock = uow.stocks.get_one((1, "nut"))
        stock.shelf = 2
        with uow.no_autoflush():
            assert uow.stocks.get((1, "nut")) is stock
            assert uow.stocks.get((2, "nut")) is None


def test_rolling_back_gives_the_key_back(unit: NewUnit) -> None:
    with unit() as uow:
        stock = uow.stocks.get_one((1, "nut"))
        stock.shelf = 2
        uow.flush()
        uow.rollback()
        assert stock.shelf == 1
        assert uow.stocks.get((1, "nut")) is stock
        assert uow.stocks.get((2, "nut")) is None
        stock.amount = 11
        uow.commit()
    with unit() as uow:
        assert uow.stocks.get_one((1, "nut")).amount == 11


@pytest.mark.needs("savepoints")
def test_leaving_a_savepoint_by_an_exception_gives_the_key_back(unit: NewUnit) -> None:
    with unit() as uow:
        stock = uow.stocks.get_one((1, "nut"))
        stock.shelf = 2
        uow.flush()
        with pytest.raises(KeyError), uow.savepoint():
            stock.shelf = 3
            uow.flush()
            raise KeyError
        assert stock.shelf == 2
        assert uow.stocks.get((2, "nut")) is stock
        assert uow.stocks.get((3, "nut")) is None
        uow.commit()
    with unit() as uow:
        assert uow.stocks.find_one().shelf == 2


def test_a_closed_unit_leaves_the_old_key_to_the_row(unit: NewUnit) -> None:
    with unit() as uow:
        stock = uow.stocks.get_one((1, "nut"))
        stock.shelf = 2
        uow.flush()
    with unit() as uow:
        assert uow.stocks.find_one().shelf == 1


def test_the_old_key_is_free_for_another(unit: NewUnit) -> None:
    with unit() as uow:
        stock = uow.stocks.get_one((1, "nut"))
        stock.shelf = 2
        uow.flush()
        uow.stocks.add(Stock(1, "nut", 99))
        uow.commit()
        assert uow.stocks.count() == 2
        assert uow.stocks.get_one((1, "nut")).amount == 99


def test_a_key_that_another_row_has_is_a_unique_violation(unit: NewUnit) -> None:
    with unit() as uow:
        uow.stocks.add(Stock(2, "nut", 20))
        uow.commit()
    with unit() as uow:
        uow.stocks.get_one((1, "nut")).shelf = 2
        with pytest.raises(UniqueViolation):
            uow.commit()
        uow.rollback()
        assert uow.stocks.count() == 2


def test_a_detached_entity_changes_its_key_in_the_unit_that_it_is_added_to(unit: NewUnit) -> None:
    with unit() as uow:
        stock = uow.stocks.get_one((1, "nut"))
    stock.shelf = 2
    with unit() as uow:
        uow.stocks.add(stock)
        uow.commit()
        assert uow.stocks.get((2, "nut")) is stock
    with unit() as uow:
        assert [each.shelf for each in uow.stocks.find()] == [2]


def test_upsert_knows_a_detached_entity_by_the_key_of_its_row(unit: NewUnit) -> None:
    """So that a key that was changed is a change, too, and not another row."""
    with unit() as uow:
        stock = uow.stocks.get_one((1, "nut"))
    stock.shelf = 2
    with unit() as uow:
        managed = uow.stocks.upsert(stock)
        uow.commit()
        assert uow.stocks.get((2, "nut")) is managed
        assert uow.stocks.count() == 1


# --- what refers to the key -----------------------------------------------------------------------------------------


def test_what_refers_to_a_changed_key_follows(unit: NewUnit) -> None:
    """By the database's ON UPDATE CASCADE, through keys that are references themselves."""
    with unit() as uow:
        uow.countries.get_one("de").code = "dd"
        uow.commit()
    with unit() as uow:
        shop = uow.shops.find_one(load="city.country")
        assert shop.city is not None
        assert shop.city.country is not None
        assert (shop.city.country_code, shop.city.country.code, shop.city.country.name) == ("dd", "dd", "Germany")
        assert uow.cities.get(("de", "bonn")) is None


def test_what_is_loaded_and_refers_to_a_changed_key_follows_in_the_unit(unit: NewUnit) -> None:
    with unit() as uow:
        country = uow.countries.get_one("de")
        (city,) = country.cities
        country.code = "dd"
        uow.commit()
        assert city.country_code == "dd"
        assert uow.cities.get(("dd", "bonn")) is city
        assert city.country is country
        country.cities.append(City("ulm"))
        uow.commit()
        assert uow.cities.count(country_code="dd") == 2


def test_a_child_moves_to_another_parents_key(unit: NewUnit) -> None:
    with unit() as uow:
        city = uow.cities.get_one(("de", "bonn"))
        city.country = Country("fr")
        uow.commit()
        assert uow.cities.get(("fr", "bonn")) is city
    with unit() as uow:
        shop = uow.shops.find_one()
        assert shop.city is uow.cities.get_one(("fr", "bonn"))
        assert uow.countries.get_one("de").cities == []


def test_a_part_of_a_key_is_not_taken_away(unit: NewUnit) -> None:
    with unit() as uow:
        uow.cities.get_one(("de", "bonn")).country_code = None
        with pytest.raises(NotNullViolation):
            uow.commit()


def test_a_reference_that_is_part_of_a_key_is_not_taken_away(unit: NewUnit) -> None:
    """What belongs to another entity by its key can go to a third one, or be deleted."""
    with unit() as uow:
        shop = uow.shops.find_one()
        shop.offers = [Offer("nut", 5)]
        uow.commit()
        offer = shop.offers.pop()
        with pytest.raises(NotNullViolation, match="shop_id is part of the key of Offer") as refused:
            uow.commit()
        uow.rollback()
        assert offer.shop is shop
        offer.shop = other = Shop("other")
        uow.commit()
    assert (refused.value.entity_type, refused.value.table, refused.value.columns) == (Offer, "offers", ("shop_id",))
    with unit() as uow:
        assert uow.offers.get_one((other.id, "nut")).price == 5


def test_a_changed_key_of_a_row_that_is_gone_is_stale(unit: NewUnit) -> None:
    with unit() as uow:
        stock = uow.stocks.get_one((1, "nut"))
    with unit() as uow:
        uow.stocks.delete(uow.stocks.get_one((1, "nut")))
        uow.commit()
    with unit() as uow:
        uow.stocks.add(stock)
        stock.shelf = 2
        with pytest.raises(StaleEntity):
            uow.commit()
