"""The run's servers: each is started by the first test that needs it, and stopped when the run ends.

Where a server is missing its tests are skipped and the last lines of the run say so; ``REQUIRE_DATABASES``, a list such
as ``postgresql,mariadb``, makes them fail instead. ``SKIP_DATABASES`` is a list of those to do without.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest
from sqlalchemy import URL

from servers.kept import Lender
from servers.mariadb import mariadb
from servers.postgresql import postgresql
from servers.private import Server, ServerFailed, ServerMissing

T = TypeVar("T")

_STARTERS = {"postgresql": postgresql, "mariadb": mariadb}
_NOT_TESTED = "not tested on "

_running = ExitStack()


def running(database: str) -> Server:
    """The run's server of a database; where there is none, the test is skipped, or fails if it is required."""
    _refuse_skipped(database)
    server = _started(database)
    if isinstance(server, ServerFailed):
        raise server
    if isinstance(server, ServerMissing):
        _do_without(database, server)
    return server


@contextmanager
def required(database: str, server: AbstractContextManager[T]) -> Generator[T]:
    """A server of the tests' own, in a block; where there is none, they are skipped, or fail if it is required."""
    _refuse_skipped(database)
    with ExitStack() as running:
        try:
            started = running.enter_context(server)
        except ServerMissing as missing:
            _do_without(database, missing)
        yield started


def _refuse_skipped(database: str) -> None:
    if database in _listed("SKIP_DATABASES"):
        pytest.skip(f"{_NOT_TESTED}{database}: SKIP_DATABASES says so")


def _do_without(database: str, missing: ServerMissing) -> NoReturn:
    if database in _listed("REQUIRE_DATABASES"):
        pytest.fail(str(missing), pytrace=False)
    pytest.skip(f"{_NOT_TESTED}{database}: {missing}")


def _listed(variable: str) -> list[str]:
    return os.environ.get(variable, "").split(",")


@cache
def _started(database: str) -> Server | ServerMissing | ServerFailed:
    """The server, or why there is none: that takes long to find out."""
    try:
        return _running.enter_context(_STARTERS[database]())
    except (ServerMissing, ServerFailed) as reason:
        return reason


@cache
def lender(database: str) -> Lender:
    """Who lends databases of the run's server; where there is none, the test is skipped, or fails if it is required."""
    return _running.enter_context(closing(Lender(running(database))))


def _fresh(database: str) -> Iterator[URL]:
    server = running(database)
    url = server.create_database()
    yield url
    server.drop_database(url)


@pytest.fixture(name="postgresql_url")
def _postgresql_url() -> Iterator[URL]:
    """An empty database of the run's PostgreSQL."""
    yield from _fresh("postgresql")


@pytest.fixture(name="mariadb_url")
def _mariadb_url() -> Iterator[URL]:
    """An empty database of the run's MariaDB."""
    yield from _fresh("mariadb")


@pytest.fixture(name="url", params=["sqlite", "postgresql", "mariadb"])
def _url(request: pytest.FixtureRequest, tmp_path: Path) -> URL:
    """An empty database, of each kind in turn."""
    if request.param == "sqlite":
        return URL.create("sqlite", database=str(tmp_path / "test.sqlite"))
    found: URL = request.getfixturevalue(f"{request.param}_url")
    return found


def pytest_sessionfinish() -> None:
    _running.close()
    _started.cache_clear()
    lender.cache_clear()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = {report.longrepr[2] for report in terminalreporter.stats.get("skipped", ())}
    for reason in sorted(reason for reason in reasons if _NOT_TESTED in reason):
        terminalreporter.write_line(reason.removeprefix("Skipped: "), yellow=True)
