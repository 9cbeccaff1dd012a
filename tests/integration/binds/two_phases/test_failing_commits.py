"""A commit of two phases that fails: nothing is kept, or the unit is left in doubt and says so."""

from functools import partial
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, create_engine, text

from integration.binds.conftest import Places
from integration.binds.shop import Order, Shop, User
from integration.binds.test_binds import connections
from integration.binds.two_phases.shop import AFTER, BEFORE, change, eventually, kept, on, the_one
from unitofwork import SqlAlchemyDatabase, orm_session
from unitofwork.domain.errors import (
    CommitOutcomeUnknown,
    DatabaseUnavailable,
    NeedsRollback,
    PersistenceError,
    UniqueViolation,
)


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
