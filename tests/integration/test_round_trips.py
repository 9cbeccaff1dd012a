"""What a unit of work costs on the wire, counted by a proxy: the driver's own statements included."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from contract.model import Accounts, User, mapping
from servers.proxy import Proxy
from unitofwork import EngineOptions, Isolation, SqlAlchemyDatabase


@pytest.fixture(params=["postgresql", "mariadb"])
def proxy(request: pytest.FixtureRequest) -> Iterator[Proxy]:
    url: URL = request.getfixturevalue(f"{request.param}_url")
    with Proxy(url) as made:
        yield made


def opened(proxy: Proxy, options: EngineOptions | None = None) -> SqlAlchemyDatabase:
    return SqlAlchemyDatabase(proxy.url, mapping(), options=options)


@pytest.fixture
def database(proxy: Proxy) -> Iterator[SqlAlchemyDatabase]:
    made = opened(proxy)
    made.create_schema()
    with Accounts(made) as uow:
        uow.users.add(User("sandy", id=1))
        uow.commit()
    yield made
    made.dispose()


def change(database: SqlAlchemyDatabase) -> None:
    with Accounts(database) as uow:
        user = uow.users.get_one(1)
        user.age = (user.age or 0) + 1
        uow.commit()


def ask(database: SqlAlchemyDatabase, isolation: Isolation | None = None) -> None:
    with Accounts(database).begin(read_only=True, isolation=isolation) as uow:
        assert uow.users.get_one(1).name == "sandy"


def test_a_small_writing_unit(database: SqlAlchemyDatabase, proxy: Proxy) -> None:
    change(database)
    before = proxy.round_trips
    change(database)
    # BEGIN, SELECT, UPDATE, COMMIT; MariaDB begins by itself, and is told nothing once the transaction is over.
    assert proxy.round_trips - before == {"postgresql": 4, "mariadb": 3}[database.engine.dialect.name]


def test_a_read_only_unit_of_one_question(database: SqlAlchemyDatabase, proxy: Proxy) -> None:
    ask(database)
    before = proxy.round_trips
    ask(database)
    assert proxy.round_trips - before == 1


def test_a_snapshot_needs_a_transaction(database: SqlAlchemyDatabase, proxy: Proxy) -> None:
    ask(database, Isolation.SNAPSHOT)
    before = proxy.round_trips
    ask(database, Isolation.SNAPSHOT)
    assert proxy.round_trips - before == 3


@pytest.mark.parametrize("isolation", list(Isolation))
def test_isolation_costs_at_most_its_name(database: SqlAlchemyDatabase, proxy: Proxy, isolation: Isolation) -> None:
    def add() -> None:
        with Accounts(database).begin(isolation=isolation) as uow:
            uow.users.get_one(1).fullname = "Sandy Cheeks"
            uow.commit()

    add()
    before = proxy.round_trips
    add()
    # Nothing changes the second time: BEGIN or SET TRANSACTION, SELECT, COMMIT.
    assert proxy.round_trips - before == 3


def test_what_became_of_a_commit_is_asked_for_without_another_one(proxy: Proxy, database: SqlAlchemyDatabase) -> None:
    careless = opened(proxy, EngineOptions(settle_commits=False))
    change(careless)
    counted = []
    for each in (careless, database):
        before = proxy.round_trips
        change(each)
        counted.append(proxy.round_trips - before)
    assert counted[0] == counted[1]
    careless.dispose()


def test_only_an_idle_connection_is_tried_before_its_use(proxy: Proxy, database: SqlAlchemyDatabase) -> None:
    careful = opened(proxy, EngineOptions(ping_after=0))
    ask(careful)
    before = proxy.round_trips
    ask(careful)
    assert proxy.round_trips - before == 2
    careful.dispose()


def test_units_of_both_kinds_in_turn(proxy: Proxy, database: SqlAlchemyDatabase) -> None:
    change(database)
    ask(database)
    before = proxy.round_trips
    change(database)
    ask(database)
    # MariaDB is told each time whether a transaction begins by itself.
    assert proxy.round_trips - before == {"postgresql": 5, "mariadb": 6}[database.engine.dialect.name]
