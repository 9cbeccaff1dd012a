"""Shelves whose books are always loaded with them, by the same statement."""

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from attrs import field
from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import registry, relationship

from unitofwork import UnitOfWork, entity, map_entity, repository


@entity
class Shelf:
    name: str | None = None
    books: list["Book"] = field(factory=list)
    id: int | None = None


@entity
class Book:
    title: str
    shelf: Shelf | None = None
    id: int | None = None


class Shelves(UnitOfWork):
    shelves = repository(Shelf)
    books = repository(Book)


NewUnit: TypeAlias = Callable[[], Shelves]


@cache
def mapping() -> registry:
    """Map the shelves, once."""
    made = registry()
    shelves = Table(
        "shelves", made.metadata, Column("id", Integer, primary_key=True), Column("name", String(30), index=True)
    )
    books = Table(
        "books",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("title", String(30), nullable=False),
        Column("shelf_id", ForeignKey("shelves.id")),
    )
    map_entity(made, Shelf, shelves, properties={"books": relationship(Book, back_populates="shelf", lazy="joined")})
    map_entity(made, Book, books, properties={"shelf": relationship(Shelf, back_populates="books", lazy="joined")})
    return made
