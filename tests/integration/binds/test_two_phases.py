"""Two phases: all databases keep the unit's changes or none does, whatever crashes in between."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, create_engine, event, text

from integration.binds.conftest import Place, Places, fresh
from integration.binds.shop import Line, Order, Shop, User, mapping
from integration.binds.test_binds import connections
from unitofwork import EngineOptions, InDoubt, Isolation, SqlAlchemyDatabase, orm_session
from unitofwork.domain.errors import (
    CommitOutcomeUnknown,
    DatabaseUnavailable,
    LockTimeout,
    NeedsRollback,
    NotFound,
    PersistenceError,
    StatementTimeout,
    UniqueViolation,
    UnitOfWorkError,
    UnsupportedQuery,
)

PATIENCE = 10.0
"""How long, in seconds, a server may take to notice that a client is gone."""


@pytest.fixture(params=["postgresql+postgresql", "mariadb+postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    users, orders = request.param.split("+")
    with ExitStack() as ending:
        yield Places(Place(fresh(users, tmp_path, "users", ending)), Place(fresh(orders, tmp_path, "orders", ending)))


@pytest.fixture
def database(places: Places) -> Iterator[SqlAlchemyDatabase]:
    """With a user and an order; nothing is left in doubt at the end, which would keep the servers from dropping it."""
    made = shop_database(places)
    made.create_schema()
    with Shop(made) as uow:
        uow.users.add(User("sandy", [Order(1)]))
        uow.commit()
    yield made
    for each in made.in_doubt():
        made.resolve(each.id)
    made.dispose()


def shop_database(places: Places) -> SqlAlchemyDatabase:
    binds: dict[Any, Any] = {Order: places.orders.url, Line: places.orders.url}
    return SqlAlchemyDatabase(
        places.users.url, mapping(), binds=binds, twophase=True, options=EngineOptions(lock_timeout=1)
    )


def kept(database: SqlAlchemyDatabase) -> tuple[list[str], list[int]]:
    """The names of the users, and the numbers of the orders."""
    with Shop(database) as uow:
        return [user.name for user in uow.users.find()], sorted(order.number for order in uow.orders.find())


BEFORE = (["sandy"], [1])
AFTER = (["sandy squirrel"], [1, 2])


def change(uow: Shop) -> None:
    """What `dying` does, too."""
    sandy = uow.users.find_one(name="sandy")
    sandy.name = "sandy squirrel"
    uow.orders.add(Order(2, sandy))
    uow.flush()


def die(places: Places, name: str, number: int) -> None:
    """Let another process make the change, and kill itself just before that event happens for the number-th time."""
    urls = [place.url.render_as_string(hide_password=False) for place in (places.users, places.orders)]
    child = subprocess.run(
        [sys.executable, "-m", "integration.binds.dying", *urls, name, str(number)],
        cwd=Path(__file__).parents[2],
        timeout=60,
        check=False,
        capture_output=True,
        text=True,
    )
    assert child.returncode == -9, child.stderr


def eventually(act: Callable[[], None]) -> None:
    """Try until a server has noticed that a client is gone."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except PersistenceError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def the_one(database: SqlAlchemyDatabase) -> InDoubt:
    (found,) = database.in_doubt()
    return found


def test_a_commit_keeps_all_and_leaves_nothing_in_doubt(database: SqlAlchemyDatabase) -> None:
    with Shop(database) as uow:
        change(uow)
        with uow.savepoint():
            uow.orders.add(Order(3))
        uow.commit()
        assert connections(database) == 0
        uow.orders.add(Order(4))
        uow.commit()
    assert kept(database) == (["sandy squirrel"], [1, 2, 3, 4])
    assert database.in_doubt() == []


@pytest.mark.parametrize("end", [Shop.rollback, Shop.close, Shop.invalidate])
def test_what_is_not_committed_is_kept_nowhere(database: SqlAlchemyDatabase, end: Callable[[Shop], None]) -> None:
    with Shop(database) as uow:
        change(uow)
        end(uow)
    assert connections(database) == 0
    assert kept(database) == BEFORE
    assert database.in_doubt() == []


@pytest.mark.parametrize("isolation", Isolation)
def test_every_isolation_has_two_phases(database: SqlAlchemyDatabase, isolation: Isolation) -> None:
    with Shop(database).begin(isolation=isolation) as uow:
        change(uow)
        uow.commit()
    assert kept(database) == AFTER


