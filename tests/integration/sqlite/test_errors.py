"""What SQLite refuses comes out as one typed error, at flush and at commit, with what it concerns."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from attrs import field
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    create_engine,
    func,
    text,
)
from sqlalchemy.orm import registry

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, orm_session
from unitofwork.domain.errors import (
    CheckViolation,
    DatabaseUnavailable,
    ForeignKeyViolation,
    LockTimeout,
    MappingError,
    NotNullViolation,
    PersistenceError,
    SerializationConflict,
    StatementTimeout,
    UniqueViolation,
    UnitOfWorkError,
    ValueOutOfRange,
    WrongType,
)


@entity
class Shelf:
    room: str
    number: int
    id: int | None = field(default=None)


@entity
class Book:
    title: str | None
    shelf_id: int | None = field(default=None)
    lent_to: int | None = field(default=None)
    pages: int = field(default=1)
    id: int | None = field(default=None)


@pytest.fixture
def mapping() -> Iterator[registry]:
    made = registry()
    shelves = Table(
        "shelves",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("room", String, nullable=False),
        Column("number", Integer, nullable=False),
        UniqueConstraint("room", "number"),
    )
    books = Table(
        "books",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("title", String, nullable=False),
        Column("shelf_id", ForeignKey("shelves.id", name="books_stand_on_shelves")),
        Column("lent_to", ForeignKey("books.id", deferrable=True, initially="DEFERRED")),
        Column("pages", Integer, CheckConstraint("pages > 0", name="has_pages")),
    )
    Index("one_title", func.lower(books.c.title), unique=True)
    map_entity(made, Shelf, shelves)
    map_entity(made, Book, books)
    yield made
    made.dispose()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library.db"


@pytest.fixture
def database(path: Path, mapping: registry) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase(f"sqlite:///{path}", mapping)
    made.create_schema()
    yield made
    made.dispose()


def flush_error(database: SqlAlchemyDatabase, *entities: object) -> PersistenceError:
    with UnitOfWork(database) as uow:
        for each in entities:
            uow.repository(type(each)).add(each)
        with pytest.raises(PersistenceError) as caught:
            uow.flush()
    return caught.value


def test_a_unique_violation_names_entity_table_columns_and_constraint(database: SqlAlchemyDatabase) -> None:
    error = flush_error(database, Shelf("attic", 1), Shelf("attic", 1))
    assert type(error) is UniqueViolation
    assert (error.entity_type, error.table, error.columns) == (Shelf, "shelves", ("room", "number"))
    assert error.constraint == "shelves_room_number_key"
    assert not error.retryable
    assert isinstance(error.__cause__, Exception)


def test_a_second_row_with_the_same_key_is_a_unique_violation_of_the_primary_key(database: SqlAlchemyDatabase) -> None:
    with UnitOfWork(database) as uow:
        uow.repository(Shelf).add(Shelf("attic", 1, id=7))
        uow.commit()
    error = flush_error(database, Shelf("attic", 2, id=7))
    assert type(error) is UniqueViolation
    assert (error.table, error.columns, error.constraint) == ("shelves", ("id",), "shelves_pkey")


def test_a_violation_of_a_unique_expression_index_names_the_index(database: SqlAlchemyDatabase) -> None:
    error = flush_error(database, Book("Dune"), Book("DUNE"))
    assert type(error) is UniqueViolation
    assert (error.entity_type, error.table, error.constraint) == (Book, "books", "one_title")


def test_a_missing_value_is_a_not_null_violation(database: SqlAlchemyDatabase) -> None:
    error = flush_error(database, Book(None))
    assert type(error) is NotNullViolation
    assert (error.entity_type, error.table, error.columns) == (Book, "books", ("title",))
    assert str(error) == "books.title needs a value"


def test_a_broken_check_is_named(database: SqlAlchemyDatabase) -> None:
    error = flush_error(database, Book("Dune", pages=0))
    assert type(error) is CheckViolation
    assert (error.entity_type, error.table, error.constraint) == (Book, "books", "has_pages")


def test_a_broken_foreign_key_is_named_at_flush(database: SqlAlchemyDatabase) -> None:
    error = flush_error(database, Book("Dune", shelf_id=99))
    assert type(error) is ForeignKeyViolation
    assert (error.entity_type, error.table, error.columns) == (Book, "books", ("shelf_id",))
    assert error.constraint == "books_stand_on_shelves"


def test_a_row_that_is_still_referred_to_names_the_table_that_refers_to_it(database: SqlAlchemyDatabase) -> None:
    with UnitOfWork(database) as uow:
        uow.repository(Shelf).add(Shelf("attic", 1, id=1))
        uow.flush()
        uow.repository(Book).add(Book("Dune", shelf_id=1))
        uow.commit()
        uow.repository(Shelf).delete(uow.repository(Shelf).get_one(1))
        with pytest.raises(ForeignKeyViolation) as caught:
            uow.flush()
        assert (caught.value.table, caught.value.constraint) == ("books", "books_stand_on_shelves")
        uow.rollback()
        assert uow.repository(Book).count() == 1


def test_looking_for_a_broken_foreign_key_leaves_no_trace(database: SqlAlchemyDatabase) -> None:
    with UnitOfWork(database) as uow:
        with pytest.raises(ForeignKeyViolation), uow.savepoint():
            uow.repository(Book).add(Book("Dune", shelf_id=99))
        uow.repository(Book).add(Book("Solaris"))
        uow.commit()
    with UnitOfWork(database) as uow:
        assert [book.title for book in uow.repository(Book).find()] == ["Solaris"]
    assert type(flush_error(database, Book("Ubik", shelf_id=99))) is ForeignKeyViolation


def test_a_deferred_foreign_key_fails_the_commit_and_is_named(database: SqlAlchemyDatabase) -> None:
    with UnitOfWork(database) as uow:
        uow.repository(Book).add(Book("Dune", lent_to=99))
        uow.flush()
        with pytest.raises(ForeignKeyViolation) as caught:
            uow.commit()
        assert (caught.value.table, caught.value.columns) == ("books", ("lent_to",))
        assert caught.value.constraint == "books_lent_to_fkey"
    with UnitOfWork(database) as uow:
        assert uow.repository(Book).count() == 0
        uow.repository(Book).add(Book("Solaris"))
        uow.commit()
    with UnitOfWork(database) as uow:
        assert [book.title for book in uow.repository(Book).find()] == ["Solaris"]


def test_a_lock_that_another_holds_is_a_lock_timeout_and_worth_a_retry(
    database: SqlAlchemyDatabase, path: Path
) -> None:
    with UnitOfWork(database) as uow:
        uow.repository(Book).count()
    impatient = SqlAlchemyDatabase(f"sqlite:///{path}?timeout=0.05", database.mapping)
    with UnitOfWork(database) as holder:
        holder.repository(Book).count()
        with UnitOfWork(impatient) as uow, pytest.raises(LockTimeout) as caught:
            uow.repository(Book).count()
    assert caught.value.retryable
    with UnitOfWork(impatient) as uow:
        assert uow.repository(Book).count() == 0
    impatient.dispose()


def test_writing_after_another_wrote_since_the_first_read_is_a_serialization_conflict(
    database: SqlAlchemyDatabase,
) -> None:
    with UnitOfWork(database).begin(read_only=True) as reader:
        reader.repository(Book).count()
        with UnitOfWork(database) as writer:
            writer.repository(Book).add(Book("Dune"))
            writer.commit()
        orm_session(reader.session).execute(text("PRAGMA query_only = off"))
        with pytest.raises(SerializationConflict) as caught:
            orm_session(reader.session).execute(text("DELETE FROM books"))
    # Raw SQL is SQLAlchemy's affair, but its errors are ours all the same.
    assert caught.value.retryable


@pytest.mark.parametrize("change", ["INSERT INTO books (title) VALUES ('Dune')", "DROP TABLE books"])
def test_a_unit_that_only_reads_refuses_raw_changes_and_leaves_the_connection_able_to_write(
    database: SqlAlchemyDatabase, change: str
) -> None:
    with UnitOfWork(database).begin(read_only=True) as reader:
        for _ in range(2):
            with pytest.raises(UnitOfWorkError, match="read-only"):
                orm_session(reader.session).execute(text(change))
            reader.rollback()
        reader.commit()
    with closing(database.engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA user_version = 7")
    with UnitOfWork(database) as writer:
        assert writer.repository(Book).count() == 0
        writer.repository(Book).add(Book("Dune"))
        writer.commit()


def test_an_interrupted_statement_is_a_statement_timeout(database: SqlAlchemyDatabase) -> None:
    with UnitOfWork(database) as uow:
        raw = orm_session(uow.session)
        connection = raw.connection().connection.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        connection.set_progress_handler(lambda: 1, 1)
        with pytest.raises(StatementTimeout):
            uow.repository(Book).count()
        connection.set_progress_handler(None, 0)


def test_a_full_disk_is_unavailable_and_nothing_is_kept(database: SqlAlchemyDatabase, path: Path) -> None:
    with UnitOfWork(database) as uow:
        raw = orm_session(uow.session)
        pages = raw.scalar(text("PRAGMA page_count"))
        raw.execute(text(f"PRAGMA max_page_count = {pages + 1}"))
        with pytest.raises(DatabaseUnavailable, match="full"):
            for number in range(500):
                uow.repository(Book).add(Book(f"{number:05}" * 40))
                uow.flush()
        uow.rollback()
        raw.execute(text("PRAGMA max_page_count = 1073741823"))
        uow.commit()
    with UnitOfWork(database) as uow:
        assert uow.repository(Book).count() == 0


def test_a_file_that_is_no_database_is_unavailable_and_untouched(path: Path, mapping: registry) -> None:
    path.write_bytes(b"this is not a database" * 100)
    database = SqlAlchemyDatabase(f"sqlite:///{path}", mapping)
    with UnitOfWork(database) as uow, pytest.raises(DatabaseUnavailable, match="not a SQLite database"):
        uow.repository(Book).count()
    assert path.read_bytes() == b"this is not a database" * 100


def test_a_folder_that_does_not_exist_is_unavailable(tmp_path: Path, mapping: registry) -> None:
    database = SqlAlchemyDatabase(f"sqlite:///{tmp_path / 'nowhere' / 'library.db'}", mapping)
    with UnitOfWork(database) as uow, pytest.raises(DatabaseUnavailable, match=r"no folder .*nowhere for"):
        uow.repository(Book).count()


def test_a_unit_that_could_not_connect_can_be_rolled_back_and_tried_again(tmp_path: Path, mapping: registry) -> None:
    folder = tmp_path / "later"
    database = SqlAlchemyDatabase(f"sqlite:///{folder / 'library.db'}", mapping)
    with UnitOfWork(database) as uow:
        with pytest.raises(DatabaseUnavailable):
            uow.repository(Book).count()
        uow.rollback()
        folder.mkdir()
        database.create_schema()
        assert uow.repository(Book).count() == 0
    database.dispose()


def test_a_read_only_file_can_be_read_and_not_written(database: SqlAlchemyDatabase, path: Path, tmp_path: Path) -> None:
    with UnitOfWork(database) as uow:
        uow.repository(Book).add(Book("Dune"))
        uow.commit()
    url = f"sqlite:///file:{path}?mode=ro&uri=true"
    reading = SqlAlchemyDatabase(url, database.mapping)
    with UnitOfWork(reading).begin(read_only=True) as uow:
        assert [book.title for book in uow.repository(Book).find()] == ["Dune"]
    with UnitOfWork(reading) as uow, pytest.raises(DatabaseUnavailable, match="read-only"):
        uow.repository(Book).add(Book("Solaris"))
        uow.flush()
    reading.dispose()


def test_a_schema_that_lacks_a_table_does_not_fit_the_mapping(path: Path, mapping: registry) -> None:
    database = SqlAlchemyDatabase(f"sqlite:///{path}", mapping)
    with (
        UnitOfWork(database) as uow,
        pytest.raises(
            MappingError, match=r"make it by create_schema\(\), `unitofwork schema create` or .*: no such table: books"
        ),
    ):
        uow.repository(Book).count()
    database.dispose()


@pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 2**63, 2**200])
def test_a_whole_number_out_of_range_is_refused_before_it_is_sent(database: SqlAlchemyDatabase, number: int) -> None:
    error = flush_error(database, Book("Dune", pages=number))
    assert type(error) is ValueOutOfRange
    assert (error.entity_type, error.columns) == (Book, ("pages",))
    assert str(number) not in str(error)


def test_a_bare_overflow_of_the_driver_is_out_of_range(database: SqlAlchemyDatabase) -> None:
    with UnitOfWork(database) as uow, pytest.raises(ValueOutOfRange):
        orm_session(uow.session).execute(text("SELECT :n"), {"n": 2**70})


def test_a_value_that_the_driver_cannot_send_is_of_the_wrong_type(database: SqlAlchemyDatabase) -> None:
    with UnitOfWork(database) as uow, pytest.raises(WrongType):
        orm_session(uow.session).execute(text("SELECT :n"), {"n": object()})


def test_no_error_shows_a_value(database: SqlAlchemyDatabase) -> None:
    secret = "hush-hush"
    errors = [
        flush_error(database, Book(secret), Book(secret.upper())),
        flush_error(database, Shelf(secret, 1), Shelf(secret, 1)),
        flush_error(database, Book(secret, shelf_id=424242)),
        flush_error(database, Book(secret, pages=-424242)),
        flush_error(database, Book(f"{secret}\x00")),
    ]
    for error in errors:
        assert "hush" not in str(error).lower()
        assert "424242" not in str(error)


def test_an_engine_shared_with_others_raises_our_errors_only_to_us(path: Path, mapping: registry) -> None:
    from sqlalchemy.exc import IntegrityError

    engine = create_engine(f"sqlite:///{path}")
    database = SqlAlchemyDatabase(engine, mapping)
    database.create_schema()
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(text("INSERT INTO books (title) VALUES (NULL)"))
    assert type(flush_error(database, Book(None))) is NotNullViolation
    database.dispose()


@pytest.mark.skipif(os.name != "posix", reason="starts a process with a POSIX path")
def test_a_killed_writer_leaves_nothing_behind(database: SqlAlchemyDatabase, path: Path) -> None:
    script = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('BEGIN IMMEDIATE');"
        "c.execute(\"INSERT INTO books (title, pages) VALUES ('Dune', 1)\"); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=False, timeout=30)
    with UnitOfWork(database) as uow:
        assert uow.repository(Book).count() == 0
        uow.repository(Book).add(Book("Solaris"))
        uow.commit()
    with UnitOfWork(database) as uow:
        assert [book.title for book in uow.repository(Book).find()] == ["Solaris"]
