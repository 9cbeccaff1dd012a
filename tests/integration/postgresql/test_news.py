"""LISTEN and NOTIFY: a relay hears of a commit at once, and again after its connection was lost."""

import threading
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue

import attrs
import pytest
from sqlalchemy import URL, event

from contract.models import parcels
from contract.models.parcels import Depot, Json, moved
from servers.proxy import Proxy
from unitofwork import Outbox, PostgresNews, Relay, SqlAlchemyDatabase
from unitofwork.domain.errors import UnsupportedQuery
from unitofwork.domain.outbox import BUCKETS, Envelope, bucket_of

PATIENCE = 20
"""Seconds."""


@pytest.fixture
def database(postgresql_url: URL) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase(postgresql_url, parcels.mapping())
    made.create_schema()
    yield made
    made.dispose()


@pytest.fixture
def unit(database: SqlAlchemyDatabase) -> Callable[[], Depot]:
    return lambda: Depot(database, outbox=Outbox(Json(), notify=True))


@attrs.define
class Heard:
    """Collects what is heard."""

    queue: SimpleQueue[int] = attrs.field(factory=lambda: SimpleQueue[int]())

    def next(self) -> int:
        return self.queue.get(timeout=PATIENCE)

    def all_buckets(self) -> None:
        """Wait until it listens: all buckets are told then."""
        assert [self.next() for _ in range(BUCKETS)] == list(range(BUCKETS))

    def nothing_more(self) -> bool:
        with pytest.raises(Empty):
            self.queue.get_nowait()
        return True


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def news(database: SqlAlchemyDatabase, heard: Heard) -> Iterator[PostgresNews]:
    made = PostgresNews(database)
    made.listen(heard.queue.put)
    heard.all_buckets()
    yield made
    made.close()


def test_a_commit_is_heard_of(news: PostgresNews, unit: Callable[[], Depot], heard: Heard) -> None:
    moved(unit, "a")
    assert heard.next() == bucket_of("Parcel:a")


def test_a_unit_tells_once_which_buckets_it_wrote_to(
    news: PostgresNews, unit: Callable[[], Depot], heard: Heard
) -> None:
    with unit() as uow:
        for name in "ab":
            parcel = parcels.Parcel(name)
            uow.parcels.add(parcel)
            parcel.move()
            parcel.move()
        uow.commit()
    assert {heard.next(), heard.next()} == {bucket_of("Parcel:a"), bucket_of("Parcel:b")}
    moved(unit, "b")
    assert heard.next() == bucket_of("Parcel:b")


def test_one_message_and_its_news_are_one_statement_and_several_are_two(
    database: SqlAlchemyDatabase, unit: Callable[[], Depot]
) -> None:
    sent: list[str] = []
    moved(unit, "a")
    event.listen(database.engine, "before_cursor_execute", lambda *given: sent.append(given[2]))
    moved(unit, "a")
    assert [("INTO outbox_messages" in each, "pg_notify" in each) for each in sent[2:]] == [(True, True)]
    with unit() as uow:
        parcel = uow.parcels.get_one("a")
        parcel.move()
        parcel.move()
        uow.commit()
    assert [("INTO outbox_messages" in each, "pg_notify" in each) for each in sent[-2:]] == [
        (True, False),
        (False, True),
    ]


def test_what_is_rolled_back_is_not_heard_of(news: PostgresNews, unit: Callable[[], Depot], heard: Heard) -> None:
    with unit() as uow, pytest.raises(ZeroDivisionError):
        uow.subscribe(lambda events: 1 // 0)
        parcel = parcels.Parcel("a")
        uow.parcels.add(parcel)
        parcel.move()
        uow.commit()
    moved(unit, "b")
    assert heard.next() == bucket_of("Parcel:b")
    assert heard.nothing_more()


def test_without_the_option_nothing_is_told(news: PostgresNews, database: SqlAlchemyDatabase, heard: Heard) -> None:
    moved(lambda: Depot(database, outbox=Outbox(Json())), "a")
    moved(lambda: Depot(database, outbox=Outbox(Json(), notify=True)), "b")
    assert heard.next() == bucket_of("Parcel:b")
    assert heard.nothing_more()


def test_what_others_send_on_the_channel_is_passed_over(
    news: PostgresNews, database: SqlAlchemyDatabase, unit: Callable[[], Depot], heard: Heard
) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("NOTIFY unitofwork_outbox, 'hello'")
    moved(unit, "a")
    assert heard.next() == bucket_of("Parcel:a")


def test_it_listens_again_after_its_connection_was_lost(postgresql_url: URL, heard: Heard) -> None:
    with Proxy(postgresql_url) as proxy:
        database = SqlAlchemyDatabase(proxy.url, parcels.mapping())
        database.create_schema()
        news = PostgresNews(database)
        news.listen(heard.queue.put)
        try:
            for _ in range(2):
                heard.all_buckets()
                proxy.cut_all()
            heard.all_buckets()
            database.dispose()
            moved(lambda: Depot(database, outbox=Outbox(Json(), notify=True)), "a")
            assert heard.next() == bucket_of("Parcel:a")
        finally:
            news.close()
            database.dispose()


def test_it_gives_up_its_connection_when_it_is_closed(database: SqlAlchemyDatabase, heard: Heard) -> None:
    news = PostgresNews(database)
    news.listen(heard.queue.put)
    heard.all_buckets()
    news.close()
    news.close()
    with database.engine.connect() as connection:
        listening = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' AND datname = current_database()"
        for _ in range(100):
            if connection.exec_driver_sql(listening).scalar() == 0:
                break
            connection.exec_driver_sql("SELECT pg_sleep(0.05)")
        assert connection.exec_driver_sql(listening).scalar() == 0


@attrs.define
class Published:
    given: list[Envelope] = attrs.field(factory=list[Envelope])
    at_last: threading.Event = attrs.field(factory=threading.Event)

    def publish(self, message: Envelope) -> None:
        self.given.append(message)
        self.at_last.set()

    def close(self) -> None:
        pass


def test_a_relay_publishes_when_it_hears(database: SqlAlchemyDatabase, unit: Callable[[], Depot]) -> None:
    published = Published()
    relay = Relay(unit, published, interval=1000, news=PostgresNews(database))
    running = threading.Thread(target=relay.run)
    running.start()
    try:
        for name in "abc":
            published.at_last.clear()
            moved(unit, name)
            assert published.at_last.wait(PATIENCE)
    finally:
        relay.stop()
        running.join(PATIENCE)
    assert not running.is_alive()
    assert len(published.given) == 3


def test_another_database_is_refused() -> None:
    with pytest.raises(UnsupportedQuery, match="sqlite by pysqlite has no LISTEN"):
        PostgresNews(SqlAlchemyDatabase("sqlite://", parcels.mapping()))
