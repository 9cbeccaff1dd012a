"""Row E8: what a class validates is validated whoever sets it, and not when it is loaded."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database

from .models.library import Book, Chapter, Library, NewUnit
from .models.library import mapping as library_mapping

pytestmark = pytest.mark.row("E8")


@pytest.fixture
def mapping() -> registry:
    return library_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Library(database)


def test_a_validated_attribute_is_checked_and_changed_by_the_constructor_and_after(unit: NewUnit) -> None:
    book = Book("  omens ")
    assert book.title == "omens"
    with pytest.raises(ValueError, match="a book has a title"):
        book.title = " "
    with pytest.raises(ValueError, match="a book has a title"):
        Book("")
    with unit() as uow:
        uow.books.add(book)
        book.title = " mort "
        uow.commit()
    with unit() as uow:
        assert uow.books.find_one().title == "mort"


def test_a_validated_collection_is_checked_from_both_sides(unit: NewUnit) -> None:
    with unit() as uow:
        book = Book("omens", chapters=[Chapter("one")])
        uow.books.add(book)
        with pytest.raises(ValueError, match="not in this library"):
            book.chapters.append(Chapter("forbidden"))
        with pytest.raises(ValueError, match="not in this library"):
            Chapter("forbidden", book)
        assert [chapter.text for chapter in book.chapters] == ["one"]
        uow.commit()
        assert uow.chapters.count() == 1


def test_what_is_loaded_is_not_validated(unit: NewUnit) -> None:
    with unit() as uow:
        uow.books.add(Book("omens", chapters=[Chapter("one")]))
        uow.commit()
    with unit() as uow:
        chapter = uow.chapters.find_one()
        chapter.text = "forbidden"
        uow.commit()
    with unit() as uow:
        (chapter,) = uow.books.find_one().chapters
        assert chapter.text == "forbidden"


def test_what_an_upsert_copies_is_validated(unit: NewUnit) -> None:
    with unit() as uow:
        book = Book("omens", chapters=[Chapter("one")])
        uow.books.add(book)
        uow.commit()
    book.chapters[0].text = "forbidden"
    given = Book("omens", chapters=[Chapter("two")], id=book.id)
    given.chapters[0].text = "forbidden"
    with unit() as uow:
        with pytest.raises(ValueError, match="not in this library"):
            uow.books.upsert(given)
        uow.rollback()
        assert uow.chapters.count() == 1
