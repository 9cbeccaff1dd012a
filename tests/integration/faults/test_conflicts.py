"""Who comes second is told so, and whether running the unit again is worth it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest
from sqlalchemy import URL, text

from integration.faults.conftest import Open
from integration.faults.library import Book, Library
from unitofwork import Isolation, SqlAlchemyDatabase, UnitOfWork, orm_session
from unitofwork.domain.errors import (
    Conflict,
    Deadlock,
    LockTimeout,
    PersistenceError,
    SerializationConflict,
    StatementTimeout,
)

SLOW = {"postgresql": "SELECT pg_sleep(30)", "mariadb": "SELECT SLEEP(30) FROM shelves WHERE SLEEP(30) = 0"}
SESSION = {"postgresql": "SELECT pg_backend_pid()", "mariadb": "SELECT CONNECTION_ID()"}
RUNNING = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE pid = :id AND state = 'active'",
    "mariadb": "SELECT count(*) FROM information_schema.processlist WHERE id = :id AND info LIKE '%SLEEP%'",
}
CANCEL = {"postgresql": "SELECT pg_cancel_backend(:id)", "mariadb": "KILL QUERY :id"}


def dialect(database: SqlAlchemyDatabase) -> str:
    return database.engine.dialect.name


def session_of(uow: UnitOfWork) -> int:
    """What the server calls the unit's session."""
    raw = orm_session(uow.session)
    number = raw.scalar(text(SESSION[raw.get_bind().dialect.name]))
    assert isinstance(number, int)
    return number


def administer(database: SqlAlchemyDatabase, sql: str, session: int) -> object:
    with database.engine.connect() as connection:
        answer = connection.execute(text(sql), {"id": session})
        return answer.scalar() if answer.returns_rows else None


def test_of_two_that_wait_for_each_other_one_gives_way(stocked: SqlAlchemyDatabase) -> None:
    both_hold_one = threading.Barrier(2, timeout=30)

    def change(first: int, second: int) -> PersistenceError | None:
        with Library(stocked) as uow:
            uow.shelves.get_one(first).number += 1
            uow.flush()
            both_hold_one.wait()
            try:
                uow.shelves.get_one(second).number += 1
                uow.commit()
            except PersistenceError as error:
                return error
        return None

    with ThreadPoolExecutor(2) as threads:
        told = [each.result(60) for each in (threads.submit(change, 1, 2), threads.submit(change, 2, 1))]
    [error] = [each for each in told if each is not None]
    assert type(error) is Deadlock
    assert error.retryable
    with Library(stocked) as uow:
        assert [each.number for each in uow.shelves.find(order_by="id")] == [2, 2]


def test_a_change_to_what_changed_since_the_snapshot_is_a_conflict(stocked: SqlAlchemyDatabase) -> None:
    with Library(stocked).begin(isolation=Isolation.SNAPSHOT) as uow:
        shelf = uow.shelves.get_one(1)
        with Library(stocked) as other:
            other.shelves.get_one(1).number = 5
            other.commit()
        shelf.number = 6
        with pytest.raises(SerializationConflict) as caught:
            uow.commit()
        assert caught.value.retryable
        uow.rollback()
        assert uow.shelves.get_one(1).number == 5


def test_a_lock_that_another_holds_for_too_long_is_a_lock_timeout(
    stocked: SqlAlchemyDatabase, server_url: URL, opened: Open
) -> None:
    impatient = opened(server_url, lock_timeout=0.1)
    with Library(stocked) as holder:
        holder.shelves.get_one(1).number = 5
        holder.flush()
        before = monotonic()
        with Library(impatient) as uow:
            uow.shelves.get_one(1).number = 6
            with pytest.raises(LockTimeout) as caught:
                uow.flush()
            assert caught.value.retryable
            assert monotonic() - before < 4
            uow.rollback()
            assert uow.shelves.get_one(2).number == 1
        holder.commit()


def test_a_statement_that_runs_for_too_long_is_stopped(
    stocked: SqlAlchemyDatabase, server_url: URL, opened: Open
) -> None:
    impatient = opened(server_url, statement_timeout=0.2)
    with Library(impatient) as uow:
        with pytest.raises(StatementTimeout) as caught:
            uow.run(SLOW[dialect(stocked)])
        assert not caught.value.retryable
        uow.rollback()
        assert uow.shelves.count() == 2


def test_a_statement_that_is_cancelled_is_told_apart_from_a_lost_connection(stocked: SqlAlchemyDatabase) -> None:
    name = dialect(stocked)
    with Library(stocked) as uow, ThreadPoolExecutor(1) as threads:
        session = session_of(uow)
        running = threads.submit(uow.run, SLOW[name])
        until = monotonic() + 20
        while not administer(stocked, RUNNING[name], session):
            assert monotonic() < until, "the statement did not start"
        administer(stocked, CANCEL[name], session)
        with pytest.raises(StatementTimeout):
            running.result(20)
        uow.rollback()
        assert uow.shelves.count() == 2


def test_write_skew_is_refused_under_serializable(stocked: SqlAlchemyDatabase) -> None:
    """Each looks whether the other's shelf is empty, and then fills its own: one after the other, one would not."""
    told: list[PersistenceError] = []
    one = Library(stocked).begin(isolation=Isolation.SERIALIZABLE)
    two = Library(stocked).begin(isolation=Isolation.SERIALIZABLE)
    both_looked = threading.Barrier(2, timeout=30)

    def work(uow: Library, number: int) -> None:
        with uow:
            if uow.books.count() == 0:
                both_looked.wait()
                try:
                    uow.books.add(Book(f"on {number}", shelf_id=number))
                    uow.flush()
                    uow.commit()
                except PersistenceError as error:
                    told.append(error)

    with ThreadPoolExecutor(2) as threads:
        for each in (threads.submit(work, one, 1), threads.submit(work, two, 2)):
            each.result(60)
    [error] = told
    assert isinstance(error, Conflict)
    assert error.retryable
    with Library(stocked) as uow:
        assert uow.books.count() == 1
