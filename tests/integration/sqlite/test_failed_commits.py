"""A unit that raised is never committed later, though its COMMIT failed and left the driver inside a transaction."""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, exc, text
from sqlalchemy.orm import Session

from contract.model import Accounts, User, mapping
from unitofwork import SqlAlchemyDatabase
from unitofwork.domain.errors import LockTimeout, NeedsRollback

INSERT = text("INSERT INTO users (name) VALUES ('of the failed commit')")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "busy.db"


def impatient(path: Path) -> Engine:
    """An engine without a write-ahead log, where whoever reads keeps others from committing."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 0.01})
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA journal_mode = truncate").close())
    return engine


@pytest.fixture
def database(path: Path) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase(impatient(path), mapping())
    made.create_schema()
    yield made
    made.dispose()


@contextmanager
def reading(path: Path) -> Generator[None]:
    """Let every COMMIT inside the block fail with SQLITE_BUSY."""
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM users").fetchall()
        yield


def names(database: SqlAlchemyDatabase) -> list[str]:
    with Accounts(database) as uow:
        return [user.name for user in uow.users.find(order_by="id")]


def test_a_unit_whose_commit_failed_is_not_committed_by_the_next_one(database: SqlAlchemyDatabase, path: Path) -> None:
    with reading(path), Accounts(database) as uow:
        uow.users.add(User("of the failed commit"))
        with pytest.raises(LockTimeout):
            uow.commit()
        with pytest.raises(NeedsRollback):
            uow.commit()
    with Accounts(database) as uow:
        uow.users.add(User("of the next unit"))
        uow.commit()
    assert names(database) == ["of the next unit"]


def test_a_unit_whose_commit_failed_holds_no_lock(database: SqlAlchemyDatabase, path: Path) -> None:
    """Even while it is still open."""
    with reading(path), Accounts(database) as uow:
        uow.users.add(User("of the failed commit"))
        with pytest.raises(LockTimeout):
            uow.commit()
        with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")


def test_a_session_without_care_on_our_engine_is_not_committed_by_the_next_unit(
    database: SqlAlchemyDatabase, path: Path
) -> None:
    with reading(path), pytest.raises(LockTimeout), Session(database.engine) as session:
        session.execute(INSERT)
        session.commit()
    with Accounts(database) as uow:
        uow.users.add(User("of the next unit"))
        uow.commit()
    assert names(database) == ["of the next unit"]


def test_a_plain_session_is_committed_by_the_next_one(database: SqlAlchemyDatabase, path: Path) -> None:
    """What the other tests are about, as SQLAlchemy alone does it."""
    engine = impatient(path)
    with reading(path), pytest.raises(exc.OperationalError, match="locked"), Session(engine) as session:
        session.execute(INSERT)
        session.commit()
    with Session(engine) as session:
        session.execute(text("SELECT 1"))
        session.commit()
    engine.dispose()
    assert names(database) == ["of the failed commit"]
