"""A database that cannot be used now: refused, full, stopping, read-only; no password is ever told."""

import logging
import os
import signal
import subprocess
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic

import psycopg
import pymysql
import pytest
from psycopg import sql
from sqlalchemy import URL, text
from sqlalchemy.orm import registry

from integration.faults.conftest import Open
from integration.faults.library import Library, Shelf
from servers import postgresql
from unitofwork import Isolation, SqlAlchemyDatabase, orm_session
from unitofwork.domain.errors import AccessDenied, DatabaseUnavailable, PersistenceError, UnitOfWorkError


def unavailable(database: SqlAlchemyDatabase) -> DatabaseUnavailable:
    with Library(database) as uow, pytest.raises(DatabaseUnavailable) as caught:
        uow.shelves.count()
    assert not caught.value.retryable
    return caught.value


def test_a_port_where_nobody_listens_is_unavailable(server_url: URL, opened: Open) -> None:
    error = unavailable(opened(server_url.set(port=1)))
    assert "cannot be reached" in str(error)
    assert not isinstance(error, AccessDenied)


def test_a_wrong_password_is_unavailable_and_says_where_to_look(server_url: URL, opened: Open) -> None:
    error = unavailable(opened(server_url.set(password="wrong")))
    assert "does not let this user in" in str(error)
    assert isinstance(error, AccessDenied)


@pytest.mark.parametrize("option", [{"foo": "bar"}, {"connect_timeout": "abc"}], ids=str)
def test_an_option_that_the_driver_refuses_is_told_as_one(
    server_url: URL, opened: Open, option: dict[str, str]
) -> None:
    with pytest.raises((DatabaseUnavailable, ValueError), match=r"^the driver refuses an option of the URL: see "):
        opened(server_url.update_query_dict(option)).warm_up()


def test_a_password_that_is_wanted_and_not_given_is_asked_for(postgresql_url: URL, opened: Open) -> None:
    given = postgresql_url
    without = URL.create(given.drivername, given.username, None, given.host, given.port, given.database, given.query)
    error = unavailable(opened(without))
    assert str(error).startswith("the server wants a password, and the URL has none: postgresql")
    assert isinstance(error, AccessDenied)


def test_a_database_that_does_not_exist_is_unavailable(server_url: URL, opened: Open) -> None:
    error = unavailable(opened(server_url.set(database="nowhere")))
    assert "no" in str(error)
    assert "see the URL" in str(error)
    assert isinstance(error, AccessDenied)


def test_a_server_with_no_connection_free_is_unavailable_until_one_is(
    server: SqlAlchemyDatabase, server_url: URL, opened: Open
) -> None:
    waiting = opened(server_url)
    server.dispose()  # nobody gives his own up meanwhile
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(closing(connected(server_url)))
            except (psycopg.OperationalError, pymysql.err.OperationalError):
                break
        assert "no connection free" in str(unavailable(waiting))
    until = monotonic() + 20
    while True:
        try:
            with Library(waiting) as uow:
                assert uow.shelves.count() == 0
            break
        except DatabaseUnavailable:
            assert monotonic() < until, "no connection came free"


def connected(url: URL) -> "psycopg.Connection | pymysql.Connection":
    if url.get_backend_name() == "postgresql":
        return psycopg.connect(
            host=url.host, port=url.port, user=url.username, password=url.password, dbname=url.database
        )
    assert url.host
    assert url.port
    return pymysql.connect(
        host=url.host, port=url.port, user=url.username, password=url.password or "", ssl_disabled=True
    )


