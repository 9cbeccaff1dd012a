"""After `warm_up` the first unit of a process compiles nothing; what it costs is measured by the benchmarks."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine.interfaces import CacheStats

from contract.model import Accounts, User, mapping
from unitofwork import SqlAlchemyDatabase
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


def test_the_first_unit_compiles_nothing_after_a_warm_up(tmp_path: Path) -> None:
    database = SqlAlchemyDatabase(file_of(tmp_path), mapping())
    database.warm_up()
    assert compiled_in_first_unit(database) == [False, False]
    database.dispose()


def test_without_a_warm_up_it_compiles(tmp_path: Path) -> None:
    database = SqlAlchemyDatabase(file_of(tmp_path), mapping())
    assert compiled_in_first_unit(database) == [True, True]
    database.dispose()


def test_nothing_is_sent_and_no_table_is_needed(tmp_path: Path) -> None:
    database = SqlAlchemyDatabase(f"sqlite:///{tmp_path / 'empty.db'}", mapping())
    sent: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda _c, _k, statement, *_: sent.append(statement))
    database.warm_up()
    database.warm_up()
    assert sent == []
    database.dispose()


def test_a_database_that_cannot_be_reached_is_reported(tmp_path: Path) -> None:
    database = SqlAlchemyDatabase(f"sqlite:///{tmp_path / 'missing' / 'warm.db'}", mapping())
    with pytest.raises(DatabaseUnavailable):
        database.warm_up()
