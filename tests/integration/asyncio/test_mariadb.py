"""MariaDB on asyncio: what is cancelled leaves no lock behind, though the server does not see its client go."""

import asyncio
import gc
import warnings
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import URL, text
from sqlalchemy.orm import Session

from contract.model import Accounts, Team, User, mapping
from unitofwork import FOR_UPDATE, AsyncSqlAlchemyDatabase, AsyncUnitOfWork, EngineOptions, awaited, orm_session, where
from unitofwork.adapters.sqlalchemy.engines.aiomysql_connection import QuietConnection
from unitofwork.domain.errors import ConnectionLost, DatabaseUnavailable, LockTimeout

PATIENT = EngineOptions(lock_timeout=60)
"""A statement of these goes on for longer than a test."""

IMPATIENT = EngineOptions(lock_timeout=5)


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    teams = awaited(Accounts.teams)
    users = awaited(Accounts.users)


@asynccontextmanager
async def opened(url: URL, options: EngineOptions = IMPATIENT) -> AsyncGenerator[AsyncSqlAlchemyDatabase]:
    database = AsyncSqlAlchemyDatabase(url.set(drivername="mariadb"), mapping(), options=options)
    try:
        yield database
    finally:
        await database.aclose()


async def stock(database: AsyncSqlAlchemyDatabase) -> None:
    """A team and a user, each with the key 1."""
    await database.create_schema()
    async with AsyncAccounts(database) as uow:
        uow.teams.add(Team("red", id=1))
        uow.users.add(User("sandy", id=1))
        await uow.commit()


async def change_the_team(uow: AsyncAccounts) -> None:
    """Take the lock that is to be free again."""
    team = await uow.teams.get_one(1)
    team.name = "blue"
    await uow.flush()


async def wait_for_a_lock(database: AsyncSqlAlchemyDatabase) -> None:
    async with AsyncAccounts(database) as uow:
        await change_the_team(uow)
        await uow.users.get_one(1, lock=FOR_UPDATE)


async def update_at_length(database: AsyncSqlAlchemyDatabase) -> None:
    async with AsyncAccounts(database) as uow:
        await change_the_team(uow)
        slow = text("UPDATE users SET age = 1 WHERE id = 1 AND benchmark(1000000000, md5('a')) = 0")
        await uow.run(lambda accounts: orm_session(accounts.session).execute(slow))


async def stream_at_length(database: AsyncSqlAlchemyDatabase) -> None:
    async with AsyncAccounts(database) as uow:
        await change_the_team(uow)
        slow = text("SELECT id FROM users WHERE benchmark(1000000000, md5('a')) = 0")
        await uow.run(lambda accounts: orm_session(accounts.session).execute(slow, execution_options=STREAMED).all())


STREAMED = {"stream_results": True}


async def until(database: AsyncSqlAlchemyDatabase, question: str, answer: object) -> None:
    """Wait until the server answers this."""

    def ask() -> Any:
        with Session(database.sync.engine) as session:
            return session.scalar(text(question))

    async with asyncio.timeout(20):
        while await database.run(ask) != answer:
            await asyncio.sleep(0.15)  # InnoDB repeats its last answer about transactions for 0.1 s


AT_WORK = {
    wait_for_a_lock: "SELECT%FOR UPDATE",
    update_at_length: "UPDATE%benchmark%",
    stream_at_length: "SELECT%benchmark%",
}
"""By what is cancelled, its statement."""

RUNNING = (
    "SELECT count(*) FROM information_schema.processlist"
    " WHERE db = database() AND id <> connection_id() AND info LIKE '{}'"
)

OPEN = (
    "SELECT count(*) FROM information_schema.innodb_trx JOIN information_schema.processlist ON trx_mysql_thread_id = id"
    " WHERE db = database() AND id <> connection_id()"
)


