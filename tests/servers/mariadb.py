"""A private MariaDB."""

import os
import shutil
import signal
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import MappingProxyType

import attrs
from sqlalchemy import URL

from servers.private import HOST, Kind, Place, Server, ServerMissing, started

_FOLDERS = ("/usr/sbin", "/usr/libexec", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin")

_SETTINGS = {
    "bind-address": HOST,
    # Nothing of it outlives the run.
    "innodb-flush-log-at-trx-commit": "0",
    "innodb-doublewrite": "0",
    "innodb-buffer-pool-size": "64M",
    "innodb-log-file-size": "32M",
}

_DISCONNECT = (
    "BEGIN NOT ATOMIC DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;"  # of a client that has just left
    " FOR client IN (SELECT id FROM information_schema.processlist WHERE db = '{name}') DO KILL client.id; END FOR;"
)
"""Begins a block: whoever uses a database could otherwise keep others from dropping it."""


@attrs.frozen
class Programs:
    """MariaDB's programs on this machine."""

    server: Path
    installer: Path

    def beside(self, name: str) -> Path | None:
        """Another program, where these are looked for."""
        return _program(name)


def programs() -> Programs:
    """Find MariaDB's programs.

    Raises:
        ServerMissing: this machine has none.
    """
    server, installer = _program("mariadbd"), _program("mariadb-install-db")
    if server is None or installer is None:
        raise ServerMissing("there is no mariadbd: install mariadb-server, or name a folder with TEST_MARIADB_BIN")
    return Programs(server, installer)


def mariadb() -> AbstractContextManager[Server]:
    """Start a MariaDB, in a block.

    Raises:
        ServerMissing: this machine has none.
        ServerFailed: it did not start.
    """
    return started(kind(partial(prepare, programs())))


def kind(commands: Callable[[Place], list[list[str]]]) -> Kind:
    """How MariaDBs are run, by these commands."""
    return Kind(
        name="mariadb",
        # With TLS the driver would read all of the machine's certificates for each connection: 30 ms.
        url=URL.create("mariadb+pymysql", username="root", database="mysql", query={"ssl_disabled": "true"}),
        prepare=commands,
        ready="ready for connections",
        stop=signal.SIGKILL,
        create="CREATE DATABASE {name}",
        drop=f"{_DISCONNECT} DROP DATABASE IF EXISTS {{name}}; END",
        empty=_empty,
    )


def _empty(tables: list[str]) -> list[str]:
    return ["SET lock_wait_timeout = 2, foreign_key_checks = 0", *(f"TRUNCATE {table}" for table in tables)]


def _program(name: str) -> Path | None:
    folders = [os.environ.get("TEST_MARIADB_BIN", ""), os.environ.get("PATH", ""), *_FOLDERS]
    found = shutil.which(name, path=os.pathsep.join(folder for folder in folders if folder))
    return None if found is None else Path(found)


def prepare(found: Programs, place: Place, more: Mapping[str, str] = MappingProxyType({})) -> list[list[str]]:
    """The commands that install and run a server, with more settings."""
    where = ["--no-defaults", f"--basedir={found.installer.parents[1]}", f"--datadir={place.folder / 'data'}"]
    first = place.folder / "first.sql"
    # The installation's own users have no password; without names of hosts they can only use the folder's socket.
    first.write_text(
        f"CREATE OR REPLACE USER root@'{HOST}' IDENTIFIED BY '{place.password}';\n"
        f"GRANT ALL ON *.* TO root@'{HOST}' WITH GRANT OPTION;\n"
    )
    first.chmod(0o644)  # the folder is its user's alone
    settings = {
        **_SETTINGS,
        "skip-name-resolve": "on",
        "port": str(place.port),
        "socket": str(place.folder / "socket"),
        "pid-file": str(place.folder / "pid"),
        "tmpdir": str(place.folder),
        "init-file": str(first),
        **more,
    }
    normal = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
    return [
        [str(found.installer), *where, *normal],
        [str(found.server), *where, *(f"--{name}={value}" for name, value in settings.items())],
    ]
