"""Row E8: keys of several columns identify as those of one do."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, EntityState, where
from unitofwork.domain.errors import UniqueViolation, UnitOfWorkError, WrongType

from .adapters import Probe
from .models.shop import City, Country, NewUnit, Shop, Shops, Stock
from .models.shop import mapping as shop_mapping
from .sent import selects, writes

pytestmark = pytest.mark.row("E8")


@pytest.fixture
def mapping() -> registry:
    return shop_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Shops(database)


@pytest.fixture
def stocked(unit: NewUnit) -> NewUnit:
    """The same, after three stocks were committed."""
    with unit() as uow:
        uow.stocks.add_all([Stock(1, "nut", 10), Stock(1, "bolt", 20), Stock(2, "nut", 30)])
        uow.commit()
    return unit


@pytest.mark.needs("statements")
def test_get_takes_the_parts_in_the_tables_order(stocked: NewUnit, probe: Probe) -> None:
    with stocked() as uow:
        stock = uow.stocks.get_one((1, "nut"))
        assert stock.amount == 10
        probe.statements()
        assert uow.stocks.get((1, "nut")) is stock
        assert selects(probe) == 0
        assert uow.stocks.get((3, "nut")) is None


def test_a_key_of_the_wrong_parts_is_refused(stocked: NewUnit) -> None:
    with stocked() as uow:
        for key in (1, (1,), (1, "nut", 2), ()):
            with pytest.raises(WrongType, match="the key of Stock has 2 parts: shelf, article"):
                uow.stocks.get(key)
        with pytest.raises(WrongType, match=r"Stock\.shelf takes int"):
            uow.stocks.get(("nut", 1))


@pytest.mark.parametrize("key", [(None, "nut"), (1, None), (None, None)])
def test_a_key_with_a_part_that_is_none_is_nobodys(stocked: NewUnit, key: tuple[object, ...]) -> None:
    with stocked() as uow:
        assert uow.stocks.get(key) is None


def test_every_part_tells_apart(stocked: NewUnit) -> None:
    with stocked() as uow:
        assert uow.stocks.count(shelf=1) == 2
        found = uow.stocks.find(article="nut", order_by=where("shelf").desc())
        assert [(each.shelf, each.amount) for each in found] == [(2, 30), (1, 10)]
        assert len({uow.stocks.get_one(key) for key in ((1, "nut"), (1, "bolt"), (2, "nut"))}) == 3


def test_a_second_object_of_a_present_key_is_refused(stocked: NewUnit) -> None:
    with stocked() as uow:
        present = uow.stocks.get_one((1, "nut"))
        with pytest.raises(UnitOfWorkError, match="another Stock with the same key"):
            uow.stocks.add(Stock(1, "nut"))
        assert uow.stocks.upsert(Stock(1, "nut", 11)) is present
        assert present.amount == 11
        uow.stocks.add(Stock(2, "bolt"))
        uow.commit()
        assert uow.stocks.count() == 4


def test_a_key_that_another_row_has_is_a_unique_violation(stocked: NewUnit) -> None:
    with stocked() as uow:
        uow.stocks.add(Stock(1, "nut"))
        with pytest.raises(UniqueViolation) as refused:
            uow.flush()
    assert (refused.value.entity_type, refused.value.table) == (Stock, "stocks")
    assert set(refused.value.columns) <= {"shelf", "article"}


def test_upsert_finds_by_every_part(stocked: NewUnit) -> None:
    with stocked() as uow:
        uow.stocks.upsert(Stock(1, "bolt", 21))
        uow.stocks.upsert(Stock(2, "bolt", 41))
        uow.commit()
    with stocked() as uow:
        assert uow.stocks.get_one((1, "bolt")).amount == 21
        assert uow.stocks.get_one((2, "bolt")).amount == 41
        assert uow.stocks.count() == 4


def test_one_row_is_changed_and_one_is_deleted(stocked: NewUnit) -> None:
    with stocked() as uow:
        uow.stocks.get_one((1, "nut")).amount = 11
        uow.stocks.delete(uow.stocks.get_one((1, "bolt")))
        uow.commit()
    with stocked() as uow:
        found = uow.stocks.find(order_by="shelf")
        assert [(each.shelf, each.article, each.amount) for each in found] == [(1, "nut", 11), (2, "nut", 30)]


# --- references by several columns ----------------------------------------------------------------------------------


def test_a_relationship_fills_every_column_of_a_reference(unit: NewUnit) -> None:
    with unit() as uow:
        city = City("bonn", Country("de"), [Shop("one"), Shop("two")])
        uow.cities.add(city)
        uow.commit()
        assert city.country_code == "de"
    with unit() as uow:
        city = uow.cities.get_one(("de", "bonn"))
        assert {shop.title for shop in city.shops} == {"one", "two"}
        assert uow.shops.count(city=city) == 2
        assert uow.shops.count(where("city.country.code") == "de") == 2
        assert uow.shops.count(where("city.name") == "berlin") == 0
        city.shops.pop().city = None
        uow.commit()
        assert uow.shops.count(where("city").is_none()) == 1


def test_a_reference_to_none_is_none(unit: NewUnit) -> None:
    with unit() as uow:
        uow.shops.add(Shop("nowhere"))
        uow.commit()
    with unit() as uow:
        assert uow.shops.find_one().city is None


@pytest.mark.needs("statements")
def test_related_entities_of_several_columns_are_loaded_at_once(unit: NewUnit, probe: Probe) -> None:
    with unit() as uow:
        for code in ("de", "fr", "it"):
            uow.countries.add(Country(code, cities=[City(name, shops=[Shop(f"{code} {name}")]) for name in "abc"]))
        uow.commit()
    with unit() as uow:
        probe.statements()
        cities = uow.cities.find(load=["shops", "country"])
        assert selects(probe) == 3
    assert {(city.country_code, city.name, *(shop.title for shop in city.shops)) for city in cities} == {
        (code, name, f"{code} {name}") for code in ("de", "fr", "it") for name in "abc"
    }
    assert all(city.country is not None and city.country.code == city.country_code for city in cities)


def test_a_part_of_the_key_may_be_a_reference_whose_owner_goes(unit: NewUnit) -> None:
    with unit() as uow:
        uow.countries.add(Country("de", cities=[City("bonn"), City("ulm")]))
        uow.commit()
    with unit() as uow:
        country = uow.countries.get_one("de")
        bonn = country.cities[0]
        country.cities.remove(bonn)
        uow.commit()
        assert uow.cities.count() == 1
        uow.countries.delete(country)
        uow.commit()
        assert uow.cities.count() == 0


# --- keys that the application gives --------------------------------------------------------------------------------


def test_a_rollback_leaves_a_given_key(unit: NewUnit) -> None:
    with unit() as uow:
        stock = Stock(1, "nut")
        uow.stocks.add(stock)
        uow.flush()
        uow.rollback()
        assert uow.state(stock) is EntityState.TRANSIENT
        assert (stock.shelf, stock.article) == (1, "nut")
        uow.stocks.add(stock)
        uow.commit()
        assert uow.stocks.count() == 1


@pytest.mark.needs("statements")
def test_what_was_deleted_and_is_added_under_its_key_again_is_one_change(stocked: NewUnit, probe: Probe) -> None:
    with stocked() as uow:
        uow.stocks.delete(uow.stocks.get_one((1, "nut")))
        uow.stocks.add(Stock(1, "nut", 99))
        probe.statements()
        uow.commit()
        assert [statement.split()[0] for statement in writes(probe)] == ["UPDATE"]
    with stocked() as uow:
        assert uow.stocks.get_one((1, "nut")).amount == 99
