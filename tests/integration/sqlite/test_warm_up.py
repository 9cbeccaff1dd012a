"""After `warm_up` the first unit of a process compiles nothing; what it costs is measured by the benchmarks."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import CacheStats

from contract.model import Accounts, User, mapping
from unitofwork import SqlAlchemyDatabase
from unitofwork.adapters.sqlalchemy import EngineOptions
from unitofwork.domain.errors import DatabaseUnavailable


def file_of(folder: Path) -> str:
    """The URL of a database with one user, written by another engine than the one that is tried."""
    url = f"sqlite:///{folder / 'warm.db'}"
    database = SqlAlchemyDatabase(url, mapping())
    database.create_schema()
    with Accounts(database) as uow:
        uow.users.add(User("sandy"))
        uow.commit()
    database.dispose()
    return url


def compiled_in_first_unit(database: SqlAlchemyDatabase) -> list[bool]:
    """Of each statement whether it had to be compiled."""
    compiled: list[bool] = []

    def note(_connection: object, _cursor: object, _statement: str, _parameters: object, context: Any, _: bool) -> None:
        if context.compiled is not None:
            compiled.append(context.cache_hit is not CacheStats.CACHE_HIT)

    event.listen(database.engine, "after_cursor_execute", note)
    with Accounts(database) as uow:
        uow.users.get_one(1).fullname = "Sandy Cheeks"
        uow.commit()
    return compiled


def sent_by_unit(database: SqlAlchemyDatabase) -> list[str]:
    """The first word of each statement that a small unit sends."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement.split()[0])

    event.listen(database.engine, "before_cursor_execute", note)
    with Accounts(database) as uow:
        user = uow.users.get_one(1)
        user.fullname = f"{user.fullname} again"
        uow.commit()
    event.remove(database.engine, "before_cursor_execute", note)
    return sent


def test_the_first_unit_compiles_nothing_after_a_warm_up(tmp_path: Path) -> None:
    database = SqlAlchemyDatabase(file_of(tmp_path), mapping())
    database.warm_up()
    assert compiled_in_first_unit(database) == [False, False]
    database.dispose()


def test_the_first_unit_sends_what_the_next_one_does(tmp_path: Path) -> None:
    database = SqlAlchemyDatabase(file_of(tmp_path), mapping())
    database.warm_up()
    assert sent_by_unit(database) == sent_by_unit(database) == ["BEGIN", "SELECT", "UPDATE"]
    database.dispose()


def test_without_a_warm_up_it_looks_for_the_log_first(tmp_path: Path) -> None:
    database = SqlAlchemyDatabase(file_of(tmp_path), mapping())
    assert sent_by_unit(database) == ["PRAGMA", "BEGIN", "SELECT", "UPDATE"]
    database.dispose()


def test_a_file_without_a_log_gets_one_with_its_first_unit_only(tmp_path: Path) -> None:
    file = tmp_path / "empty.db"
    database = SqlAlchemyDatabase(f"sqlite:///{file}", mapping())
    database.warm_up()
    assert file.read_bytes() == b""
    database.create_schema()
    with Accounts(database) as uow:
        uow.users.add(User("sandy"))
        uow.commit()
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    database.dispose()


def test_without_a_warm_up_it_compiles(tmp_path: Path) -> None:
    database = SqlAlchemyDatabase(file_of(tmp_path), mapping())
    assert compiled_in_first_unit(database) == [True, True]
    database.dispose()


def test_no_table_is_needed_and_nothing_is_written(tmp_path: Path) -> None:
    file = tmp_path / "empty.db"
    database = SqlAlchemyDatabase(f"sqlite:///{file}", mapping())
    database.warm_up()
    database.warm_up()
    assert file.read_bytes() == b""
    database.dispose()


def test_each_type_is_asked_for_by_a_key_that_none_has(tmp_path: Path) -> None:
    classes = mapping()
    database = SqlAlchemyDatabase(file_of(tmp_path), classes)
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        database.warm_up()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    for mapper in classes.mappers:
        table = mapper.local_table.description
        assert any(f"FROM {table}" in statement and set(values) == {None} for statement, values in sent), table
    database.dispose()


def test_another_writer_is_not_waited_for(tmp_path: Path) -> None:
    url = file_of(tmp_path)
    writer = SqlAlchemyDatabase(url, mapping())
    database = SqlAlchemyDatabase(url, mapping(), options=EngineOptions(lock_timeout=60))
    with Accounts(writer) as uow:
        uow.users.add(User("patrick"))
        uow.flush()
        database.warm_up()
    for each in (writer, database):
        each.dispose()


def test_a_database_that_cannot_be_reached_is_reported(tmp_path: Path) -> None:
    database = SqlAlchemyDatabase(f"sqlite:///{tmp_path / 'missing' / 'warm.db'}", mapping())
    with pytest.raises(DatabaseUnavailable):
        database.warm_up()
