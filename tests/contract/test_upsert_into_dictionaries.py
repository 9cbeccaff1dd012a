"""Row E10: an upsert takes nobody's place in a dictionary, whichever side it comes from, unless it is told to."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database
from unitofwork.domain.errors import UnitOfWorkError

from .models.library import Book, Library, NewUnit, Note
from .models.library import mapping as library_mapping

pytestmark = pytest.mark.row("E10")


@pytest.fixture
def mapping() -> registry:
    return library_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Library(database)


@pytest.fixture
def key(unit: NewUnit) -> int:
    """The key of a book with a note under ``x``."""
    with unit() as uow:
        book = Book("omens", notes={"x": Note("x", "kept")})
        uow.books.add(book)
        uow.commit()
        assert book.id is not None
        return book.id


def texts(unit: NewUnit) -> list[str]:
    """The texts of all notes."""
    with unit() as uow:
        return [note.text for note in uow.notes.find(order_by="text")]


def detached(unit: NewUnit, key: int) -> Book:
    """The book, from another unit that loaded nothing of its notes."""
    with unit() as uow:
        return uow.books.get_one(key)


def test_a_place_is_not_taken_by_a_reference_to_a_detached_owner(unit: NewUnit, key: int) -> None:
    given = Note("x", "new", book=detached(unit, key))
    with unit() as uow:
        book = uow.books.get_one(key)
        (note,) = book.notes.values()
        with pytest.raises(UnitOfWorkError, match=r"Book\.notes has another member under a key of the given one"):
            uow.notes.upsert(given)
        assert book.notes == {"x": note}
        uow.commit()
    assert "kept" in texts(unit)


def test_a_place_is_not_taken_by_changing_the_key_of_a_member(unit: NewUnit, key: int) -> None:
    with unit() as uow:
        book = uow.books.get_one(key)
        other = book.notes["y"] = Note("y", "other")
        uow.commit()
    given = Note("x", "new", book=detached(unit, key), id=other.id)
    with unit() as uow:
        book = uow.books.get_one(key)
        assert len(book.notes) == 2
        with pytest.raises(UnitOfWorkError, match=r"Book\.notes has another member"):
            uow.notes.upsert(given)
        uow.rollback()
        assert {keyword: note.text for keyword, note in book.notes.items()} == {"x": "kept", "y": "other"}
    assert texts(unit) == ["kept", "other"]


def test_a_free_place_is_taken(unit: NewUnit, key: int) -> None:
    given = Note("y", "new", book=detached(unit, key))
    with unit() as uow:
        book = uow.books.get_one(key)
        assert len(book.notes) == 1
        managed = uow.notes.upsert(given)
        assert book.notes["y"] is managed
        uow.commit()
    assert texts(unit) == ["kept", "new"]


def test_a_member_keeps_its_own_place(unit: NewUnit, key: int) -> None:
    owner = detached(unit, key)
    with unit() as uow:
        book = uow.books.get_one(key)
        note = book.notes["x"]
        uow.notes.upsert(Note("x", "new", book=owner, id=note.id))
        assert book.notes == {"x": note}
        uow.commit()
    assert texts(unit) == ["new"]


def test_fields_may_take_a_place(unit: NewUnit, key: int) -> None:
    given = Note("x", "new", book=detached(unit, key))
    with unit() as uow:
        book = uow.books.get_one(key)
        assert len(book.notes) == 1
        managed = uow.notes.upsert(given, fields=["keyword", "text", "book"])
        assert book.notes == {"x": managed}
        uow.commit()
    assert texts(unit) == ["new"]
