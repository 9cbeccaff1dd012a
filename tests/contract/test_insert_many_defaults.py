"""Rows B1 and B3: what `insert_many` makes of what the rows leave out, of value objects and of hierarchies."""

from itertools import pairwise

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database
from unitofwork.domain.errors import InvalidRow, MappingError, PersistenceError, UnsupportedQuery, WrongType

from .models.warehouse import Article, Box, Crate, Lorry, Machine, NewUnit, Place, Price, Warehouse
from .models.warehouse import mapping as warehouse_mapping

pytestmark = pytest.mark.row("B1", "B3")


@pytest.fixture
def mapping() -> registry:
    return warehouse_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Warehouse(database)


def test_what_is_left_out_is_as_add_would_make_it(unit: NewUnit) -> None:
    with unit() as uow:
        uow.articles.add(Article("added"))
        uow.articles.insert_many([{"title": "first"}, {"title": "second"}])
        uow.commit()
    with unit() as other:
        articles = other.articles.find(order_by="id")
    for article in articles:
        assert (article.label, article.colour, article.origin, article.stock) == ("new", "GREY", "unknown", 0)
        assert (article.price, article.code, article.place, article.initial) == (None, None, "hall", "a")
        assert article.description == f"{article.title}, new"
        assert article.version == 1
    numbers = [article.number or 0 for article in articles]
    assert all(before + 1 == after for before, after in pairwise(numbers))


def test_each_call_makes_its_own_of_what_is_left_out(unit: NewUnit) -> None:
    for title in "abc":
        with unit() as uow:
            uow.articles.insert_many([{"title": title}])
            uow.articles.insert_many([{"title": f"{title} too", "label": "given"}])
            uow.commit()
    with unit() as other:
        articles = other.articles.find(order_by="id")
    assert [article.title for article in articles] == ["a", "a too", "b", "b too", "c", "c too"]
    assert [article.label for article in articles] == ["new", "given"] * 3
    assert [article.description for article in articles] == [f"{each.title}, {each.label}" for each in articles]
    assert len({article.number for article in articles}) == 6


def test_what_is_given_is_kept_none_included(unit: NewUnit) -> None:
    with unit() as uow:
        uow.articles.insert_many([{"title": "x", "label": "", "colour": "red", "origin": None, "stock": 5}])
        article = uow.articles.find_one()
        assert (article.label, article.colour, article.origin, article.stock) == ("", "red", None, 5)


def test_a_value_object_is_given_whole(unit: NewUnit) -> None:
    with unit() as uow:
        uow.articles.insert_many([{"title": "x", "price": Price(5, "EUR")}, {"title": "y", "price": None}])
        assert [article.price for article in uow.articles.find(order_by="title")] == [Price(5, "EUR"), None]


def test_a_synonym_stands_for_its_attribute(unit: NewUnit) -> None:
    with unit() as uow:
        uow.articles.insert_many([{"name": "x"}])
        assert uow.articles.find_one().title == "x"


def test_the_rows_of_a_subclass_are_of_it(unit: NewUnit) -> None:
    with unit() as uow:
        assert uow.crates.insert_many([{"weight": 1}, {"weight": 2}]) == 2
        assert uow.boxes.insert_many([{"weight": 3}]) == 1
        assert [type(box) for box in uow.boxes.find(order_by="weight")] == [Crate, Crate, Box]
        assert [crate.wood for crate in uow.crates.find()] == ["pine", "pine"]


def test_the_rows_of_a_base_are_of_it(unit: NewUnit) -> None:
    with unit() as uow:
        uow.machines.insert_many([{"name": "x"}])
        assert type(uow.machines.find_one()) is Machine


def test_a_class_of_two_tables_is_refused(unit: NewUnit) -> None:
    with unit() as uow:
        with pytest.raises(UnsupportedQuery, match="Lorry is not kept by one table, but by machines, lorries"):
            uow.repository(Lorry).insert_many([{"name": "x", "seats": 3}])
        assert uow.machines.count() == 0


def test_a_key_of_two_parts_is_given(unit: NewUnit) -> None:
    with unit() as uow:
        uow.places.insert_many([{"hall": 1, "number": 2, "shelf": "x"}])
        assert uow.places.get_one((1, 2)).shelf == "x"


@pytest.mark.parametrize(
    ("row", "error", "says"),
    [
        ({"title": "x", "price": 5}, WrongType, "Article.price takes Price, not int"),
        ({"title": "x", "price": Price("5", "EUR")}, WrongType, "Article.price_amount takes int"),  # type: ignore[arg-type]
        ({"title": "x", "version": 5}, MappingError, "Article.version is kept by the mapping"),
        ({"title": "x", "name": "y"}, MappingError, "fills the column title, which another attribute"),
        ({"title": "x", "price": None, "price_amount": 1}, MappingError, "fills the column price_amount"),
        ({"title": "x", "supplier": None}, MappingError, "give what is behind it, supplier_id"),
    ],
)
def test_what_cannot_be_given_is_refused(
    unit: NewUnit, row: dict[str, object], error: type[PersistenceError], says: str
) -> None:
    with unit() as uow:
        with pytest.raises(error, match=says) as raised:
            uow.articles.insert_many([row])
        assert raised.value.row == 1
        assert uow.articles.count() == 0


def test_which_class_a_row_is_of_is_not_given(unit: NewUnit) -> None:
    with unit() as uow, pytest.raises(MappingError, match=r"Crate\.kind is kept by the mapping"):
        uow.crates.insert_many([{"weight": 1, "kind": "box"}])


def test_a_default_that_needs_the_entity_must_be_given(unit: NewUnit) -> None:
    with unit() as uow, pytest.raises(MappingError, match=r"Place\.shelf has a default that cannot be made without"):
        uow.repository(Place).insert_many([{"hall": 1, "number": 2}])


def test_a_bad_value_object_late_in_the_rows_is_named(unit: NewUnit) -> None:
    rows = [{"title": f"article {number}", "price": None} for number in range(3_000)]
    with unit() as uow:
        with pytest.raises(WrongType) as raised:
            uow.articles.insert_many([*rows, {"title": "x", "price": 5}])
        assert raised.value.row == 3_001
        with pytest.raises(InvalidRow):
            uow.articles.insert_many([*rows, {"title": "x"}])
        assert uow.articles.count() == 0
