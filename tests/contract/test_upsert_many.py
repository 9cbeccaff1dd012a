"""Rows B1 to B4: `upsert_many` inserts rows of any iterable or updates those that are there, all or none of them."""

import tracemalloc
from collections.abc import Callable, Iterable, Iterator

import pytest
from attrs import frozen
from sqlalchemy.orm import registry

from unitofwork import Database, where
from unitofwork.domain.errors import (
    ForeignKeyViolation,
    InvalidRow,
    MappingError,
    NotNullViolation,
    PersistenceError,
    StaleEntity,
    UniqueViolation,
    UnitOfWorkError,
    UnsupportedQuery,
    ValueTooLong,
    WrongType,
)

from .many import Row
from .models.warehouse import Article, NewUnit, Price, Supplier, Warehouse
from .models.warehouse import mapping as warehouse_mapping


@pytest.fixture
def mapping() -> registry:
    return warehouse_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a unit of work on a warehouse with two articles: a, of code 1, and b, of code 2."""
    with Warehouse(database) as uow:
        uow.articles.insert_many([{"title": "a", "code": "1"}, {"title": "b", "code": "2"}])
        uow.commit()
    return lambda: Warehouse(database)


def titles(uow: Warehouse) -> list[str]:
    return [article.title for article in uow.articles.find(order_by="title")]


def titled(count: int, **more: object) -> Iterator[dict[str, object]]:
    return ({"title": f"article {number}", **more} for number in range(1, count + 1))


# --- B1: rows, and no entities --------------------------------------------------------------------------------------


@pytest.mark.row("B1")
def test_rows_are_inserted_or_updated_and_counted(unit: NewUnit) -> None:
    with unit() as uow:
        assert uow.articles.upsert_many([{"title": "a", "stock": 5}, {"title": "c", "stock": 6}], key="title") == 2
        uow.commit()
    with unit() as other:
        found = other.articles.find(order_by="title")
        assert [(each.title, each.stock) for each in found] == [("a", 5), ("b", 0), ("c", 6)]


@pytest.mark.row("B1")
def test_the_primary_key_is_the_key_unless_told_otherwise(unit: NewUnit) -> None:
    with unit() as uow:
        there = uow.articles.find_one(title="a").id
        assert uow.articles.upsert_many([{"id": there, "title": "x"}, {"id": 90, "title": "y"}]) == 2
        assert (uow.articles.get_one(there).title, uow.articles.get_one(90).title) == ("x", "y")
        assert uow.articles.count() == 3


@pytest.mark.row("B1")
def test_a_key_may_have_several_parts(unit: NewUnit) -> None:
    with unit() as uow:
        places = [{"hall": 1, "number": number, "shelf": "old"} for number in (1, 2)]
        uow.places.insert_many(places)
        uow.places.upsert_many([{"hall": 1, "number": number, "shelf": "new"} for number in (2, 3)])
        assert [place.shelf for place in uow.places.find(order_by="number")] == ["old", "new", "new"]
        uow.places.upsert_many([{"number": 1, "shelf": "newer", "hall": 1}], key=("number", "hall"))
        assert uow.places.get_one((1, 1)).shelf == "newer"


@pytest.mark.row("B1")
def test_only_what_is_given_is_set_in_a_row_that_is_there(unit: NewUnit) -> None:
    with unit() as uow:
        uow.articles.update_where(where(Article.title) == "a", label="kept", stock=7)
        uow.articles.upsert_many([{"title": "a", "price": Price(5, "EUR")}], key="title")
        article = uow.articles.find_one(title="a")
        assert (article.label, article.stock, article.code, article.price) == ("kept", 7, "1", Price(5, "EUR"))


@pytest.mark.row("B1")
def test_a_new_row_has_every_default(unit: NewUnit) -> None:
    with unit() as uow:
        uow.articles.upsert_many([{"title": "c"}, {"title": "d"}], key="title")
        for article in uow.articles.find(where(Article.title) > "b"):
            assert (article.label, article.colour, article.origin, article.stock) == ("new", "GREY", "unknown", 0)
            assert (article.place, article.initial, article.version) == ("hall", "a", 1)
            assert article.description == f"{article.title}, new"


@pytest.mark.row("B1")
def test_none_may_be_given(unit: NewUnit) -> None:
    with unit() as uow:
        uow.articles.upsert_many([{"title": "a", "code": None}], key="title")
        assert uow.articles.find_one(title="a").code is None


@pytest.mark.row("B1")
def test_a_key_alone_changes_nothing_in_a_row_that_is_there(unit: NewUnit) -> None:
    with unit() as uow:
        assert uow.articles.upsert_many([{"title": "a"}, {"title": "c"}], key="title") == 2
        assert titles(uow) == ["a", "b", "c"]
        article = uow.articles.find_one(title="a")
        assert (article.version, article.origin) == (1, "unknown")


@pytest.mark.row("B1")
def test_what_columns_compute_at_an_update_is_computed(unit: NewUnit) -> None:
    with unit() as uow:
        uow.articles.upsert_many([{"title": "a", "stock": 1}, {"title": "c", "stock": 1}], key="title")
        assert uow.articles.find_one(title="a").origin == "revised"
        assert uow.articles.find_one(title="c").origin == "unknown"


@pytest.mark.row("B1")
def test_what_columns_compute_at_an_update_gives_way_to_what_is_given(unit: NewUnit) -> None:
    with unit() as uow:
        uow.articles.upsert_many([{"title": "a", "origin": "given"}], key="title")
        assert uow.articles.find_one(title="a").origin == "given"


@pytest.mark.row("B1")
def test_of_rows_with_the_same_key_the_last_counts(unit: NewUnit) -> None:
    with unit() as uow:
        rows = [{"title": title, "stock": stock} for stock, title in enumerate("acbcac")]
        assert uow.articles.upsert_many(rows, key="title") == 6
        assert [article.stock for article in uow.articles.find(order_by="title")] == [4, 2, 5]
        assert (
            uow.articles.upsert_many(({"title": "a", "stock": stock} for stock in range(12_000)), key="title") == 12_000
        )
        assert uow.articles.find_one(title="a").stock == 11_999


@pytest.mark.row("B1")
def test_no_rows_are_none(unit: NewUnit) -> None:
    with unit() as uow:
        assert uow.articles.upsert_many([]) == 0


@pytest.mark.row("B1")
def test_many_rows_are_inserted_and_updated(unit: NewUnit) -> None:
    with unit() as uow:
        assert uow.articles.upsert_many(titled(5_000, stock=1), key="title") == 5_000
        assert uow.articles.upsert_many(titled(12_000, stock=2), key="title") == 12_000
        assert uow.articles.count(stock=2) == 12_000
        assert uow.articles.count() == 12_002


# --- B2: what the unit holds ----------------------------------------------------------------------------------------


@pytest.mark.row("B2")
def test_entities_in_the_unit_are_brought_up_to_date(unit: NewUnit) -> None:
    with unit() as uow:
        article = uow.articles.find_one(title="a")
        uow.articles.upsert_many([{"title": "a", "stock": 5}], key="title")
        assert article.stock == 5
        assert list(uow) == [article]
        uow.rollback()
        assert article.stock == 0


@pytest.mark.row("B2")
def test_what_was_changed_is_sent_first(unit: NewUnit) -> None:
    with unit() as uow, uow.no_autoflush():
        article, added = uow.articles.find_one(title="a"), Article("c", stock=3)
        article.label = "changed"
        uow.articles.add(added)
        uow.articles.upsert_many([{"title": "a", "stock": 5}, {"title": "c", "stock": 6}], key="title")
        assert (article.label, article.stock, added.stock) == ("changed", 5, 6)


@pytest.mark.row("B2")
def test_collections_in_the_unit_are_brought_up_to_date(unit: NewUnit) -> None:
    with unit() as uow:
        old, new = Supplier("old", [uow.articles.find_one(title="a")]), Supplier("new")
        uow.suppliers.add_all([old, new])
        uow.flush()
        rows = [{"title": title, "supplier_id": new.id} for title in "ac"]
        assert (len(old.articles), len(new.articles)) == (1, 0)
        uow.articles.upsert_many(rows, key="title")
        assert (len(old.articles), len(new.articles)) == (0, 2)


@pytest.mark.row("B2")
def test_a_version_goes_up(unit: NewUnit) -> None:
    with unit() as uow:
        detached = uow.articles.find_one(title="a")
    with unit() as second:
        second.articles.upsert_many([{"title": "a", "stock": 5}], key="title")
        assert second.articles.find_one(title="a").version == 2
        second.commit()
    detached.stock = 6
    with unit() as third:
        third.articles.add(detached)
        with pytest.raises(StaleEntity):
            third.commit()


@pytest.mark.row("B2")
def test_entities_are_as_they_were_after_a_savepoint_is_left_by_an_exception(unit: NewUnit) -> None:
    with unit() as uow:
        article = uow.articles.find_one(title="a")
        with pytest.raises(RuntimeError), uow.savepoint():
            uow.articles.upsert_many([{"title": "a", "stock": 5}], key="title")
            assert article.stock == 5
            raise RuntimeError
        assert article.stock == 0


@pytest.mark.row("B2")
def test_what_makes_the_rows_may_use_the_unit(unit: NewUnit) -> None:
    def rows(uow: Warehouse) -> Iterator[Row]:
        for article in uow.articles.find(order_by="title"):
            uow.articles.upsert_many([{"title": f"{article.title} in between"}], key="title")
            yield {"title": article.title, "stock": uow.articles.count()}

    with unit() as uow:
        assert uow.articles.upsert_many(rows(uow), key="title") == 2
        assert titles(uow) == ["a", "a in between", "b", "b in between"]
        assert [article.stock for article in uow.articles.find(order_by="title")] == [3, 0, 4, 0]


# --- B3: all or nothing ---------------------------------------------------------------------------------------------


def broken(text: str) -> Iterator[Row]:
    yield from titled(2)
    raise RuntimeError(text)


@frozen
class Bad:
    """Rows of which one is bad, and the error that says which."""

    rows: Iterable[object]
    error: type[PersistenceError]
    row: int | None
    says: str
    key: str | tuple[str, ...] | None = "title"


BAD: dict[str, Callable[[], Bad]] = {
    "no iterable": lambda: Bad(5, InvalidRow, None, "no iterable"),  # type: ignore[arg-type]  # on purpose
    "no mapping": lambda: Bad([*titled(2), 5], InvalidRow, 3, "int is no mapping"),
    "missing": lambda: Bad([*titled(2, stock=1), {"title": "x"}], InvalidRow, 3, "Article.stock is missing"),
    "one more": lambda: Bad([*titled(2), {"title": "x", "stock": 1}], InvalidRow, 3, "Article.stock is given"),
    "unknown": lambda: Bad([*titled(2), {"title": "x", "stok": 1}], MappingError, 3, "has no attribute 'stok'"),
    "relationship": lambda: Bad([{"title": "x", "supplier": None}], MappingError, 1, "give what is behind it"),
    "type": lambda: Bad([*titled(2), {"title": 5}], WrongType, 3, "Article.title takes str, not int"),
    "long": lambda: Bad([*titled(2), {"title": "x" * 31}], ValueTooLong, 3, "at most 30 characters"),
    "raises": lambda: Bad(broken("secret"), InvalidRow, 3, "raised RuntimeError"),
    "no key": lambda: Bad([*titled(2), {"title": None}], NotNullViolation, 3, "Article.title needs a value"),
    "no nullable key": lambda: Bad([{"title": "x", "code": None}], NotNullViolation, 1, "Article.code needs", "code"),
    "key not given": lambda: Bad([*titled(2)], InvalidRow, 1, "Article.id is missing, which is of the key", None),
    "half a key": lambda: Bad([*titled(2)], MappingError, None, "just title, code", ("title", "code")),
    "no unique key": lambda: Bad(
        [*titled(2)], MappingError, None, "just label; there is Article.id; Article.title; Article.code", "label"
    ),
    "no key at all": lambda: Bad([*titled(2)], MappingError, None, "just nothing; there is", ()),
    "unknown key": lambda: Bad([*titled(2)], MappingError, None, "has no attribute 'titel'", "titel"),
    "primary key too": lambda: Bad([{"title": "a", "id": 5}], MappingError, 1, "Article.id is of the primary key"),
    "another's unique value, new": lambda: Bad(
        [{"title": "x", "code": "9"}, {"title": "c", "code": "1"}], UniqueViolation, 2, "articles.code"
    ),
    "another's unique value": lambda: Bad(
        [{"title": "x", "code": "9"}, {"title": "b", "code": "1"}], UniqueViolation, 2, "articles.code"
    ),
    "another's unique value, by another key": lambda: Bad(
        [{"code": "9", "title": "x"}, {"code": "2", "title": "a"}], UniqueViolation, 2, "articles.title", "code"
    ),
    "foreign key": lambda: Bad(
        [*titled(2, supplier_id=None), {"title": "x", "supplier_id": 7}], ForeignKeyViolation, 3, "articles.supplier_id"
    ),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.row("B3")
def test_a_bad_row_is_named_and_nothing_is_kept(unit: NewUnit, name: str) -> None:
    bad = BAD[name]()
    with unit() as uow:
        uow.suppliers.add(Supplier("before"))
        with pytest.raises(bad.error) as raised:
            uow.articles.upsert_many(bad.rows, bad.key)  # type: ignore[arg-type]  # on purpose
        assert raised.value.row == bad.row
        assert bad.says in str(raised.value)
        assert titles(uow) == ["a", "b"]
        uow.articles.upsert_many([{"title": "c"}], key="title")
        uow.commit()
    with unit() as other:
        found = other.articles.find(order_by="title")
        assert [(each.title, each.code) for each in found] == [("a", "1"), ("b", "2"), ("c", None)]
        assert other.suppliers.count() == 1


@pytest.mark.row("B3")
def test_what_is_wrong_late_undoes_what_came_early(unit: NewUnit) -> None:
    def rows() -> Iterator[Row]:
        yield {"title": "a", "code": "9"}
        yield from titled(9_999, code=None)
        yield {"title": "x", "code": "2"}
        yield from titled(2_000, code=None)

    with unit() as uow:
        with pytest.raises(UniqueViolation) as raised:
            uow.articles.upsert_many(rows(), key="title")
        error = raised.value
        assert (error.row, error.entity_type, error.table) == (10_001, Article, "articles")
        assert error.constraint == "articles_by_code"
        assert [article.code for article in uow.articles.find(order_by="title")] == ["1", "2"]


@pytest.mark.parametrize("repository", ["boxes", "crates", "machines", "lorries"])
@pytest.mark.row("B3")
def test_a_class_of_a_hierarchy_is_refused(unit: NewUnit, repository: str) -> None:
    with unit() as uow, pytest.raises(UnsupportedQuery, match="upsert its entities one by one"):
        getattr(uow, repository).upsert_many([{"id": 1}])


@pytest.mark.row("B3")
def test_a_read_only_unit_refuses(unit: NewUnit) -> None:
    with unit().begin(read_only=True) as uow:
        with pytest.raises(UnitOfWorkError, match="read-only"):
            uow.articles.upsert_many([{"title": "c"}], key="title")
        assert titles(uow) == ["a", "b"]


# --- B4: constant memory --------------------------------------------------------------------------------------------


@pytest.mark.row("B4")
def test_memory_does_not_grow_with_the_rows_but_for_what_keeps_them(unit: NewUnit) -> None:
    def peak(count: int) -> int:
        with unit() as uow:
            tracemalloc.start()
            try:
                assert uow.articles.upsert_many(titled(count), key="title") == count
                kept, most = tracemalloc.get_traced_memory()
                return most - kept
            finally:
                tracemalloc.stop()

    peak(10)  # what the first use alone takes
    assert peak(45_000) < 1.2 * peak(30_000)