def prepares(database: SqlAlchemyDatabase) -> list[str]:
    """The names of all branches that are prepared from now on."""
    names: list[str] = []
    for engine in database.engines:
        event.listen(engine, "prepare_twophase", lambda _, name: names.append(name))
    return names


def test_only_what_is_written_in_several_databases_is_prepared(database: SqlAlchemyDatabase) -> None:
    prepared = prepares(database)
    with Shop(database) as uow:
        uow.orders.add(Order(2))
        uow.commit()
    with Shop(database).begin(read_only=True) as uow:
        assert (uow.users.count(), uow.orders.count()) == (1, 2)
        uow.commit()
    assert prepared == []
    with Shop(database) as uow:
        uow.users.add(User("patrick", [Order(3)]))
        uow.commit()
    assert len(prepared) == 2
    assert all(name.startswith("unitofwork:") and len(name) <= 64 for name in prepared)


# A process that dies


def test_a_process_that_dies_before_all_have_promised_has_kept_nothing(
    database: SqlAlchemyDatabase, places: Places
) -> None:
    die(places, "prepare_twophase", 2)
    found = the_one(database)
    assert not found.promised
    assert len(found.databases) == 1
    with pytest.raises(UnitOfWorkError, match="not every database promised"):
        database.resolve(found.id, commit=True)
    eventually(lambda: database.resolve(found.id))
    assert database.in_doubt() == []
    assert kept(database) == BEFORE
    with Shop(database) as uow:
        change(uow)
        uow.commit()
    assert kept(database) == AFTER


@pytest.mark.parametrize(("commit", "left"), [(True, AFTER), (None, AFTER), (False, BEFORE)])
def test_a_process_that_dies_between_the_phases_leaves_all_to_be_resolved(
    database: SqlAlchemyDatabase, places: Places, commit: bool | None, left: tuple[list[str], list[int]]
) -> None:
    die(places, "commit_twophase", 1)
    found = the_one(database)
    assert found.promised
    assert len(found.databases) == 2
    assert all("***" in shown for shown in found.databases)
    assert kept(database) == BEFORE
    with Shop(database) as uow, pytest.raises(LockTimeout):
        uow.users.find_one(name="sandy").name = "sandy star"
        uow.flush()
    eventually(lambda: database.resolve(found.id, commit=commit))
    assert database.in_doubt() == []
    assert kept(database) == left
    with Shop(database) as uow:
        uow.users.find_one().name = "sandy star"
        uow.commit()


def test_a_process_that_dies_after_one_has_committed_leaves_the_other_to_be_committed(
    database: SqlAlchemyDatabase, places: Places
) -> None:
    die(places, "commit_twophase", 2)
    assert kept(database) == (["sandy"], [1, 2])
    found = the_one(database)
    assert found.promised
    with pytest.raises(UnitOfWorkError, match="another database may have committed already"):
        database.resolve(found.id, commit=False)
    eventually(lambda: database.resolve(found.id))
    assert kept(database) == AFTER
    assert database.in_doubt() == []