def test_a_pool_with_no_connection_free_is_unavailable(
    server_url: URL, server: SqlAlchemyDatabase, opened: Open
) -> None:
    narrow = opened(server_url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    with Library(narrow) as holder:
        holder.shelves.count()
        assert "no connection came free" in str(unavailable(narrow))
    with Library(narrow) as uow:
        assert uow.shelves.count() == 0


READ_ONLY = {
    "postgresql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}


def test_a_transaction_that_may_not_write_is_unavailable(stocked: SqlAlchemyDatabase) -> None:
    with Library(stocked) as uow:
        uow.run(READ_ONLY[stocked.engine.dialect.name])
        if stocked.engine.dialect.name == "mariadb":
            uow.commit()
        uow.shelves.get_one(1).number = 5
        with pytest.raises(DatabaseUnavailable, match="read-only"):
            uow.flush()
        uow.rollback()
        orm_session(uow.session).invalidate()  # with its setting


@pytest.mark.parametrize("isolation", [None, *Isolation])
@pytest.mark.parametrize("change", ["INSERT INTO shelves (room, number) VALUES ('attic', 9)", "DELETE FROM shelves"])
def test_a_unit_that_only_reads_refuses_raw_changes(
    stocked: SqlAlchemyDatabase, isolation: Isolation | None, change: str
) -> None:
    with Library(stocked).begin(read_only=True, isolation=isolation) as uow:
        with pytest.raises(UnitOfWorkError, match="read-only"):
            uow.run(change)
        uow.rollback()
        assert uow.shelves.count() == 2
        uow.commit()
    with Library(stocked) as uow:
        assert uow.shelves.count() == 2


def test_a_server_that_is_stopping_is_unavailable(opened: Open) -> None:
    with postgresql() as own:
        staying = opened(own.url)
        staying.create_schema()
        with Library(staying) as uow:
            folder = orm_session(uow.session).scalar(text("SHOW data_directory"))
            os.kill(int(Path(str(folder), "postmaster.pid").read_text().split()[0]), signal.SIGTERM)
            late = opened(own.url)
            until = monotonic() + 20
            while True:  # the signal is not heard at once
                error = could_not_connect(late)
                if error is not None:
                    break
                assert monotonic() < until
            assert "starting or stopping" in str(error)


def could_not_connect(database: SqlAlchemyDatabase) -> DatabaseUnavailable | None:
    database.dispose()
    try:
        with Library(database) as uow:
            uow.shelves.count()
    except DatabaseUnavailable as error:
        return error
    return None


@pytest.fixture
def tiny() -> Iterator[Path]:
    """A disk of two megabytes, where this process may mount one."""
    folder = Path(mkdtemp())
    folder.chmod(0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m,mode=0777", "none", str(folder)], capture_output=True
    )
    if mounted.returncode:
        folder.rmdir()
        pytest.skip("this user may not mount a disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


def test_a_full_disk_is_unavailable_and_nothing_is_kept(postgresql_url: URL, opened: Open, tiny: Path) -> None:
    database = opened(postgresql_url)
    database.create_schema()
    with psycopg.connect(
        host=postgresql_url.host,
        port=postgresql_url.port,
        user=postgresql_url.username,
        password=postgresql_url.password,
        dbname=postgresql_url.database,
        autocommit=True,
    ) as administrator:
        [data] = administrator.execute("SHOW data_directory").fetchone() or ("",)
        os.chown(tiny, os.stat(data).st_uid, -1)
        administrator.execute(sql.SQL("CREATE TABLESPACE tiny LOCATION {}").format(str(tiny)))
        administrator.execute("ALTER TABLE shelves SET TABLESPACE tiny")
        with Library(database) as uow:
            uow.shelves.add(Shelf("attic"))
            uow.flush()
            with pytest.raises(DatabaseUnavailable, match="disk is full") as caught:
                uow.run("INSERT INTO shelves (room, number) SELECT 'r' || n, 1 FROM generate_series(1, 100000) AS n")
            assert not caught.value.retryable
            uow.rollback()
            assert uow.shelves.count() == 0
        database.drop_schema()
        administrator.execute("DROP TABLESPACE tiny")


HUSH = "hush-4711"


@pytest.mark.parametrize("place", ["component", "query"])
def test_a_password_is_never_told(
    server_url: URL, library: registry, caplog: pytest.LogCaptureFixture, place: str
) -> None:
    caplog.set_level(logging.DEBUG)
    url = server_url.set(password=HUSH) if place == "component" else hidden_in_query(server_url)
    told: list[str] = []
    for each in (url, url.set(port=1), url.set(host="127.0.0.1", database="nowhere")):
        database = SqlAlchemyDatabase(each.render_as_string(hide_password=False), library)
        told += [repr(database), repr(database.engine), str(database.engine.url), repr(database.options)]
        with Library(database) as uow:
            with pytest.raises(DatabaseUnavailable) as caught:
                uow.shelves.count()
            with pytest.raises(PersistenceError) as again:
                uow.shelves.count()
            told.append(repr(uow))
        for error in (caught.value, again.value):
            told += [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
        database.dispose()
    for part in [*told, caplog.text]:
        assert HUSH not in part


def hidden_in_query(url: URL) -> URL:
    return URL.create(
        url.drivername, url.username, None, url.host, url.port, url.database, {**url.query, "password": HUSH}
    )
