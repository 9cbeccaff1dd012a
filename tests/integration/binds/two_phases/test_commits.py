"""Two phases: all databases keep the unit's changes or none does."""

from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, event

from integration.binds.conftest import Places
from integration.binds.shop import Line, Order, Shop, User, mapping
from integration.binds.test_binds import connections
from integration.binds.two_phases.shop import AFTER, BEFORE, change, kept, on
from unitofwork import Isolation, SqlAlchemyDatabase, orm_session
from unitofwork.domain.errors import CommitOutcomeUnknown, StatementTimeout, UnitOfWorkError


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


def test_a_database_that_is_not_bound_takes_no_part(database: SqlAlchemyDatabase, places: Places) -> None:
    other = create_engine(places.orders.url)
    with Shop(database) as uow, pytest.raises(UnitOfWorkError, match="bind this one, too"):
        orm_session(uow.session).connection({"bind": other})
    other.dispose()


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
