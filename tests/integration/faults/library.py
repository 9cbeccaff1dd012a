"""The application that faults are tried on: books on shelves, with a rule of every kind."""

from datetime import date

from attrs import field
from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import registry

from unitofwork import UnitOfWork, entity, map_entity, orm_session, repository


@entity
class Shelf:
    room: str | None
    number: int = 1
    bought: date | None = field(default=None)
    id: int | None = field(default=None)


@entity
class Book:
    title: str | None
    shelf_id: int | None = field(default=None)
    pages: int | None = field(default=1)
    leaves: int | None = field(default=1)
    id: int | None = field(default=None)


class Library(UnitOfWork):
    shelves = repository(Shelf)
    books = repository(Book)

    def run(self, sql: str) -> None:
        """Run what the library's own checks would refuse before the database could."""
        orm_session(self.session).execute(text(sql))


def mapping() -> registry:
    made = registry()
    shelves = Table(
        "shelves",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("room", String(10), nullable=False),
        Column("number", SmallInteger, nullable=False),
        Column("bought", Date),
        UniqueConstraint("room", "number"),
    )
    books = Table(
        "books",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("title", String(20), nullable=False),
        Column("shelf_id", ForeignKey("shelves.id", name="books_stand_on_shelves")),
        Column("pages", Integer),
        Column("leaves", Integer),
        CheckConstraint("pages > 0", name="has_pages"),
        CheckConstraint("leaves > 0"),
    )
    Index("one_title", books.c.title, unique=True)
    map_entity(made, Shelf, shelves)
    map_entity(made, Book, books)
    return made
