"""Row E8: lists, sets, dictionaries and ordered lists of entities are kept as they are, and come back as they were."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, where
from unitofwork.domain.errors import DetachedEntity

from .adapters import Probe
from .models.library import Book, Chapter, Library, NewUnit, Note, Tag
from .models.library import mapping as library_mapping
from .sent import writes

pytestmark = pytest.mark.row("E8")


@pytest.fixture
def mapping() -> registry:
    return library_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Library(database)


def kept(unit: NewUnit, book: Book) -> int:
    """The key of a book, after it was committed."""
    with unit() as uow:
        uow.books.add(book)
        uow.commit()
        assert book.id is not None
        return book.id


# --- sets -----------------------------------------------------------------------------------------------------------


def test_a_set_comes_back_as_a_set(unit: NewUnit) -> None:
    key = kept(unit, Book("a", tags={Tag("x"), Tag("y")}))
    with unit() as uow:
        tags = uow.books.get_one(key).tags
        assert isinstance(tags, set)
        assert {tag.word for tag in tags} == {"x", "y"}


@pytest.mark.needs("statements")
def test_a_set_writes_what_was_put_in_and_taken_out(unit: NewUnit, probe: Probe) -> None:
    key = kept(unit, Book("a", tags={Tag("x"), Tag("y")}))
    with unit() as uow:
        book = uow.books.get_one(key)
        x = next(tag for tag in book.tags if tag.word == "x")
        book.tags.discard(x)
        book.tags |= {Tag("z")}
        book.tags.add(next(iter(book.tags)))
        probe.statements()
        uow.commit()
        assert sorted(" ".join(statement.split()[:3]) for statement in writes(probe)) == [
            "DELETE FROM tagged",
            "INSERT INTO tagged",
            "INSERT INTO tags",
        ]
        assert uow.tags.count() == 3
    with unit() as uow:
        assert {tag.word for tag in uow.books.get_one(key).tags} == {"y", "z"}


def test_an_entity_is_in_a_set_before_it_has_a_key_and_after(unit: NewUnit) -> None:
    with unit() as uow:
        tag = Tag("x")
        book = Book("a", tags={tag})
        uow.books.add(book)
        uow.flush()
        assert tag.id is not None
        assert tag in book.tags


# --- dictionaries ---------------------------------------------------------------------------------------------------


def test_a_dictionary_comes_back_by_its_keys(unit: NewUnit) -> None:
    key = kept(unit, Book("a", notes={"x": Note("x", "one"), "y": Note("y", "two")}))
    with unit() as uow:
        notes = uow.books.get_one(key).notes
        assert isinstance(notes, dict)
        assert {keyword: note.text for keyword, note in notes.items()} == {"x": "one", "y": "two"}
        assert notes["x"].book is uow.books.get_one(key)


def test_setting_a_key_replaces_the_one_that_was_there(unit: NewUnit) -> None:
    key = kept(unit, Book("a", notes={"x": Note("x", "one"), "y": Note("y", "two")}))
    with unit() as uow:
        book = uow.books.get_one(key)
        book.notes["x"] = Note("x", "new")
        del book.notes["y"]
        uow.commit()
        assert uow.notes.count() == 1
    with unit() as uow:
        assert {keyword: note.text for keyword, note in uow.books.get_one(key).notes.items()} == {"x": "new"}


def test_setting_the_owner_puts_it_under_its_key(unit: NewUnit) -> None:
    key = kept(unit, Book("a"))
    with unit() as uow:
        book = uow.books.get_one(key)
        assert book.notes == {}
        note = Note("x", "one", book=book)
        assert book.notes == {"x": note}
        uow.notes.add(note)
        uow.commit()
        note.book = None
        assert book.notes == {}
        uow.commit()
        assert uow.notes.count() == 0


def test_a_dictionary_is_asked_as_any_collection(unit: NewUnit) -> None:
    kept(unit, Book("a", notes={"x": Note("x", "one")}))
    kept(unit, Book("b", notes={"y": Note("y", "two")}))
    with unit() as uow:
        assert uow.books.find_one(where("notes.keyword") == "y").title == "b"


# --- lists in an order of their own ---------------------------------------------------------------------------------


def texts(unit: NewUnit, key: int) -> list[str]:
    """The chapters, as another unit loads them."""
    with unit() as uow:
        return [chapter.text for chapter in uow.books.get_one(key).chapters]


def test_a_list_with_positions_keeps_its_order(unit: NewUnit) -> None:
    key = kept(unit, Book("a", chapters=[Chapter(text) for text in "cab"]))
    assert texts(unit, key) == ["c", "a", "b"]
    with unit() as uow:
        assert [chapter.position for chapter in uow.books.get_one(key).chapters] == [0, 1, 2]


def test_putting_in_taking_out_and_moving_are_kept(unit: NewUnit) -> None:
    key = kept(unit, Book("a", chapters=[Chapter(text) for text in "abcd"]))
    with unit() as uow:
        book = uow.books.get_one(key)
        chapters = book.chapters
        chapters.insert(1, Chapter("new"))
        del chapters[0]
        chapters.append(chapters.pop(1))
        uow.commit()
        assert uow.chapters.count() == 4
    assert texts(unit, key) == ["new", "c", "d", "b"]


def test_a_list_that_is_set_anew_is_kept_in_its_order(unit: NewUnit) -> None:
    key = kept(unit, Book("a", chapters=[Chapter(text) for text in "abc"]))
    with unit() as uow:
        book = uow.books.get_one(key)
        book.chapters = [*reversed(book.chapters), Chapter("d")]
        uow.commit()
    assert texts(unit, key) == ["c", "b", "a", "d"]


# --- whatever the kind ----------------------------------------------------------------------------------------------


def test_rolling_back_restores_every_collection(unit: NewUnit) -> None:
    key = kept(unit, Book("a", tags={Tag("x")}, notes={"x": Note("x")}, chapters=[Chapter("a"), Chapter("b")]))
    with unit() as uow:
        book = uow.books.get_one(key)
        book.tags.clear()
        book.notes["y"] = Note("y")
        book.chapters.reverse()
        uow.flush()
        uow.rollback()
        assert {tag.word for tag in book.tags} == {"x"}
        assert set(book.notes) == {"x"}
        assert [chapter.text for chapter in book.chapters] == ["a", "b"]
        assert not uow.is_modified(book)


def test_what_is_owned_goes_with_its_owner_and_what_is_shared_stays(unit: NewUnit) -> None:
    key = kept(unit, Book("a", tags={Tag("x")}, notes={"x": Note("x")}, chapters=[Chapter("a")]))
    with unit() as uow:
        uow.books.delete(uow.books.get_one(key))
        uow.commit()
        assert (uow.notes.count(), uow.chapters.count(), uow.tags.count()) == (0, 0, 1)


@pytest.mark.parametrize("name", ["authors", "tags", "notes", "chapters", "copies", "loans"])
def test_a_collection_that_was_not_loaded_says_so_outside_its_unit(unit: NewUnit, name: str) -> None:
    key = kept(unit, Book("a"))
    with unit() as uow:
        book = uow.books.get_one(key)
    with pytest.raises(DetachedEntity, match=rf"Book\.{name} is not loaded"):
        getattr(book, name)
    with unit() as uow:
        (loaded,) = uow.books.find(load=name)
    assert len(getattr(loaded, name)) == 0


@pytest.mark.parametrize("fields", [None, ("tags", "notes")])
def test_upsert_copies_every_kind_of_collection(unit: NewUnit, fields: tuple[str, ...] | None) -> None:
    """Without ``fields`` it adds, with them it replaces."""
    key = kept(unit, Book("a", tags={Tag("x")}, notes={"x": Note("x")}))
    with unit() as uow:
        uow.books.upsert(Book("a", tags={Tag("y")}, notes={"y": Note("y")}, id=key), fields=fields)
        uow.commit()
    expected = {"y"} if fields else {"x", "y"}
    with unit() as uow:
        book = uow.books.get_one(key)
        assert {tag.word for tag in book.tags} == expected
        assert set(book.notes) == expected
