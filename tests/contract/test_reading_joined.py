"""Rows Q3, Q4, Q5: pages, streams and locks of entities that are always loaded together with others."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import FOR_UPDATE, Database, where

from .adapters import Probe
from .models.shelves import Book, NewUnit, Shelf, Shelves
from .models.shelves import mapping as shelves_mapping
from .sent import selects

pytestmark = pytest.mark.row("Q3", "Q4", "Q5")

ORDERS = ("id", "name", where("name").desc(), where("name").asc().nulls_first())


@pytest.fixture
def mapping() -> registry:
    return shelves_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Shelves(database)


@pytest.fixture
def filled(unit: NewUnit) -> NewUnit:
    """Five shelves with none to four books."""
    with unit() as uow:
        for count, name in enumerate(("b", None, "a", "b", None)):
            uow.shelves.add(Shelf(name, [Book(f"{count}.{number}") for number in range(count)]))
        uow.commit()
    return unit


def _titles(shelf: Shelf) -> int:
    return len(shelf.books)


@pytest.mark.parametrize("order", ORDERS, ids=str)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_page_is_of_whole_entities(filled: NewUnit, probe: Probe, order: object, size: int) -> None:
    with filled() as uow:
        found: list[Shelf] = []
        after = None
        while True:
            page = uow.shelves.page(order_by=order, size=size, after=after)
            assert 0 < len(page) <= size
            found += page
            if (after := page.next) is None:
                break
        probe.statements()
        assert sorted(map(_titles, found)) == [0, 1, 2, 3, 4]
        assert probe.statements() == []
        assert [shelf.name for shelf in found] == [shelf.name for shelf in uow.shelves.find(order_by=order)]


def test_a_stream_gives_whole_entities_each_once(unit: NewUnit) -> None:
    with unit() as uow:
        uow.shelves.insert_many({"id": n + 1, "name": f"{n % 3}"} for n in range(1100))
        uow.books.insert_many({"title": f"{n}", "shelf_id": n % 1100 + 1} for n in range(2200))
        uow.commit()
    with unit() as uow:
        keys = [(shelf.id, len(shelf.books)) for shelf in uow.shelves.stream(order_by="name")]
        assert len(keys) == 1100
        assert sorted(keys, key=lambda key: key[0] or 0) == [(n + 1, 2) for n in range(1100)]
        for book in uow.books.stream():
            assert book.shelf is not None
            break


@pytest.mark.parametrize("limit", [None, 3])
def test_a_lock_finds_whole_entities(filled: NewUnit, limit: int | None) -> None:
    with filled() as uow:
        found = uow.shelves.find(order_by="id", limit=limit, lock=FOR_UPDATE)
        assert [len(shelf.books) for shelf in found] == [0, 1, 2, 3, 4][:limit]
        assert [book.shelf for book in uow.books.find(lock=FOR_UPDATE)]


def test_a_lock_reads_afresh_what_is_loaded_along(filled: NewUnit) -> None:
    with filled() as uow:
        [book] = [book for shelf in uow.shelves.find(name="a") for book in shelf.books if book.title == "2.0"]
        uow.commit()
        with filled() as other:
            other.books.update_where(where("title") == "2.0", title="new")
            other.commit()
        assert book.title == "2.0"
        uow.shelves.find(name="a", lock=FOR_UPDATE)
        assert book.title == "new"


@pytest.mark.needs("statements")
def test_one_statement_reads_whole_entities(filled: NewUnit, probe: Probe) -> None:
    with filled() as uow:
        probe.statements()
        assert sum(map(_titles, uow.shelves.find())) == 10
        assert selects(probe) == 1


@pytest.mark.needs("row_locks")
def test_what_a_limit_leaves_out_is_not_locked(filled: NewUnit) -> None:
    with filled() as uow, filled() as other:
        locked = uow.shelves.find(order_by="id", limit=2, lock=FOR_UPDATE)
        free = other.shelves.find(order_by="id", lock=FOR_UPDATE.skip_locked())
        assert [shelf.id for shelf in locked] == [1, 2]
        assert [shelf.id for shelf in free] == [3, 4, 5]
