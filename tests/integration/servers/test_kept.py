"""A lent database is as good as new: empty, with its keys starting anew, whatever the last borrower did to it."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import URL, Column, Engine, ForeignKey, Integer, MetaData, Table, create_engine, insert, select, text

from servers.kept import Lender
from servers.plugin import running


@pytest.fixture(params=["postgresql", "mariadb"])
def lender(request: pytest.FixtureRequest) -> Iterator[Lender]:
    lender = Lender(running(request.param))
    yield lender
    lender.close()


@pytest.fixture
def connected() -> Iterator[Callable[[URL], Engine]]:
    """Makes an engine that is disposed of in the end."""
    made: list[Engine] = []

    def connect(url: URL) -> Engine:
        made.append(create_engine(url))
        return made[-1]

    yield connect
    for engine in made:
        engine.dispose()


def words() -> MetaData:
    tables = MetaData()
    Table("words", tables, Column("id", Integer, primary_key=True), Column("after", ForeignKey("words.id")))
    return tables


WORDS = words()
TABLE = WORDS.tables["words"]


def create(url: URL) -> None:
    engine = create_engine(url)
    WORDS.create_all(engine)
    engine.dispose()


def say(engine: Engine) -> int:
    """Insert a row that refers to itself or another; return its key."""
    with engine.begin() as connection:
        key: int = connection.execute(insert(TABLE)).inserted_primary_key[0]  # type: ignore[index]  # there is one
        connection.execute(insert(TABLE).values(after=key))
    return key


def test_the_same_database_comes_back_empty(lender: Lender, connected: Callable[[URL], Engine]) -> None:
    with lender.lent(WORDS, create) as first:
        assert say(connected(first)) == 1
    with lender.lent(WORDS, create) as second:
        assert second == first
        with connected(second).connect() as connection:
            assert connection.execute(select(TABLE)).all() == []
        assert say(connected(second)) == 1


def test_other_tables_have_another_database(lender: Lender, connected: Callable[[URL], Engine]) -> None:
    with lender.lent(WORDS, create) as first:
        pass
    with lender.lent(words(), create) as other:
        assert other != first
        assert say(connected(other)) == 1


def test_two_borrowers_have_two_databases(lender: Lender, connected: Callable[[URL], Engine]) -> None:
    with lender.lent(WORDS, create) as one, lender.lent(WORDS, create) as two:
        assert one != two
        assert say(connected(one)) == say(connected(two)) == 1


def test_one_with_an_open_transaction_is_not_lent_again(lender: Lender, connected: Callable[[URL], Engine]) -> None:
    with lender.lent(WORDS, create) as first:
        forgotten = connected(first).connect()
        forgotten.execute(insert(TABLE))
    with lender.lent(WORDS, create) as second:
        assert second != first
        assert say(connected(second)) == 1
    forgotten.invalidate()


def test_one_without_its_tables_is_not_lent_again(lender: Lender, connected: Callable[[URL], Engine]) -> None:
    with lender.lent(WORDS, create) as first, connected(first).begin() as connection:
        connection.execute(text("DROP TABLE words"))
    with lender.lent(WORDS, create) as second:
        assert say(connected(second)) == 1