async def cancelled(
    database: AsyncSqlAlchemyDatabase, other: AsyncSqlAlchemyDatabase, work: Callable[..., Any]
) -> None:
    """Cancel the work in the middle of its statement, while another unit holds the user's lock."""
    async with AsyncAccounts(other) as holder:
        await holder.users.get_one(1, lock=FOR_UPDATE if work is wait_for_a_lock else None)
        task = asyncio.ensure_future(work(database))
        await until(other, RUNNING.format(AT_WORK[work]), 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with AsyncAccounts(other) as next_one:
            await change_the_team(next_one)
            await next_one.commit()


@pytest.mark.parametrize("work", AT_WORK)
def test_what_is_cancelled_in_a_statement_leaves_no_lock(mariadb_url: URL, work: Callable[..., Any]) -> None:
    async def main() -> None:
        async with opened(mariadb_url, PATIENT) as database, opened(mariadb_url) as other:
            await stock(database)
            await cancelled(database, other, work)
            await until(other, OPEN, 0)
            async with AsyncAccounts(database) as uow:
                assert (await uow.teams.get_one(1)).name == "blue"

    asyncio.run(main())


async def refuse(_: QuietConnection) -> None:
    raise OSError("no way")


async def another(_: QuietConnection) -> object:
    return object()


@pytest.mark.parametrize(
    ("method", "instead"),
    [
        pytest.param("_kill", refuse, id="the server cannot be reached again"),
        pytest.param("_identity", another, id="another server of a cluster is reached"),
    ],
)
def test_a_statement_that_cannot_be_killed_is_cancelled_all_the_same(
    mariadb_url: URL, monkeypatch: pytest.MonkeyPatch, method: str, instead: Callable[[QuietConnection], Any]
) -> None:
    """And goes on at the server: so this also shows that the other tests would find that."""

    async def main() -> None:
        monkeypatch.setattr(QuietConnection, method, instead)
        async with (
            opened(mariadb_url, PATIENT) as database,
            opened(mariadb_url, EngineOptions(lock_timeout=1)) as other,
        ):
            await stock(database)
            with pytest.raises(LockTimeout):
                await cancelled(database, other, wait_for_a_lock)
            await until(other, OPEN, 0)

    asyncio.run(main())


def test_a_server_that_is_silent_for_too_long_is_lost_and_its_statement_killed(mariadb_url: URL) -> None:
    async def main() -> None:
        options = EngineOptions(lock_timeout=60, network_timeout=1)
        async with opened(mariadb_url, options) as database, opened(mariadb_url) as other:
            await stock(database)
            async with AsyncAccounts(other) as holder:
                await holder.users.get_one(1, lock=FOR_UPDATE)
                with pytest.raises(ConnectionLost):
                    await wait_for_a_lock(database)
                async with AsyncAccounts(other) as next_one:
                    await change_the_team(next_one)

    asyncio.run(main())


@pytest.mark.parametrize("name", ["mariadb", "mysql", "mariadb+aiomysql", "mysql+aiomysql"])
def test_each_url_for_mariadb_is_served(mariadb_url: URL, name: str) -> None:
    async def main() -> None:
        database = AsyncSqlAlchemyDatabase(mariadb_url.set(drivername=name), mapping())
        await database.create_schema()
        async with AsyncAccounts(database) as uow:
            assert await uow.users.count(where(User.name) == "sandy") == 0
            level = await uow.run(lambda accounts: orm_session(accounts.session).scalar(text("SELECT @@tx_isolation")))
            assert level == "READ-COMMITTED"
        await database.aclose()

    asyncio.run(main())


def test_a_server_that_shows_no_certificate_is_refused_where_one_is_asked_for(mariadb_url: URL) -> None:
    async def main() -> None:
        strict = mariadb_url.difference_update_query(["ssl_disabled"]).update_query_dict(
            {"ssl_verify_identity": "true"}
        )
        async with opened(strict) as database:
            with pytest.raises(DatabaseUnavailable):
                await database.create_schema()

    asyncio.run(main())


def test_a_connection_that_fails_as_it_is_made_is_closed(mariadb_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or the driver would warn of it, which is an error here."""
    monkeypatch.setattr(QuietConnection, "_identity", refuse)

    async def main() -> None:
        async with opened(mariadb_url) as database:
            with pytest.raises(OSError, match="no way"):
                await database.create_schema()
        gc.collect()

    asyncio.run(main())


def test_connections_that_nobody_closed_say_so_and_no_more(
    mariadb_url: URL, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    raised: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", raised.append)

    async def leave_open() -> None:
        database = AsyncSqlAlchemyDatabase(mariadb_url.set(drivername="mariadb"), mapping())
        await database.create_schema()

    warnings.simplefilter("always")
    asyncio.run(leave_open())
    gc.collect()
    assert not raised
    assert {each.category for each in recwarn} == {ResourceWarning}


def test_nothing_is_sent_to_end_what_is_no_transaction(mariadb_url: URL) -> None:
    async def main() -> None:
        async with opened(mariadb_url, EngineOptions(pool_size=1, max_overflow=0)) as database:
            await stock(database)
            ended = text("SHOW SESSION STATUS WHERE variable_name IN ('Com_commit', 'Com_rollback')")
            told = []
            for _ in range(3):
                async with AsyncAccounts(database).begin(read_only=True) as uow:
                    await uow.users.count()
                    told.append(await uow.run(lambda accounts: orm_session(accounts.session).execute(ended).all()))
                    await uow.commit()
            assert told[0] == told[1] == told[2]

    asyncio.run(main())