def test_a_resolution_that_dies_is_taken_up_by_another(
    database: SqlAlchemyDatabase, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    for commit, left in ((False, BEFORE), (True, AFTER)):
        die(places, "commit_twophase", 1)
        found = the_one(database)
        eventually(partial(finish_one, database, found.id, commit, monkeypatch))
        assert len(the_one(database).databases) == 1
        database.resolve(found.id)
        assert kept(database) == left


def finish_one(database: SqlAlchemyDatabase, id: str, commit: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve, and lose all after one database was told."""
    participant = type(database._participants[0])
    finish = participant.finish

    def once(self: Any, name: Any, *, commit: bool) -> None:
        finish(self, name, commit=commit)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(participant, "finish", once)
        database.resolve(id, commit=commit)


@pytest.mark.parametrize("places", ["mariadb+mariadb"], indirect=True)
def test_two_databases_of_one_server_are_told_apart(database: SqlAlchemyDatabase, places: Places) -> None:
    """MariaDB lists what is prepared anywhere on the server."""
    die(places, "commit_twophase", 1)
    found = the_one(database)
    assert len(found.databases) == 2
    eventually(lambda: database.resolve(found.id))
    assert kept(database) == AFTER


def test_a_database_that_is_not_bound_takes_no_part(database: SqlAlchemyDatabase, places: Places) -> None:
    other = create_engine(places.orders.url)
    with Shop(database) as uow, pytest.raises(UnitOfWorkError, match="bind this one, too"):
        orm_session(uow.session).connection({"bind": other})
    other.dispose()


# A commit that fails


def cut(places: Places, connection: Connection) -> None:
    """Let the server end a connection's session."""
    driver: Any = connection.connection.driver_connection
    place = next(each for each in (places.users, places.orders) if each.url.database == connection.engine.url.database)
    engine = create_engine(place.url)
    with engine.connect() as other:
        if engine.dialect.name == "postgresql":
            other.execute(text("SELECT pg_terminate_backend(:id, 5000)"), {"id": driver.info.backend_pid})
        else:
            other.exec_driver_sql(f"KILL {driver.thread_id()}")
    engine.dispose()


def on(database: SqlAlchemyDatabase, name: str, number: int, act: Callable[[Connection], None]) -> None:
    """Act just before an event happens for the number-th time."""
    happened = 0

    def count(connection: Connection, *_: object) -> None:
        nonlocal happened
        happened += 1
        if happened == number:
            act(connection)

    for engine in database.engines:
        event.listen(engine, name, count)


@pytest.mark.parametrize("number", [1, 2])
def test_a_connection_lost_in_the_second_phase_leaves_the_unit_in_doubt(
    database: SqlAlchemyDatabase, places: Places, number: int
) -> None:
    on(database, "commit_twophase", number, lambda connection: cut(places, connection))
    with Shop(database) as uow:
        change(uow)
        with pytest.raises(CommitOutcomeUnknown, match="resolve") as caught:
            uow.commit()
        assert not caught.value.retryable
        with pytest.raises(NeedsRollback):
            uow.users.count()
        uow.rollback()
        assert connections(database) == 0
    found = the_one(database)
    assert found.id == caught.value.transaction
    assert found.promised
    assert database.outcome(caught.value).name == "IN_PROGRESS"
    eventually(lambda: database.resolve(found.id))
    assert database.outcome(caught.value).name == "UNKNOWN"
    assert kept(database) == AFTER


def test_a_connection_lost_in_the_deciding_promise_leaves_the_unit_in_doubt(
    database: SqlAlchemyDatabase, places: Places
) -> None:
    on(database, "prepare_twophase", 2, lambda connection: cut(places, connection))
    with Shop(database) as uow:
        change(uow)
        with pytest.raises(CommitOutcomeUnknown) as caught:
            uow.commit()
    assert the_one(database).id == caught.value.transaction
    eventually(lambda: database.resolve(str(caught.value.transaction)))
    assert kept(database) == BEFORE


def test_a_connection_lost_in_another_promise_keeps_nothing(database: SqlAlchemyDatabase, places: Places) -> None:
    on(database, "prepare_twophase", 1, lambda connection: cut(places, connection))
    with Shop(database) as uow:
        change(uow)
        with pytest.raises(PersistenceError) as caught:
            uow.commit()
        assert not isinstance(caught.value, CommitOutcomeUnknown)
    assert connections(database) == 0
    assert database.in_doubt() == []
    assert kept(database) == BEFORE


def test_a_connection_lost_in_the_commit_of_one_database_leaves_its_outcome_unknown(
    database: SqlAlchemyDatabase, places: Places
) -> None:
    on(database, "commit_twophase", 1, lambda connection: cut(places, connection))
    with Shop(database) as uow:
        uow.orders.add(Order(2))
        with pytest.raises(CommitOutcomeUnknown):
            uow.commit()
    for each in database.in_doubt():
        eventually(partial(database.resolve, each.id))
    assert kept(database) == BEFORE


def test_an_interrupt_in_the_second_phase_goes_through_and_names_the_unit(database: SqlAlchemyDatabase) -> None:
    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    on(database, "commit_twophase", 2, interrupt)
    with pytest.raises(KeyboardInterrupt) as caught, Shop(database) as uow:
        change(uow)
        uow.commit()
    found = the_one(database)
    assert any(found.id in note for note in caught.value.__notes__)
    assert connections(database) == 0
    eventually(lambda: database.resolve(found.id))
    assert kept(database) == AFTER


@pytest.mark.parametrize("refusing", ["users", "orders"])
def test_a_database_that_refuses_to_promise_keeps_all_others_from_it(
    database: SqlAlchemyDatabase, places: Places, refusing: str
) -> None:
    """A constraint that PostgreSQL checks at the end is checked when it promises."""
    place = getattr(places, refusing)
    if place.url.get_backend_name() != "postgresql":
        pytest.skip("not tested: constraints are not checked at the end there")
    engine = create_engine(place.url)
    column = {"users": "name", "orders": "number"}[refusing]
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"ALTER TABLE {refusing} ADD UNIQUE ({column}) DEFERRABLE INITIALLY DEFERRED,"
            f" DROP CONSTRAINT {refusing}_{column}_key"
        )
    engine.dispose()
    with Shop(database) as uow:
        uow.users.add(User("sandy" if refusing == "users" else "patrick"))
        uow.orders.add(Order(1 if refusing == "orders" else 2))
        uow.flush()
        with pytest.raises(UniqueViolation):
            uow.commit()
        uow.rollback()
        assert connections(database) == 0
        assert uow.users.count() == 1
    assert database.in_doubt() == []
    assert kept(database) == BEFORE


def test_a_server_that_prepares_nothing_says_what_to_set(
    database: SqlAlchemyDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As psycopg says it, without a code, where ``max_prepared_transactions`` is 0, which is the default."""

    def refuse(_: object) -> None:
        raise psycopg.NotSupportedError("prepared transactions are disabled")

    with Shop(database) as uow:
        change(uow)
        with monkeypatch.context() as patched, pytest.raises(DatabaseUnavailable, match="max_prepared_transactions"):
            patched.setattr(psycopg.Connection, "tpc_prepare", refuse)
            uow.commit()
    assert connections(database) == 0
    assert database.in_doubt() == []
    assert kept(database) == BEFORE


def test_a_session_that_is_prepared_by_hand_can_still_be_rolled_back(database: SqlAlchemyDatabase) -> None:
    with Shop(database) as uow:
        change(uow)
        orm_session(uow.session).prepare()
        assert len(the_one(database).databases) == 2
        uow.rollback()
    assert database.in_doubt() == []
    assert kept(database) == BEFORE


# What is in doubt


def test_only_what_these_databases_prepared_together_is_listed(database: SqlAlchemyDatabase, places: Places) -> None:
    postgresql = next(each for each in (places.users, places.orders) if each.url.get_backend_name() == "postgresql")
    engine = create_engine(postgresql.url)
    names = ("another application's", f"unitofwork:00000000:{'0' * 32}:0:0")
    for name in names:
        with engine.connect() as connection:
            branch = connection.begin_twophase(name)
            branch.prepare()
            connection.invalidate()
            connection.close()
    assert database.in_doubt() == []
    with engine.connect() as connection:
        for name in names:
            connection.rollback_prepared(name, recover=True)
    engine.dispose()


def test_an_id_that_is_not_in_doubt_is_not_found(database: SqlAlchemyDatabase) -> None:
    with pytest.raises(NotFound, match="no transaction of this id is in doubt"):
        database.resolve("0" * 32)


def test_without_two_phases_nothing_can_be_in_doubt(places: Places) -> None:
    database = SqlAlchemyDatabase(places.users.url, mapping())
    with pytest.raises(UnsupportedQuery, match="twophase=True"):
        database.in_doubt()
    with pytest.raises(UnsupportedQuery, match="twophase=True"):
        database.resolve("0" * 32)


def test_sqlite_is_refused(places: Places) -> None:
    with pytest.raises(ValueError, match="sqlite has no commit in two phases"):
        SqlAlchemyDatabase(places.users.url, mapping(), binds={Order: "sqlite://", Line: "sqlite://"}, twophase=True)


def test_in_one_phase_a_commit_that_may_be_half_done_says_so(places: Places) -> None:
    database = SqlAlchemyDatabase(
        places.users.url, mapping(), binds={Order: places.orders.url, Line: places.orders.url}
    )
    database.create_schema()

    def refuse(_: object) -> None:
        raise StatementTimeout("injected")

    on(database, "commit", 1, refuse)
    on(database, "commit", 2, refuse)  # of those that the first one lets through
    for error, left in ((StatementTimeout, 0), (CommitOutcomeUnknown, 1)):
        with Shop(database) as uow:
            uow.users.add(User("sandy", [Order(1)]))
            with pytest.raises(error) as caught:
                uow.commit()
            assert not caught.value.retryable
        assert connections(database) == 0
        assert places.users.rows("users") + places.orders.rows("orders") == left
    database.dispose()
