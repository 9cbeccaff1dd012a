"""What tests of lost connections rely on: the proxy cuts when it is told to, and otherwise is not noticed."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from servers.proxy import Proxy


@pytest.fixture(params=["postgresql_url", "mariadb_url"])
def url(request: pytest.FixtureRequest) -> URL:
    found: URL = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def proxy(url: URL) -> Iterator[Proxy]:
    with Proxy(url) as proxy:
        yield proxy


@pytest.fixture
def engine(proxy: Proxy) -> Iterator[Engine]:
    engine = create_engine(proxy.url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE said (word VARCHAR(20))"))
    yield engine
    engine.dispose()


def say(engine: Engine, word: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO said VALUES (:word)"), {"word": word})


def kept(url: URL) -> list[str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        words = list(connection.scalars(text("SELECT word FROM said")))
    engine.dispose()
    return words


def test_what_is_said_arrives_and_is_answered(engine: Engine, url: URL) -> None:
    say(engine, "hello")
    assert kept(url) == ["hello"]


def test_a_cut_before_is_never_heard_by_the_server(engine: Engine, proxy: Proxy, url: URL) -> None:
    proxy.cut(b"COMMIT", forward=False)
    with pytest.raises(DBAPIError):
        say(engine, "lost")
    assert proxy.was_cut.is_set()
    assert kept(url) == []


def test_a_cut_after_is_done_by_the_server(engine: Engine, proxy: Proxy, url: URL) -> None:
    proxy.cut(b"COMMIT", forward=True)
    with pytest.raises(DBAPIError):
        say(engine, "kept")
    assert proxy.was_cut.is_set()
    assert kept(url) == ["kept"]


def test_it_cuts_once(engine: Engine, proxy: Proxy, url: URL) -> None:
    proxy.cut(b"COMMIT", forward=False)
    with pytest.raises(DBAPIError):
        say(engine, "lost")
    say(engine, "kept")
    assert kept(url) == ["kept"]


def test_all_connections_can_be_cut_and_new_ones_refused(engine: Engine, proxy: Proxy) -> None:
    with engine.connect() as connection:
        proxy.cut_all()
        with pytest.raises(DBAPIError):
            connection.execute(text("SELECT 1"))
    proxy.refusing = True
    with pytest.raises(OperationalError):
        engine.connect()
    proxy.refusing = False
    say(engine, "again")
