"""A rule that is broken comes out as the same error on every database, with what it concerns and without values."""

import pickle
from collections.abc import Callable
from typing import TypeAlias

import pytest
from sqlalchemy import text

from integration.faults.library import Book, Library, Shelf
from unitofwork import SqlAlchemyDatabase, orm_session
from unitofwork.domain.errors import (
    CheckViolation,
    ForeignKeyViolation,
    MappingError,
    NotNullViolation,
    PersistenceError,
    UniqueViolation,
    ValueOutOfRange,
    ValueTooLong,
    WrongType,
)

Known: TypeAlias = tuple[type, str, tuple[str, ...], str | None]
"""What an error tells: the entity type, the table, the columns, the constraint."""

BROKEN: dict[str, tuple[Callable[[], list[Shelf | Book]], type[PersistenceError], Known]] = {
    "unique": (
        lambda: [Shelf("attic", 4711), Shelf("attic", 4711)],
        UniqueViolation,
        (Shelf, "shelves", ("room", "number"), "shelves_room_number_key"),
    ),
    "primary key": (
        lambda: [Shelf("attic", 1, id=4711), Shelf("attic", 2, id=4711)],
        UniqueViolation,
        (Shelf, "shelves", ("id",), "shelves_pkey"),
    ),
    "unique index": (
        lambda: [Book("no 4711"), Book("no 4711")],
        UniqueViolation,
        (Book, "books", ("title",), "one_title"),
    ),
    "foreign key": (
        lambda: [Book("Dune", shelf_id=4711)],
        ForeignKeyViolation,
        (Book, "books", ("shelf_id",), "books_stand_on_shelves"),
    ),
    "not null": (lambda: [Book(None)], NotNullViolation, (Book, "books", ("title",), None)),
    "check": (lambda: [Book("Dune", pages=-4711)], CheckViolation, (Book, "books", (), "has_pages")),
    "check without a name": (
        lambda: [Book("Dune", leaves=-4711)],
        CheckViolation,
        (Book, "books", (), "books_leaves_check"),
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_rule_is_told_with_what_it_concerns(database: SqlAlchemyDatabase, broken: str) -> None:
    entities, kind, known = BROKEN[broken]
    with Library(database) as uow:
        with pytest.raises(kind) as caught:
            for each in entities():
                uow.repository(type(each)).add(each)
                uow.flush()
                uow.expunge_all()  # a second entity with the same key would be refused before it is sent
        error = caught.value
        assert type(error) is kind
        assert (error.entity_type, error.table, error.columns, error.constraint) == known
        assert not error.retryable
        assert error.__cause__ is not None
        assert "4711" not in str(error)
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), again.columns, str(again)) == (kind, error.columns, str(error))
        uow.rollback()
        assert uow.books.count() == uow.shelves.count() == 0


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_rule_is_told_by_commit_too(database: SqlAlchemyDatabase, broken: str) -> None:
    entities, kind, _ = BROKEN[broken]
    with Library(database) as uow:
        uow.shelves.add(Shelf("kept?"))
        uow.flush()
        with pytest.raises(kind):
            for each in entities():
                uow.repository(type(each)).add(each)
                uow.commit()
                uow.expunge_all()
    with Library(database) as uow:
        assert uow.shelves.count(room="kept?") == (1 if "unique" in broken or broken == "primary key" else 0)


def test_a_row_that_others_refer_to_names_the_table_that_refers_to_it(database: SqlAlchemyDatabase) -> None:
    with Library(database) as uow:
        uow.shelves.add(Shelf("attic", id=1))
        uow.flush()
        uow.books.add(Book("Dune", shelf_id=1))
        uow.commit()
        uow.shelves.delete(uow.shelves.get_one(1))
        with pytest.raises(ForeignKeyViolation) as caught:
            uow.flush()
    assert (caught.value.table, caught.value.columns) == ("books", ("shelf_id",))
    assert caught.value.constraint == "books_stand_on_shelves"


def test_a_value_that_the_database_itself_has_to_ask_for_is_a_not_null_violation(database: SqlAlchemyDatabase) -> None:
    with Library(database) as uow, pytest.raises(NotNullViolation) as caught:
        uow.run("INSERT INTO books (pages) VALUES (1)")
    assert (caught.value.entity_type, caught.value.table, caught.value.columns) == (Book, "books", ("title",))


REFUSED = {
    "too long": ("room", "'a room beyond ten'", ValueTooLong),
    "out of range": ("number", "99999999999", ValueOutOfRange),
    "text for a number": ("number", "'seven'", WrongType),
    "no date": ("bought", "'soon'", WrongType),
    "no such date": ("bought", "'2026-02-31'", WrongType),
}


@pytest.mark.parametrize("refused", REFUSED)
def test_a_value_that_the_column_cannot_hold_is_refused_by_the_server(server: SqlAlchemyDatabase, refused: str) -> None:
    """Sent past the library's own checks, which refuse it before: see the tests of values."""
    column, value, kind = REFUSED[refused]
    values = {"room": "'attic'", "number": "1", "bought": "NULL", column: value}
    with Library(server) as uow:
        with pytest.raises(kind) as caught:
            uow.run(f"INSERT INTO shelves ({', '.join(values)}) VALUES ({', '.join(values.values())})")
        assert type(caught.value) is kind
        assert value.strip("'") not in str(caught.value)
        uow.rollback()
        assert uow.shelves.count() == 0


@pytest.mark.parametrize("sql", ["SELECT nothing FROM shelves", "SELECT 1 FROM nowhere"])
def test_a_table_or_column_that_is_missing_is_a_mistake_of_the_mapping(database: SqlAlchemyDatabase, sql: str) -> None:
    with Library(database) as uow:
        with pytest.raises(MappingError):
            uow.run(sql)
        uow.rollback()
        assert uow.shelves.count() == 0


def test_a_statement_that_is_no_sql_does_not_show_its_values(server: SqlAlchemyDatabase) -> None:
    with Library(server) as uow, pytest.raises(MappingError) as caught:
        orm_session(uow.session).execute(text("SELEC :hush"), {"hush": "secret-4711"})
    assert "secret-4711" not in str(caught.value)
