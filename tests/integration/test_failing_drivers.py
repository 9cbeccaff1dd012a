"""Whatever call of a driver fails, nothing leaks, nothing is half kept, and the next unit works; on each database."""

import gc
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from random import Random
from time import monotonic, sleep

import attrs
import pytest
from sqlalchemy import URL, Engine, make_url, text
from sqlalchemy.exc import PendingRollbackError

from contract.model import Accounts, Address, User, mapping
from failing_driver import DRIVERS, Driver, Fault, Injection
from unitofwork import SqlAlchemyDatabase, where
from unitofwork.adapters.sqlalchemy import EngineOptions, engines
from unitofwork.domain.condition import ANYTHING
from unitofwork.domain.errors import PersistenceError

# SQLAlchemy closes no cursor of a connection that it throws away, and psycopg misses that.
pytestmark = pytest.mark.filterwarnings("ignore:<psycopg.ServerCursor:ResourceWarning")

SOON = 20
"""Seconds within which a server has found out that a client is gone."""

OPTIONS = EngineOptions(lock_timeout=2, pool_size=2, max_overflow=1, pool_timeout=0.1, ping_after=0)
"""So that whoever would wait for what leaked fails soon, and who comes after a lost connection gets another one."""


@attrs.frozen
class Tried:
    """A database whose driver fails on demand, and one of another engine to look from outside."""

    driver: Driver
    database: SqlAlchemyDatabase
    outside: SqlAlchemyDatabase
    injection: Injection

    @property
    def engine(self) -> Engine:
        return self.database.engine


