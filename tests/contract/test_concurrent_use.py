"""Row L12: one thread or task at a time. Handing a unit on is fine, using it during an operation is refused."""

import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from unitofwork import EntityState, UnitOfWork
from unitofwork.domain.errors import UnitClosed, UnitOfWorkError, WrongThread

from .model import NewUnit, User
from .operations import OPERATIONS, Operation

pytestmark = [pytest.mark.row("L12"), pytest.mark.needs("threads")]

SOON = 20
"""Seconds within which whatever a test waits for must have come."""


@pytest.fixture
def worker() -> Iterator[ThreadPoolExecutor]:
    """Another thread."""
    with ThreadPoolExecutor(1, thread_name_prefix="worker") as pool:
        yield pool


@contextmanager
def busy(uow: UnitOfWork, worker: ThreadPoolExecutor) -> Generator[None]:
    """Be in the block while the worker is in the middle of a flush."""
    session = uow.session
    flush, inside, go_on = session.flush, threading.Event(), threading.Event()

    def flush_slowly() -> None:
        inside.set()
        assert go_on.wait(SOON)
        flush()

    session.flush = flush_slowly  # type: ignore[method-assign]  # what any adapter may be slow at
    try:
        result = worker.submit(uow.flush)
        assert inside.wait(SOON)
        yield
    finally:
        go_on.set()
    result.result(SOON)
    session.flush = flush  # type: ignore[method-assign]  # as it was


@pytest.mark.parametrize(
    "operation",
    [operation for name, operation in OPERATIONS.items() if name != "session"],
    ids=[name for name in OPERATIONS if name != "session"],
)
def test_another_thread_is_refused_in_the_middle_of_an_operation(
    accounts: NewUnit, worker: ThreadPoolExecutor, operation: Operation
) -> None:
    with accounts() as uow:
        with busy(uow, worker), pytest.raises(WrongThread):
            operation(uow)
        assert uow.users.count() == 0


def test_the_error_names_both_threads(accounts: NewUnit, worker: ThreadPoolExecutor) -> None:
    with accounts() as uow, busy(uow, worker), pytest.raises(WrongThread, match=r"'MainThread'.*'worker_0'"):
        uow.users.count()


def test_what_is_refused_harms_nobody(accounts: NewUnit, worker: ThreadPoolExecutor) -> None:
    with accounts() as uow:
        uow.users.add(User("patrick"))
        with busy(uow, worker), pytest.raises(WrongThread):
            uow.rollback()
        uow.commit()
    with accounts() as uow:
        assert uow.users.count() == 1


@pytest.mark.parametrize("end", [UnitOfWork.close, UnitOfWork.invalidate])
def test_a_unit_cannot_be_closed_in_the_middle_of_an_operation_but_after_it(
    accounts: NewUnit, worker: ThreadPoolExecutor, end: Callable[[UnitOfWork], None]
) -> None:
    uow = accounts().begin()
    with busy(uow, worker), pytest.raises(WrongThread):
        end(uow)
    assert uow.users.count() == 0
    end(uow)
    with pytest.raises(UnitClosed):
        uow.users.count()


def test_lazy_loading_is_refused_in_the_middle_of_an_operation(
    accounts: NewUnit, worker: ThreadPoolExecutor, sandy: int
) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        with busy(uow, worker), pytest.raises(WrongThread):
            _ = user.addresses
        assert len(user.addresses) == 2


def test_loading_what_expired_is_refused_in_the_middle_of_an_operation(
    accounts: NewUnit, worker: ThreadPoolExecutor, sandy: int
) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.expire(user)
        with busy(uow, worker), pytest.raises(WrongThread):
            _ = user.name
        assert user.name == "sandy"


def test_what_is_loaded_can_be_read_in_the_middle_of_an_operation(
    accounts: NewUnit, worker: ThreadPoolExecutor, sandy: int
) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        with busy(uow, worker):
            assert user.name == "sandy"
            assert repr(uow) == "<Accounts, begun>"


@pytest.mark.needs("savepoints")
def test_a_savepoint_cannot_be_left_in_the_middle_of_an_operation_and_the_unit_cannot_commit_then(
    accounts: NewUnit, worker: ThreadPoolExecutor
) -> None:
    with accounts() as uow:
        savepoint = uow.savepoint()
        savepoint.__enter__()
        uow.users.add(User("patrick"))
        with busy(uow, worker), pytest.raises(WrongThread):
            savepoint.__exit__(None, None, None)
        with pytest.raises(UnitOfWorkError, match="savepoint"):
            uow.commit()
    with accounts() as uow:
        assert uow.users.count() == 0


