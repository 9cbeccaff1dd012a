"""A library: books in every kind of collection, and in every kind of relationship to others."""

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from attrs import field
from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.ext.orderinglist import ordering_list
from sqlalchemy.orm import attribute_keyed_dict, backref, registry, relationship, validates

from unitofwork import UnitOfWork, entity, map_entity, repository


@entity
class Author:
    name: str
    books: list["Book"] = field(factory=list)
    id: int | None = None


@entity
class Book:
    title: str
    authors: list[Author] = field(factory=list)
    tags: set["Tag"] = field(factory=set)
    notes: dict[str, "Note"] = field(factory=dict)
    chapters: list["Chapter"] = field(factory=list)
    copies: list["Copy"] = field(factory=list)
    cover: "Cover | None" = None
    loans: list["Loan"] = field(factory=list)
    id: int | None = None

    @validates("title")
    def _clean_title(self, _name: str, title: str) -> str:
        """Whoever sets the title, a constructor too."""
        if not title.strip():
            raise ValueError("a book has a title")
        return title.strip()

    @validates("chapters", include_backrefs=True)
    def _check_chapter(self, _name: str, chapter: "Chapter") -> "Chapter":
        """Whoever adds a chapter, be it by setting the chapter's book."""
        if chapter.text == "forbidden":
            raise ValueError("not in this library")
        return chapter


@entity
class Tag:
    """Is on many books, which know it; it does not know them."""

    word: str
    id: int | None = None


@entity
class Note:
    """Is found in its book by its keyword."""

    keyword: str
    text: str = ""
    book: Book | None = None
    id: int | None = None


@entity
class Chapter:
    """Has the place in its book that it has in the list."""

    text: str
    book: Book | None = None
    position: int | None = None
    id: int | None = None


@entity
class Copy:
    """Belongs to a book, which knows it by a backref; its row goes with the book's, by the database's own rule."""

    shelf: str
    book: Book | None = None
    id: int | None = None


@entity
class Cover:
    """There is one for a book, at most."""

    color: str
    book: Book | None = None
    id: int | None = None


@entity
class Reader:
    name: str
    loans: list["Loan"] = field(factory=list)
    id: int | None = None

    @property
    def books(self) -> list[Book]:
        """What the reader has, through the loans."""
        return [loan.book for loan in self.loans if loan.book is not None]


@entity
class Loan:
    """Relates a reader to a book, with something to say about it; known by the two."""

    book: Book | None = None
    reader: Reader | None = None
    days: int = 14


class Library(UnitOfWork):
    authors = repository(Author)
    books = repository(Book)
    tags = repository(Tag)
    notes = repository(Note)
    chapters = repository(Chapter)
    copies = repository(Copy)
    covers = repository(Cover)
    readers = repository(Reader)
    loans = repository(Loan)


NewUnit: TypeAlias = Callable[[], Library]


@cache
def mapping() -> registry:
    """Map the library, once."""
    made = registry()

    def table(name: str, *columns: Column[int] | Column[str]) -> Table:
        return Table(name, made.metadata, Column("id", Integer, primary_key=True), *columns)

    def of_book(*, nullable: bool = True, unique: bool = False) -> Column[int]:
        return Column("book_id", ForeignKey("books.id", ondelete="CASCADE"), nullable=nullable, unique=unique)

    authors = table("authors", Column("name", String(30), nullable=False))
    books = table("books", Column("title", String(60), nullable=False))
    tags = table("tags", Column("word", String(20), nullable=False, unique=True))
    notes = table("notes", Column("keyword", String(20), nullable=False), Column("text", String(60)), of_book())
    chapters = table("chapters", Column("text", String(60)), Column("position", Integer), of_book())
    copies = table("copies", Column("shelf", String(10)), of_book(nullable=False))
    covers = table("covers", Column("color", String(10)), of_book(unique=True))
    readers = table("readers", Column("name", String(30)))
    loans = Table(
        "loans",
        made.metadata,
        Column("book_id", ForeignKey("books.id"), primary_key=True),
        Column("reader_id", ForeignKey("readers.id"), primary_key=True),
        Column("days", Integer, nullable=False),
    )
    written = Table(
        "written",
        made.metadata,
        Column("author_id", ForeignKey("authors.id"), primary_key=True),
        Column("book_id", ForeignKey("books.id"), primary_key=True),
    )
    tagged = Table(
        "tagged",
        made.metadata,
        Column("book_id", ForeignKey("books.id"), primary_key=True),
        Column("tag_id", ForeignKey("tags.id"), primary_key=True),
    )
    owned = "all, delete-orphan"
    map_entity(
        made, Author, authors, properties={"books": relationship(Book, secondary=written, back_populates="authors")}
    )
    # Copies are known to the book by a backref, which is mapped first so that the field is found.
    copies_of = backref("copies", cascade=owned, passive_deletes=True)
    map_entity(made, Copy, copies, properties={"book": relationship(Book, backref=copies_of)})
    map_entity(
        made,
        Book,
        books,
        properties={
            "authors": relationship(Author, secondary=written, back_populates="books", order_by=authors.c.name),
            "tags": relationship(Tag, secondary=tagged, collection_class=set),
            "notes": relationship(
                Note, back_populates="book", cascade=owned, collection_class=attribute_keyed_dict("keyword")
            ),
            "chapters": relationship(
                Chapter,
                back_populates="book",
                cascade=owned,
                order_by=chapters.c.position,
                collection_class=ordering_list("position", reorder_on_append=True),
            ),
            "cover": relationship(Cover, back_populates="book", cascade=owned, uselist=False),
            "loans": relationship(Loan, back_populates="book", cascade=owned),
        },
    )
    map_entity(made, Tag, tags)
    map_entity(made, Note, notes, properties={"book": relationship(Book, back_populates="notes")})
    map_entity(made, Chapter, chapters, properties={"book": relationship(Book, back_populates="chapters")})
    map_entity(made, Cover, covers, properties={"book": relationship(Book, back_populates="cover")})
    map_entity(
        made,
        Reader,
        readers,
        properties={"loans": relationship(Loan, back_populates="reader", cascade=owned)},
    )
    map_entity(
        made,
        Loan,
        loans,
        properties={
            "book": relationship(Book, back_populates="loans"),
            "reader": relationship(Reader, back_populates="loans"),
        },
    )
    return made