@pytest.fixture(params=DRIVERS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """An empty database."""
    if request.param == "sqlite":
        return make_url(f"sqlite:///{tmp_path / 'failing.db'}")
    found: URL = request.getfixturevalue(f"{request.param}_url")
    return found


@pytest.fixture
def tried(url: URL, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tried]:
    driver, injection = DRIVERS[url.get_backend_name()], Injection()
    engine = engines.create(url, OPTIONS)
    driver.inject(engine, injection, monkeypatch)
    database = SqlAlchemyDatabase(engine, mapping(), options=OPTIONS)
    database.create_schema()
    outside = SqlAlchemyDatabase(engines.create(url, OPTIONS), mapping(), options=OPTIONS)
    yield Tried(driver, database, outside, injection)
    injection.fault = Fault()
    database.dispose()
    outside.dispose()


COMMITS = ["first", "second", "third"]
"""The names of the users that the scenario's commits keep, one each."""


def scenario(database: SqlAlchemyDatabase, committed: list[str]) -> None:
    """Some units, with all that talks to the database; each name is noted when its commit has returned."""
    with Accounts(database) as uow:
        uow.users.add(User("first", addresses=[Address("first@example.org")]))
        uow.flush()
        assert uow.users.find_one(name="first").addresses
        uow.commit()
        committed.append("first")
        with uow.savepoint():
            uow.users.add(User("second"))
        with pytest.raises(ValueError, match="inside"), uow.savepoint():
            uow.users.add(User("never"))
            raise ValueError("inside")
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
        uow.users.insert_many({"name": f"never {number}"} for number in range(3))
        uow.users.update_where(where("name") == "third", age=3)
        uow.users.upsert_many([{"name": "third", "age": 4}], key="name")
        for user in uow.users.stream(order_by="name"):
            assert user.name == "first"
            break
    with Accounts(database).begin(read_only=True) as uow:
        assert uow.users.page(order_by="name", size=2)
        with uow.savepoint():
            uow.users.count()


def empty(database: SqlAlchemyDatabase) -> None:
    with Accounts(database) as uow:
        uow.addresses.delete_where(ANYTHING)
        uow.users.delete_where(ANYTHING)
        uow.commit()


def check_nothing_is_left(tried: Tried, hit: str, kept: list[list[str]]) -> None:
    """See that a transaction was kept as a whole or not at all, that nobody holds a lock, and that units work again."""
    tried.injection.fault = Fault()
    pool = tried.engine.pool
    assert pool.checkedout() == 0, hit  # type: ignore[attr-defined]  # of a QueuePool
    assert open_transactions(tried) == 0, hit
    for database in (tried.database, tried.outside):
        with Accounts(database) as uow:
            assert [user.name for user in uow.users.find(order_by="id")] in kept, hit
            uow.users.update_where(ANYTHING, age=99)  # would wait for a lock that was left
            uow.users.add(User("after"))
            uow.flush()


def open_transactions(tried: Tried) -> int:
    """How many the server knows of, when it has noticed which clients are gone."""
    if tried.driver.open_transactions is None:
        return 0  # whoever writes next waits for the lock in vain
    end = monotonic() + SOON
    while True:
        with tried.outside.engine.connect() as connection:  # each time, because within a transaction the answer is kept
            found = int(connection.execute(text(tried.driver.open_transactions)).scalar_one())
        if not found or monotonic() > end:
            return found
        sleep(0.01)


def try_every_call(tried: Tried, fault: Callable[[], Fault], expected: type[BaseException], unsure: set[str]) -> None:
    """Fail each call of the driver in turn; a commit of the scenario may be kept if it is hit by one of ``unsure``."""
    hits = set[str]()
    held, committed = list[BaseException](), list[str]()
    for at in count(1):
        tried.database.dispose()  # so that connecting is tried, too
        tried.injection.fault = chosen = fault()
        chosen.at(at)
        committed = []
        try:
            scenario(tried.database, committed)
        except expected as raised:
            held.append(raised)  # with its traceback, as a caller who tries again may hold it
        hits.update(chosen.hits)
        kept = [committed, *([COMMITS[: len(committed) + 1]] if unsure & set(chosen.hits) else [])]
        check_nothing_is_left(tried, f"call {at}: {chosen.hits}", kept)
        empty(tried.database)
        if not chosen.hits:
            break
    assert committed == COMMITS
    assert held
    held.clear()
    gc.collect()  # so that what is warned of is warned of here
    assert {"commit", "rollback"} <= hits
    assert {"INSERT", "SELECT", "SAVEPOINT"} <= {hit.partition(" ")[2] for hit in hits}


def test_an_error_of_the_driver_is_found_by_its_code(tried: Tried) -> None:
    with Accounts(tried.database) as uow:
        uow.users.count()
        tried.injection.fault = Fault(error=tried.driver.error)
        tried.injection.fault.at(1)
        with pytest.raises(tried.driver.ours):
            uow.users.count()


def test_any_call_may_fail(tried: Tried) -> None:
    try_every_call(tried, lambda: Fault(error=tried.driver.error), PersistenceError, unsure=set())


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_any_call_may_be_interrupted(tried: Tried, after: bool) -> None:
    unsure = {"commit", "rollback"}  # the latter as the pool's, when what was committed comes back to it
    try_every_call(tried, lambda: Fault(error=KeyboardInterrupt, after=after), KeyboardInterrupt, unsure)


def test_the_connection_may_be_lost_at_any_call(tried: Tried) -> None:
    lose = tried.driver.lose
    if lose is None:
        pytest.skip("an embedded database has no connection that could be lost")
    try_every_call(tried, lambda: Fault(error=None, before=lose), PersistenceError, unsure={"commit"})


def test_a_failed_commit_that_cannot_be_rolled_back_leaves_nothing(tried: Tried) -> None:
    with Accounts(tried.database) as uow:
        uow.users.add(User("never"))
        uow.flush()
        tried.injection.fault = Fault(error=tried.driver.error, fails=lambda _, name: name in ("commit", "rollback"))
        with pytest.raises(PersistenceError):
            uow.commit()
    check_nothing_is_left(tried, "commit and rollback", [[]])


def test_a_unit_that_cannot_be_closed_cleanly_gives_its_connection_up(tried: Tried) -> None:
    with pytest.raises(ValueError, match="the first"), Accounts(tried.database) as uow:
        uow.users.add(User("never"))
        uow.flush()
        tried.injection.fault = Fault(error=tried.driver.error)
        tried.injection.fault.at(1)
        raise ValueError("the first")
    assert tried.injection.fault.hits == ["rollback"]
    check_nothing_is_left(tried, "close", [[]])


def test_an_outer_transaction_is_never_committed_with_what_a_joined_unit_could_not_undo(tried: Tried) -> None:
    with tried.engine.connect() as connection:
        outer = connection.begin()
        with pytest.raises(ValueError, match="the first"), Accounts(tried.database.joined(connection)) as uow:
            uow.users.add(User("never"))
            uow.flush()
            tried.injection.fault = Fault(error=tried.driver.error, fails=lambda _, name: name.endswith("ROLLBACK"))
            raise ValueError("the first")
        assert len(tried.injection.fault.hits) == 1
        assert not connection.closed
        with pytest.raises(PendingRollbackError):
            outer.commit()
        connection.rollback()
    check_nothing_is_left(tried, "rollback to the savepoint", [[]])


def test_the_pool_has_its_size_after_a_thousand_units_with_failures(tried: Tried) -> None:
    chance, committed = Random(3), list[str]()
    kinds = [Fault(error=tried.driver.error), Fault(), Fault(after=True)]
    if tried.driver.lose is not None:
        kinds.append(Fault(error=None, before=tried.driver.lose))
    for number in range(1000):
        tried.injection.fault = fault = attrs.evolve(chance.choice(kinds), hits=[])
        fault.at(chance.randrange(1, 20))
        try:
            with Accounts(tried.database) as uow:
                uow.users.add(User(f"{number}"))
                uow.flush()
                uow.users.find_one(name=f"{number}").age = number
                uow.commit()
                committed.append(f"{number}")
        except (PersistenceError, KeyboardInterrupt):
            assert fault.hits
        assert tried.engine.pool.checkedout() == 0, f"{number}: {fault.hits}"  # type: ignore[attr-defined]  # as above
    tried.injection.fault = Fault()
    assert tried.engine.pool.checkedin() <= OPTIONS.pool_size  # type: ignore[attr-defined]  # as above
    assert open_transactions(tried) == 0
    with Accounts(tried.outside) as uow:
        assert {user.name for user in uow.users.find()} >= set(committed)
        assert uow.users.count(where("age").is_none()) == 0
    assert 100 < len(committed) < 1000
