"""Many rows are loaded into MariaDB as local data, and are kept or refused as if they were inserted."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pymysql
import pytest
from sqlalchemy import URL, Column, Enum, Integer, LargeBinary, String, Table, Text, UniqueConstraint, event, text
from sqlalchemy.orm import registry

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, repository
from unitofwork.adapters.sqlalchemy.engines.mariadb_connection import LOCAL_DATA, NO_LOCAL_DATA, QuietConnection
from unitofwork.domain.errors import DatabaseUnavailable, UniqueViolation, ValueTooLong

MANY = 2_000


@entity
class Note:
    name: str | None = None
    text: str | None = None
    number: int | None = None
    data: bytes | None = None
    color: str | None = None
    id: int | None = None


class Notes(UnitOfWork):
    notes = repository(Note)


def named(count: int = MANY, **more: object) -> list[dict[str, Any]]:
    return [{"name": f"note {number}", **more} for number in range(1, count + 1)]


@pytest.fixture
def database(mariadb_url: URL) -> Iterator[SqlAlchemyDatabase]:
    mapping = registry()
    table = Table(
        "notes",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(20)),
        Column("text", Text),
        Column("number", Integer),
        Column("data", LargeBinary),
        Column("color", Enum("red", "1", "0")),
        UniqueConstraint("name", name="notes_name"),
    )
    map_entity(mapping, Note, table)
    opened = SqlAlchemyDatabase(mariadb_url, mapping)
    opened.create_schema()
    yield opened
    opened.dispose()
    mapping.dispose()


@contextmanager
def sent(database: SqlAlchemyDatabase) -> Generator[list[str]]:
    """The first words of what writes rows in the block."""
    words: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        first = statement.split()[0]
        words.extend([first] if first in ("LOAD", "INSERT") else [])

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield words
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def insert(database: SqlAlchemyDatabase, rows: list[dict[str, Any]]) -> list[str]:
    """Insert rows, commit them, and tell how that was done."""
    with sent(database) as words, Notes(database) as uow:
        assert uow.notes.insert_many(rows) == len(rows)
        uow.commit()
    return words


def kept(database: SqlAlchemyDatabase, *names: str) -> list[tuple[Any, ...]]:
    with Notes(database) as uow:
        return [tuple(getattr(note, name) for name in names) for note in uow.notes.find(order_by="id")]


def run(database: SqlAlchemyDatabase, statement: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(statement))


# --- What is kept ---------------------------------------------------------------------------------------------------


def test_many_rows_are_loaded_in_their_order(database: SqlAlchemyDatabase) -> None:
    assert insert(database, named(22_000)) == ["LOAD", "LOAD", "LOAD"]
    assert kept(database, "name") == [(row["name"],) for row in named(22_000)]


def test_few_rows_are_inserted(database: SqlAlchemyDatabase) -> None:
    assert insert(database, named(100)) == ["INSERT"]


def test_every_character_is_kept(database: SqlAlchemyDatabase) -> None:
    odd = [*map(chr, range(1, 0x250)), "\\N", "\\", "\\\\n", "NULL", "", " ", "a\\", "\n", "\t\r\n", "'\"", "%s", "Ω🐙"]
    rows = [{"text": odd[number % len(odd)], "number": number} for number in range(MANY)]
    assert insert(database, rows) == ["LOAD"]
    assert kept(database, "text", "number") == [(row["text"], row["number"]) for row in rows]


def test_none_is_kept_beside_values(database: SqlAlchemyDatabase) -> None:
    rows = [{"text": None if number % 3 else "", "number": None if number % 2 else number} for number in range(MANY)]
    assert insert(database, rows) == ["LOAD"]
    assert kept(database, "text", "number") == [(row["text"], row["number"]) for row in rows]


def test_texts_longer_than_a_packet_are_loaded(database: SqlAlchemyDatabase) -> None:
    rows = [*named(), {"name": "long", "text": "Ω" * 4_000_000}]
    rows = [{"text": None, **row} for row in rows]
    assert insert(database, rows) == ["LOAD"]
    assert len(kept(database, "text")[-1][0]) == 4_000_000


def test_what_the_database_makes_is_made(database: SqlAlchemyDatabase) -> None:
    run(database, "ALTER TABLE notes MODIFY text TEXT DEFAULT (concat('made ', 1 + 1))")
    run(database, "ALTER TABLE notes MODIFY color ENUM('red', '1', '0') DEFAULT '0'")
    run(database, "CREATE TRIGGER counted BEFORE INSERT ON notes FOR EACH ROW SET NEW.number = length(NEW.name)")
    connection = database.engine.raw_connection()
    try:
        cursor = connection.cursor()
        rows = "".join(f"note {number}\n" for number in range(10)).encode()
        driver: Any = connection.driver_connection
        with driver.local_data([rows]):
            cursor.execute(f"LOAD DATA LOCAL INFILE '{LOCAL_DATA}' REPLACE INTO TABLE notes (name)")
        cursor.execute("SELECT DISTINCT text, number, color FROM notes")
        assert cursor.fetchall() == (("made 2", 6, "0"),)
    finally:
        connection.close()


# --- What is refused ------------------------------------------------------------------------------------------------


def test_a_row_that_breaks_a_unique_rule_is_named_and_nothing_is_changed(database: SqlAlchemyDatabase) -> None:
    insert(database, [{"name": "note 1500", "text": "first"}])
    with Notes(database) as uow:
        with pytest.raises(UniqueViolation) as caught:
            uow.notes.insert_many(named(text="second"))
        assert caught.value.row == 1500
        uow.commit()
    assert kept(database, "name", "text") == [("note 1500", "first")]


def test_rows_that_are_alike_are_refused(database: SqlAlchemyDatabase) -> None:
    with Notes(database) as uow, pytest.raises(UniqueViolation) as caught:
        uow.notes.insert_many([*named(), {"name": "note 7"}])
    assert caught.value.row == MANY + 1


def test_a_value_that_the_server_cannot_hold_is_refused_and_not_cut(database: SqlAlchemyDatabase) -> None:
    run(database, "ALTER TABLE notes MODIFY text VARCHAR(5)")
    rows = named(text="short")
    rows[1_233]["text"] = "far too long"
    with Notes(database) as uow:
        with pytest.raises(ValueTooLong) as caught:
            uow.notes.insert_many(rows)
        assert caught.value.row == 1_234
        uow.commit()
    assert kept(database, "name") == []


def test_a_trigger_is_as_strict_as_for_an_insert(database: SqlAlchemyDatabase) -> None:
    run(database, "CREATE TABLE heard (name VARCHAR(5))")
    run(database, "CREATE TRIGGER hear AFTER INSERT ON notes FOR EACH ROW INSERT INTO heard VALUES (NEW.name)")
    with Notes(database) as uow, pytest.raises(ValueTooLong) as caught:
        uow.notes.insert_many(named())
    assert caught.value.row == 1


# --- What is not loaded ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more",
    [{"data": b"\x00\n\t\\\xff"}, {"color": "1"}, {"id": 1}],
    ids=["bytes", "members of an ENUM", "keys"],
)
def test_what_could_be_kept_otherwise_is_inserted(database: SqlAlchemyDatabase, more: dict[str, Any]) -> None:
    rows = named(**more)
    if "id" in more:
        rows = [{**row, "id": number} for number, row in enumerate(rows, 1)]
    assert set(insert(database, rows)) == {"INSERT"}
    assert kept(database, "name", *more) == [(row["name"], *(row[name] for name in more)) for row in rows]


@pytest.mark.parametrize(
    "change",
    ["MODIFY number BIT(16)", "ENGINE = MyISAM", "MODIFY id INTEGER DEFAULT 0, DROP PRIMARY KEY"],
    ids=["another type", "no transactions", "no key of its own"],
)
def test_what_the_server_has_counts_and_not_the_mapping(database: SqlAlchemyDatabase, change: str) -> None:
    run(database, f"ALTER TABLE notes {change}")
    assert set(insert(database, named(number=53))) == {"INSERT"}
    with database.engine.connect() as connection:
        assert connection.execute(text("SELECT DISTINCT number + 0 FROM notes")).scalars().all() == [53]


def test_a_server_that_takes_no_local_data_is_asked_once(database: SqlAlchemyDatabase, mariadb_url: URL) -> None:
    run(database, "SET GLOBAL local_infile = 0")
    try:
        assert insert(database, named(12_000)) == ["LOAD", "INSERT", "INSERT"]
        assert insert(database, [{"name": f"other {number}"} for number in range(MANY)]) == ["INSERT"]
    finally:
        run(database, "SET GLOBAL local_infile = 1")
    assert len(kept(database, "id")) == 14_000


# --- No file is ever sent -------------------------------------------------------------------------------------------


@contextmanager
def connected(url: URL, **options: Any) -> Generator[QuietConnection]:
    given: dict[str, Any] = {"host": url.host, "port": url.port, "user": url.username, "password": url.password}
    connection = QuietConnection(**given, database=url.database, **options)
    try:
        yield connection
    finally:
        connection.close()


def count(connection: QuietConnection) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM notes")
        return cursor.fetchall()[0][0]


@pytest.mark.parametrize("options", [{}, {"local_infile": True}], ids=["as usual", "whatever the URL says"])
@pytest.mark.parametrize("queued", [False, True], ids=["nothing given", "data for another statement"])
def test_a_request_for_a_file_is_refused(
    database: SqlAlchemyDatabase, mariadb_url: URL, tmp_path: Path, options: dict[str, Any], queued: bool
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    statement = f"LOAD DATA LOCAL INFILE '{secret}' INTO TABLE notes (name)"
    with connected(mariadb_url, **options) as connection:
        with pytest.raises(pymysql.err.OperationalError) as caught, connection.cursor() as cursor:
            if queued:
                with connection.local_data([b"queued\n"]):
                    cursor.execute(statement)
            else:
                cursor.execute(statement)
        assert caught.value.args[0] == NO_LOCAL_DATA
        connection.commit()
        assert count(connection) == 0


def test_data_is_sent_once(database: SqlAlchemyDatabase, mariadb_url: URL) -> None:
    statement = f"LOAD DATA LOCAL INFILE '{LOCAL_DATA}' INTO TABLE notes (name)"
    with connected(mariadb_url) as connection, connection.cursor() as cursor:
        with connection.local_data([b"first\n"]):
            cursor.execute(statement)
            with pytest.raises(pymysql.err.OperationalError):
                cursor.execute(statement)
        with pytest.raises(pymysql.err.OperationalError):
            cursor.execute(statement)
        assert count(connection) == 1


def test_a_request_for_a_file_is_our_error(database: SqlAlchemyDatabase, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("text\n")
    with database.engine.connect() as connection, pytest.raises(DatabaseUnavailable, match="not to be sent"):
        connection.execute(text(f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE notes (name)"))


def test_what_fails_in_the_middle_leaves_the_connection_of_use(database: SqlAlchemyDatabase, mariadb_url: URL) -> None:
    def failing() -> Iterator[bytes]:
        yield b"first\n"
        raise KeyboardInterrupt

    with connected(mariadb_url) as connection, connection.cursor() as cursor:
        with pytest.raises(KeyboardInterrupt), connection.local_data(failing()):
            cursor.execute(f"LOAD DATA LOCAL INFILE '{LOCAL_DATA}' INTO TABLE notes (name)")
        connection.rollback()
        assert count(connection) == 0
