"""A relationship without a backref takes an entity of any class, until it is added."""

import pytest
from attrs import field
from sqlalchemy import Column, ForeignKey, Integer, Table
from sqlalchemy.orm import registry, relationship

from unitofwork import MemoryDatabase, SqlAlchemyDatabase, UnitOfWork, entity, map_entity
from unitofwork.domain.errors import WrongType


@entity
class Member:
    id: int | None = None


@entity
class Copy:
    id: int | None = None


@entity
class Book:
    copies: list[Copy] = field(factory=list)
    id: int | None = None


def mapped() -> registry:
    made = registry()
    tables = {
        name: Table(name, made.metadata, Column("id", Integer, primary_key=True)) for name in ("members", "books")
    }
    copies = Table(
        "copies", made.metadata, Column("id", Integer, primary_key=True), Column("book", ForeignKey("books.id"))
    )
    map_entity(made, Member, tables["members"])
    map_entity(made, Copy, copies)
    map_entity(made, Book, tables["books"], properties={"copies": relationship(Copy)})
    return made


def test_an_entity_of_another_class_in_a_collection_is_told_when_it_is_added() -> None:
    mapping = mapped()
    on_sqlite = SqlAlchemyDatabase("sqlite://", mapping)
    on_sqlite.create_schema()
    for database in (MemoryDatabase(mapping), on_sqlite):
        with UnitOfWork(database) as uow:
            book = Book([Member()])  # type: ignore[list-item]  # the mistake
            with pytest.raises(WrongType, match=r"^Book\.copies takes no Member: give it what its relationship is to$"):
                uow.repository(Book).add(book)
    on_sqlite.dispose()
