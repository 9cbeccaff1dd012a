"""Whatever call to the driver fails, nothing leaks, nothing half done is kept, and the next unit works."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from sqlalchemy import create_engine

from contract.model import Accounts, Address, User, mapping
from unitofwork import SqlAlchemyDatabase
from unitofwork.domain.errors import DatabaseUnavailable, PersistenceError


@attrs.define
class Fault:
    """Fails one call to the driver: the ``at``-th, counted from when it was set; never while it is 0."""

    at: int = 0
    calls: int = 0
    hit: str = ""
    error: type[BaseException] = sqlite3.OperationalError

    def set(self, at: int, error: type[BaseException] = sqlite3.OperationalError) -> None:
        self.at, self.calls, self.hit, self.error = at, 0, "", error

    def call(self, name: str) -> None:
        self.calls += 1
        if self.calls == self.at:
            self.hit = name
            error = self.error("injected")
            if isinstance(error, sqlite3.Error):
                error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error


FAULT = Fault()


class FaultyCursor(sqlite3.Cursor):
    def execute(self, *arguments: Any) -> "FaultyCursor":
        FAULT.call(f"execute {arguments[0].split()[0]}")
        super().execute(*arguments)
        return self

    def fetchall(self) -> list[Any]:
        FAULT.call("fetchall")
        return super().fetchall()


class FaultyConnection(sqlite3.Connection):
    def cursor(self, factory: Any = None) -> Any:
        FAULT.call("cursor")
        return super().cursor(FaultyCursor)

    def commit(self) -> None:
        FAULT.call("commit")
        super().commit()

    def rollback(self) -> None:
        FAULT.call("rollback")
        super().rollback()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "faulty.db"


@pytest.fixture
def database(path: Path) -> Iterator[SqlAlchemyDatabase]:
    FAULT.set(0)
    engine = create_engine(
        f"sqlite:///{path}", connect_args={"factory": FaultyConnection, "check_same_thread": False, "timeout": 0.1}
    )
    made = SqlAlchemyDatabase(engine, mapping())
    made.create_schema()
    yield made
    FAULT.set(0)
    made.dispose()


def scenario(database: SqlAlchemyDatabase, committed: list[str]) -> None:
    """Two units, with all that a unit does; each name is noted when its commit has returned."""
    with Accounts(database) as uow:
        uow.users.add(User("first", addresses=[Address("first@example.org")]))
        uow.flush()
        assert uow.users.find_one(name="first").addresses
        uow.commit()
        committed.append("first")
        with uow.savepoint():
            uow.users.add(User("second"))
        uow.commit()
        committed.append("second")
        uow.users.add(User("never"))
        uow.flush()
        uow.rollback()
    with Accounts(database) as uow:
        third = User("third")
        uow.users.add(third)
        uow.commit()
        committed.append("third")
        uow.expire(third)
        assert third.name == "third"


def check_nothing_is_left(
    database: SqlAlchemyDatabase, path: Path, where: str, *, kept: tuple[list[str], ...] = ([],)
) -> None:
    """See that a transaction was kept as a whole or not at all; ``kept`` is what may have been."""
    FAULT.set(0)
    assert database.engine.pool.checkedout() == 0, where  # type: ignore[attr-defined]  # of a QueuePool
    other = SqlAlchemyDatabase(f"sqlite:///{path}?timeout=0.1", mapping())  # would wait for a lock that was left
    for each in (database, other):
        with Accounts(each) as uow:
            names = [user.name for user in uow.users.find(order_by="id")]
            assert names in kept, where
            uow.users.add(User("after"))
            uow.flush()
    other.dispose()


def number_of_calls(database: SqlAlchemyDatabase) -> int:
    FAULT.set(10**9)
    scenario(database, [])
    with Accounts(database) as uow:
        for user in uow.users.find():
            uow.users.delete(user)
        uow.commit()
    return FAULT.calls


@pytest.mark.parametrize("error", [sqlite3.OperationalError, KeyboardInterrupt])
def test_any_call_to_the_driver_may_fail(database: SqlAlchemyDatabase, path: Path, error: type[BaseException]) -> None:
    total = number_of_calls(database)
    hits: set[str] = set()
    held: list[BaseException] = []
    expected = KeyboardInterrupt if error is KeyboardInterrupt else PersistenceError
    for at in range(1, total + 1):
        committed: list[str] = []
        FAULT.set(at, error)
        try:
            scenario(database, committed)
        except expected as raised:
            held.append(raised)  # with its traceback, as a caller who tries again may hold it
        hit = FAULT.hit
        hits.add(hit)
        kept = [committed]
        if error is KeyboardInterrupt:  # it may come after COMMIT, and before commit() returns
            kept.append(["first", "second", "third"][: len(committed) + 1])
        check_nothing_is_left(database, path, f"call {at}: {hit}", kept=tuple(kept))
        with Accounts(database) as uow:
            for user in uow.users.find():
                uow.users.delete(user)
            uow.commit()
    assert {"commit", "rollback", "execute BEGIN", "execute INSERT", "execute SELECT", "execute SAVEPOINT"} <= hits


def test_a_failed_commit_that_cannot_be_rolled_back_leaves_nothing(
    database: SqlAlchemyDatabase, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise sqlite3.OperationalError("injected")

    with Accounts(database) as uow:
        uow.users.add(User("never"))
        uow.flush()
        with monkeypatch.context() as patched:
            patched.setattr(FaultyConnection, "commit", fail)
            patched.setattr(FaultyConnection, "rollback", fail)
            with pytest.raises(PersistenceError):
                uow.commit()
    check_nothing_is_left(database, path, "commit and rollback")


def test_a_unit_that_cannot_be_closed_cleanly_gives_its_connection_up(database: SqlAlchemyDatabase, path: Path) -> None:
    with pytest.raises(ValueError, match="the first"), Accounts(database) as uow:
        uow.users.add(User("never"))
        uow.flush()
        FAULT.set(1)
        raise ValueError("the first")
    check_nothing_is_left(database, path, "close")


def test_an_error_of_the_driver_is_found_by_its_code(database: SqlAlchemyDatabase) -> None:
    with Accounts(database) as uow:
        FAULT.set(1)
        with pytest.raises(DatabaseUnavailable, match="could not be read or written"):
            uow.users.count()
