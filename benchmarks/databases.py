"""The databases that benchmarks run on: a file, and servers of the benchmark's own, as the tests have them."""

import atexit
import sys
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

from alternately import NotMeasured
from sqlalchemy import URL, make_url

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from servers import Server, ServerFailed, ServerMissing, mariadb, postgresql  # found through the line above

_running = ExitStack()
_STARTERS = {"postgresql": postgresql, "mariadb": mariadb}

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}
"""Every database, and how it is called in a figure."""


@contextmanager
def fresh(database: str) -> Generator[URL]:
    """An empty database, gone after the block.

    Raises:
        NotMeasured: there is no such server here.
    """
    if database == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield make_url(f"sqlite:///{folder}/benchmark.db")
        return
    server = _started(database)
    url = server.create_database()
    try:
        yield url
    finally:
        server.drop_database(url)


@cache
def _started(database: str) -> Server:
    try:
        return _running.enter_context(_STARTERS[database]())
    except (ServerMissing, ServerFailed) as reason:
        raise NotMeasured(str(reason)) from reason


atexit.register(_running.close)