@pytest.mark.parametrize("end", [UnitOfWork.commit, UnitOfWork.rollback])
def test_a_unit_cannot_be_ended_in_the_middle_of_rows_that_another_thread_sends(
    accounts: NewUnit, worker: ThreadPoolExecutor, end: Callable[[UnitOfWork], None]
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def rows() -> Iterator[dict[str, object]]:
        yield {"name": "patrick"}
        inside.set()
        assert go_on.wait(SOON)

    with accounts() as uow:
        sent = worker.submit(uow.users.insert_many, rows())
        assert inside.wait(SOON)
        try:
            with pytest.raises(WrongThread):
                end(uow)
        finally:
            go_on.set()
        assert sent.result(SOON) == 1
        uow.commit()


def test_a_unit_goes_from_thread_to_thread_between_operations(accounts: NewUnit, worker: ThreadPoolExecutor) -> None:
    uow, patrick = accounts(), User("patrick")
    worker.submit(uow.begin).result(SOON)
    uow.users.add(patrick)
    worker.submit(uow.flush).result(SOON)
    assert uow.state(patrick) is EntityState.PERSISTENT
    worker.submit(uow.commit).result(SOON)
    assert uow.users.count() == 1
    worker.submit(uow.close).result(SOON)
    with pytest.raises(UnitClosed):
        uow.users.count()


def test_a_unit_is_handed_on_after_an_operation_that_failed(
    accounts: NewUnit, worker: ThreadPoolExecutor, sandy: int
) -> None:
    with accounts() as uow:
        refused = worker.submit(uow.users.delete, User("patrick"))  # which the session itself refuses: it has no row
        assert isinstance(refused.exception(SOON), UnitOfWorkError)
        assert uow.users.get_one(sandy).name == "sandy"


def test_what_an_operation_calls_may_use_the_unit(accounts: NewUnit, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a listener to a flush does, or a value that asks the unit while it is written."""
    with accounts() as uow:
        session, asked = uow.session, list[int]()
        flush = session.flush

        def flush_and_ask() -> None:
            with monkeypatch.context() as patched:
                patched.setattr(session, "flush", flush)
                asked.append(uow.users.count())
            flush()

        monkeypatch.setattr(session, "flush", flush_and_ask)
        uow.users.add(User("patrick"))
        uow.flush()
        assert asked == [1]


def test_only_one_of_many_that_come_at_once_is_let_in(accounts: NewUnit) -> None:
    """Nobody sees a transaction that another one is changing: each attempt is whole, or is refused."""
    threads, rounds = 4, 50
    start = threading.Barrier(threads)
    done = list[str]()
    refused = list[WrongThread]()

    def use(number: int) -> None:
        start.wait(SOON)
        for turn in range(rounds):
            try:
                uow.users.add(User(f"{number} {turn}"))
                done.append(f"{number} {turn}")
                uow.flush()
            except WrongThread as error:
                refused.append(error)

    with accounts() as uow:
        with ThreadPoolExecutor(threads) as pool:
            for result in [pool.submit(use, number) for number in range(threads)]:
                result.result(SOON)
        uow.commit()
    with accounts() as uow:
        assert sorted(user.name for user in uow.users.find()) == sorted(done)
    assert len(done) >= rounds / threads
    assert all("worker" in str(error) or "ThreadPool" in str(error) for error in refused)


def test_a_commit_that_is_refused_calls_nobody_back(accounts: NewUnit, worker: ThreadPoolExecutor) -> None:
    calls = list[str]()
    with accounts() as uow:
        uow.after_commit(lambda: calls.append("committed"))
        uow.after_rollback(lambda: calls.append("rolled back"))
        with busy(uow, worker), pytest.raises(WrongThread):
            uow.commit()
        assert calls == []
        uow.commit()
    assert calls == ["committed"]


@pytest.mark.usefixtures("sandy")
def test_a_stream_cannot_go_on_nor_be_closed_in_the_middle_of_an_operation(
    accounts: NewUnit, worker: ThreadPoolExecutor
) -> None:
    with accounts() as uow:
        users = uow.users.stream()
        with busy(uow, worker):
            with pytest.raises(WrongThread):
                next(users)
            with pytest.raises(WrongThread):
                users.close()
        assert [user.name for user in users] == ["sandy"]
