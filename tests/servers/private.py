"""A server that belongs to this process: started under a watcher, waited for, and stopped with its data."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import attrs
from sqlalchemy import URL, Engine, create_engine, text

from servers.unprivileged import make_folder, user

START_UP = 60
"""Seconds that a server is given to start."""

HOST = "127.0.0.1"

_WATCHER = Path(__file__).with_name("watcher.py")
_ATTEMPTS = 3
_OTHERS = ("PG", "MYSQL", "MARIADB", "LC_", "LANG")


class ServerMissing(Exception):
    """This machine does not have the server's programs."""


class ServerFailed(Exception):
    """The server did not start; the text holds the end of its log."""


@attrs.frozen
class Place:
    """Where a server is to run."""

    folder: Path
    port: int
    password: str = attrs.field(repr=False)


@attrs.frozen
class Kind:
    """How a database's servers are run.

    Args:
        name: the database's, as in a URL.
        url: where the server is, with its first database.
        prepare: writes what the commands need into the folder, and returns them: the last one is the server.
        ready: what the server's log says once it can be used.
        stop: the signal after which the server leaves nothing behind.
        create: what creates an empty database, with ``{name}`` in it.
        drop: what drops a database, whoever is connected to it.
        empty: what empties tables, within seconds, and starts their generated keys anew.
    """

    name: str
    url: URL
    prepare: Callable[[Place], list[list[str]]]
    ready: str
    stop: signal.Signals
    create: str
    drop: str
    empty: Callable[[list[str]], list[str]]


@attrs.frozen
class Server:
    """A running server.

    Args:
        name: the database's, as in a URL.
        url: of its first database, for the superuser.
        folder: all that it keeps; its file ``log`` says what it did.
    """

    name: str
    url: URL
    folder: Path
    _kind: Kind
    _administrator: Engine

    def create_database(self) -> URL:
        """Create an empty database."""
        name = f"t{secrets.token_hex(6)}"
        self._administer(self._kind.create.format(name=name))
        return self.url.set(database=name)

    def drop_database(self, url: URL) -> None:
        """Drop a database, even while somebody is connected to it."""
        self._administer(self._kind.drop.format(name=url.database))

    def empty(self, tables: list[str]) -> list[str]:
        """The statements that empty tables, within seconds, and start their generated keys anew."""
        return self._kind.empty(tables)

    def _administer(self, statement: str) -> None:
        with self._administrator.connect() as connection:
            connection.execute(text(statement))


@contextmanager
def started(kind: Kind, password: str | None = None) -> Generator[Server, None, None]:
    """Start a server; leaving the block, or dying inside it, stops it and removes what it kept.

    Args:
        kind: how it is run.
        password: the superuser's, if it is known before.

    Raises:
        ServerFailed: it did not start in time.
    """
    for attempt in range(_ATTEMPTS):
        place = Place(make_folder(), free_port(), password or secrets.token_hex(16))
        url = kind.url.set(host=HOST, port=place.port, password=place.password)
        watcher = _watched(kind, place)
        administrator = create_engine(url, isolation_level="AUTOCOMMIT")
        try:
            if _is_ready(place.folder / "log", kind.ready, watcher):
                yield Server(kind.name, url, place.folder, kind, administrator)
                return
        finally:
            administrator.dispose()
            log = _stop(watcher)
        if attempt + 1 == _ATTEMPTS or "in use" not in log:  # another process may take a free port first
            raise ServerFailed(f"{kind.name} did not start in {START_UP} seconds; its log ends with:\n{log}")


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.create_server((HOST, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _watched(kind: Kind, place: Place) -> "subprocess.Popen[str]":
    watcher = subprocess.Popen(
        [sys.executable, "-I", str(_WATCHER), str(place.folder)],
        cwd="/",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    plan = {
        "commands": kind.prepare(place),
        "stop": kind.stop,
        "user": user(),
        "environment": {name: value for name, value in os.environ.items() if not name.startswith(_OTHERS)},
    }
    assert watcher.stdin is not None
    print(json.dumps(plan), file=watcher.stdin, flush=True)
    return watcher


def _is_ready(log: Path, sign: str, watcher: "subprocess.Popen[str]") -> bool:
    """Whether the server says in time that it is. Who answers at its port might be somebody else."""
    deadline = time.monotonic() + START_UP
    while watcher.poll() is None and time.monotonic() < deadline:
        if log.exists() and sign.encode() in log.read_bytes():
            return True
        time.sleep(0.01)
    return False


def _stop(watcher: "subprocess.Popen[str]") -> str:
    """Have a server stopped and its folder removed; return the end of its log."""
    log, _ = watcher.communicate("stop\n")
    return log
