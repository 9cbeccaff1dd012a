"""What a flush in one pass writes, and whom it tells, is what SQLAlchemy's does: each story is told of both."""

from collections.abc import Iterator

import pytest
from attrs import field
from sqlalchemy import Column, ForeignKey, Integer, String, Table, event
from sqlalchemy.orm import foreign, registry, relationship

from unitofwork import Database, UnitOfWork, entity, map_entity, repository


@entity
class Note:
    text: str
    place: int | None = None
    id: int | None = None


@entity
class Loan:
    book: "Book | None" = None
    note: Note | None = None
    id: int | None = None
    number: int | None = field(default=None, init=False)


@entity
class Shelf:
    name: str
    books: list["Book"] = field(factory=list["Book"])
    notes: list[Note] = field(factory=list[Note])
    id: int | None = None


@entity
class Book:
    title: str
    shelf: Shelf | None = None
    id: int | None = None
    shelf_id: int | None = field(default=None, init=False)


class Library(UnitOfWork):
    shelves = repository(Shelf)
    books = repository(Book)
    loans = repository(Loan)


@pytest.fixture
def mapping() -> Iterator[registry]:
    made = registry()
    shelves = Table("shelves", made.metadata, Column("id", Integer, primary_key=True), Column("name", String(20)))
    books = Table(
        "books",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("title", String(20)),
        Column("shelf_id", ForeignKey("shelves.id")),
    )
    notes = Table(
        "notes",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("text", String(20)),
        Column("place", Integer),
        Column("shelf_id", ForeignKey("shelves.id")),
    )
    to_books = relationship(Book, back_populates="shelf", cascade="all", order_by=books.c.id)
    map_entity(made, Note, notes)
    map_entity(made, Shelf, shelves, properties={"books": to_books, "notes": relationship(Note)})
    map_entity(made, Book, books, properties={"shelf": relationship(Shelf, back_populates="books")})
    loans = Table("loans", made.metadata, Column("id", Integer, primary_key=True), Column("number", Integer))
    to_book = relationship(Book, primaryjoin=books.c.id == foreign(loans.c.number))
    to_note = relationship(Note, primaryjoin=notes.c.place == foreign(loans.c.number), overlaps="book")
    map_entity(made, Loan, loans, properties={"book": to_book, "note": to_note})
    made.configure()
    yield made
    made.dispose()


@pytest.fixture
def told(mapping: registry) -> list[str]:
    """What listeners to the rows of books and notes are told."""
    heard: list[str] = []

    def row(name: str) -> None:
        event.listen(Book, name, lambda _mapper, _connection, book: heard.append(f"{name} {book.title}"))
        event.listen(Note, name, lambda _mapper, _connection, note: heard.append(f"{name} {note.text}"))

    for name in ("before_insert", "before_update", "before_delete", "after_insert", "after_update", "after_delete"):
        row(name)
    return heard


def shelf_with(either: Database, *titles: str) -> int:
    with Library(either) as uow:
        shelf = Shelf("a", [Book(title) for title in titles])
        uow.shelves.add(shelf)
        uow.commit()
        assert shelf.id is not None
        return shelf.id


def titles(either: Database, key: int) -> list[str]:
    with Library(either) as uow:
        return [book.title for book in uow.shelves.get_one(key).books]


def test_who_listens_to_a_key_is_told_from_both_sides(either: Database) -> None:
    heard: list[object] = []
    event.listen(Book.shelf_id, "set", lambda _book, key, *_: heard.append(key))
    key = shelf_with(either, "one")
    assert [each for each in heard if each is not None] == [key, key]
    assert titles(either, key) == ["one"]


def shelf_with_notes(uow: Library, *texts: str) -> Shelf:
    shelf = Shelf("a", notes=[Note(text) for text in texts])
    uow.shelves.add(shelf)
    uow.flush()
    return shelf


def texts(uow: Library, shelf: Shelf) -> list[str]:
    uow.refresh(shelf)
    return sorted(note.text for note in shelf.notes)


def test_who_is_in_a_list_already_is_not_written_again(either: Database, told: list[str]) -> None:
    with Library(either) as uow:
        shelf = shelf_with_notes(uow, "one", "two")
        told.clear()
        shelf.notes += [shelf.notes[0], Note("three")]
        uow.flush()
        assert told == ["before_insert three", "after_insert three"]
        assert texts(uow, shelf) == ["one", "three", "two"]


def test_a_list_in_another_order_writes_who_is_new(either: Database, told: list[str]) -> None:
    with Library(either) as uow:
        shelf = shelf_with_notes(uow, "one", "two")
        told.clear()
        shelf.notes = [shelf.notes[1], Note("three"), shelf.notes[0]]
        uow.flush()
        assert told == ["before_insert three", "after_insert three"]
        assert texts(uow, shelf) == ["one", "three", "two"]


@pytest.mark.parametrize("kept", [["one"], ["two"], ["two", "three"], ["one", "three"], []])
def test_who_was_taken_out_loses_the_key(either: Database, told: list[str], kept: list[str]) -> None:
    with Library(either) as uow:
        shelf = shelf_with_notes(uow, "one", "two")
        told.clear()
        by_text = {note.text: note for note in (*shelf.notes, Note("three"))}
        shelf.notes = [by_text[text] for text in kept]
        uow.flush()
        gone = {"one", "two"} - set(kept)
        assert {each for each in told if "after_update" in each} == {f"after_update {text}" for text in gone}
        assert texts(uow, shelf) == sorted(kept)


def test_who_moves_to_another_owner_gets_its_key(either: Database) -> None:
    first, second = shelf_with(either, "one", "two"), shelf_with(either)
    with Library(either) as uow:
        one, other = uow.shelves.get_one(first), uow.shelves.get_one(second)
        other.books.append(one.books[0])
        uow.commit()
    assert (titles(either, first), titles(either, second)) == (["two"], ["one"])


def test_an_owner_that_is_taken_away_takes_the_key_away(either: Database) -> None:
    key = shelf_with(either, "one")
    with Library(either) as uow:
        book = uow.books.find_one(title="one")
        book.shelf = None
        uow.flush()
        assert book.shelf_id is None
        uow.commit()
    assert titles(either, key) == []


def test_of_two_relationships_that_write_one_key_the_same_one_wins(either: Database) -> None:
    with Library(either) as uow:
        loan = Loan(Book("one", id=10), Note("two", place=20))
        uow.loans.add(loan)
        uow.flush()
        assert loan.number == 10


def test_a_row_that_is_deleted_leaves_its_entity_what_the_unit_has(either: Database, told: list[str]) -> None:
    key = shelf_with(either, "one")
    told.clear()
    with Library(either) as uow:
        shelf, book = uow.shelves.get_one(key), uow.books.find_one(title="one")
        assert "shelf" not in vars(book)
        uow.books.delete(book)
        uow.flush()
        assert vars(book)["shelf"] is shelf
        uow.commit()
    assert told == ["before_delete one", "after_delete one"]
