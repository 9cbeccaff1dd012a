"""A connection that is lost: before COMMIT nothing was kept, during COMMIT nobody can tell but the database itself."""

import pickle
from collections.abc import Iterator
from contextlib import nullcontext
from time import monotonic, sleep

import pytest
from sqlalchemy import URL

from integration.faults.conftest import Open
from integration.faults.library import Library, Shelf
from integration.faults.test_conflicts import administer, dialect, session_of
from servers.proxy import Proxy
from unitofwork import EntityState, Isolation, Outcome, SqlAlchemyDatabase
from unitofwork.domain.errors import (
    CommitOutcomeUnknown,
    ConnectionLost,
    NeedsRollback,
    UniqueViolation,
    UnsupportedQuery,
)

KILL = {"postgresql": "SELECT pg_terminate_backend(:id)", "mariadb": "KILL :id"}
ALIVE = {
    "postgresql": "SELECT count(*) FROM pg_stat_activity WHERE pid = :id",
    "mariadb": "SELECT count(*) FROM information_schema.processlist WHERE id = :id",
}


def wait_until_gone(database: SqlAlchemyDatabase, session: int) -> None:
    until = monotonic() + 20
    while administer(database, ALIVE[dialect(database)], session):
        assert monotonic() < until, "the session did not end"
        sleep(0.02)  # the server is looked at from outside: there is no event to wait for


@pytest.fixture
def proxy(server_url: URL) -> Iterator[Proxy]:
    with Proxy(server_url) as made:
        yield made


@pytest.fixture
def proxied(server: SqlAlchemyDatabase, proxy: Proxy, opened: Open) -> SqlAlchemyDatabase:
    """A library whose connections the proxy can cut."""
    return opened(proxy.url)


def test_a_session_that_is_killed_is_lost_and_the_unit_can_go_on_afresh(server: SqlAlchemyDatabase) -> None:
    with Library(server) as uow:
        uow.shelves.add(Shelf("attic"))
        uow.flush()
        session = session_of(uow)
        administer(server, KILL[dialect(server)], session)
        wait_until_gone(server, session)
        with pytest.raises(ConnectionLost) as caught:
            uow.shelves.count()
        assert caught.value.retryable
        with pytest.raises(NeedsRollback):
            uow.shelves.count()
        uow.rollback()
        assert uow.shelves.count() == 0
        uow.shelves.add(Shelf("attic"))
        uow.commit()
    with Library(server) as uow:
        assert uow.shelves.count() == 1


def test_a_session_that_idles_in_its_transaction_for_too_long_is_lost(
    server: SqlAlchemyDatabase, server_url: URL, opened: Open
) -> None:
    impatient = opened(server_url, idle_in_transaction_timeout=0.2)
    with Library(impatient) as uow:
        uow.shelves.add(Shelf("attic"))
        uow.flush()
        wait_until_gone(server, session_of(uow))
        with pytest.raises(ConnectionLost):
            uow.shelves.count()
        uow.rollback()
        assert uow.shelves.count() == 0


def test_a_connection_cut_in_a_flush_is_lost_and_nothing_is_kept(
    server: SqlAlchemyDatabase, proxied: SqlAlchemyDatabase, proxy: Proxy
) -> None:
    with Library(proxied) as uow:
        uow.shelves.add(Shelf("attic"))
        proxy.cut(b"INSERT", forward=True)
        with pytest.raises(ConnectionLost):
            uow.flush()
        uow.rollback()
        assert uow.shelves.count() == 0
    with Library(server) as uow:
        assert uow.shelves.count() == 0


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "not-kept"])
def test_a_connection_cut_in_commit_leaves_the_outcome_unknown(
    server: SqlAlchemyDatabase, proxied: SqlAlchemyDatabase, proxy: Proxy, kept: bool
) -> None:
    with Library(proxied) as uow:
        shelf = Shelf("attic")
        uow.shelves.add(shelf)
        uow.flush()
        proxy.cut(b"COMMIT", forward=kept)
        with pytest.raises(CommitOutcomeUnknown) as caught:
            uow.commit()
        assert not caught.value.retryable
        with pytest.raises(NeedsRollback):
            uow.shelves.count()
        uow.rollback()
        assert uow.state(shelf) is EntityState.TRANSIENT
        assert uow.shelves.count() == kept
    with Library(server) as uow:
        assert uow.shelves.count() == kept
        uow.shelves.add(shelf)  # with the key that it was given
        with pytest.raises(UniqueViolation) if kept else nullcontext():
            uow.commit()
    with Library(server) as uow:
        assert uow.shelves.count() == 1


@pytest.mark.parametrize("kept", [True, False], ids=["kept", "not-kept"])
def test_the_database_tells_what_became_of_it_where_it_can(
    server: SqlAlchemyDatabase, proxied: SqlAlchemyDatabase, proxy: Proxy, kept: bool
) -> None:
    with Library(proxied) as uow:
        uow.shelves.add(Shelf("attic"))
        uow.flush()
        proxy.cut(b"COMMIT", forward=kept)
        with pytest.raises(CommitOutcomeUnknown) as caught:
            uow.commit()
    error = pickle.loads(pickle.dumps(caught.value))  # another process may be the one that asks
    if dialect(server) != "postgresql":
        with pytest.raises(UnsupportedQuery, match="no record"):
            server.outcome(error)
        return
    outcome, until = Outcome.IN_PROGRESS, monotonic() + 20
    while outcome is Outcome.IN_PROGRESS and monotonic() < until:  # the server has to notice that its client is gone
        outcome = server.outcome(error)
    assert outcome is (Outcome.COMMITTED if kept else Outcome.ROLLED_BACK)


def test_a_unit_that_only_read_never_has_an_unknown_outcome(proxied: SqlAlchemyDatabase, proxy: Proxy) -> None:
    with Library(proxied).begin(read_only=True, isolation=Isolation.SNAPSHOT) as uow:
        uow.shelves.count()
        proxy.cut(b"COMMIT", forward=False)
        with pytest.raises(ConnectionLost):
            uow.commit()
        uow.rollback()
        assert uow.shelves.count() == 0


def test_a_connection_that_died_while_it_was_idle_is_replaced_before_its_next_use(
    server_url: URL, server: SqlAlchemyDatabase, opened: Open, proxy: Proxy
) -> None:
    careful = opened(proxy.url, ping_after=0)
    with Library(careful) as uow:
        assert uow.shelves.count() == 0
    proxy.cut_all()
    with Library(careful) as uow:
        assert uow.shelves.count() == 0
