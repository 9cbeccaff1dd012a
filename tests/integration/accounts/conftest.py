"""The example on the database that ``--database`` names; and its command line, in this process or in one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Protocol

import pytest
from click.testing import CliRunner, Result
from dependency_injector import providers

from accounts.adapters.orm import map_accounts
from accounts.entrypoints.cli import cli
from accounts.entrypoints.container import AccountsContainer
from accounts.service_layer.unit_of_work import Accounts
from contract.adapters import Adapter, Probe
from judged import ADAPTERS
from unitofwork import Database

Unit = Callable[[], Accounts]
Stream = int | IO[bytes]


class Run(Protocol):
    """Runs the command line in this process."""

    def __call__(self, *arguments: object, stdin: bytes | None = None) -> Result: ...


class Start(Protocol):
    """Starts the command line in a process of its own; ``prepare`` is run in it before."""

    def __call__(
        self, *arguments: object, stdout: Stream = ..., stderr: Stream = ..., prepare: Callable[[], None] | None = None
    ) -> "subprocess.Popen[bytes]": ...


def unheard(database: Database) -> Accounts:
    """A unit whose events nobody is to hear of, for which there need not be a table."""
    made = Accounts(database)
    made.subscribe(lambda _: None)
    return made


def buffered() -> dict[str, str]:
    """The environment, where Python keeps output in a buffer as it does unless told otherwise."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "adapter" in metafunc.fixturenames:
        chosen = _adapters(str(metafunc.config.getoption("database")))
        metafunc.parametrize("adapter", chosen, ids=[adapter.name for adapter in chosen], scope="module")


def _adapters(name: str) -> list[Adapter]:
    """The adapters of that name, or of that kind of database."""
    known = {adapter.name: adapter for adapter in ADAPTERS}
    chosen = [
        adapter for each, adapter in known.items() if name == "all" or each == name or each.startswith(f"{name}-")
    ]
    if not chosen:
        raise pytest.UsageError(f"--database={name}: choose all, sqlite, {', '.join(known)}")
    return chosen


@pytest.fixture
def opened(adapter: Adapter, tmp_path: Path) -> Iterator[tuple[Database, Probe]]:
    with adapter.open(tmp_path, map_accounts()) as (database, probe):
        yield database, probe
        assert probe.checked_out() == 0, "a connection was not given back"


@pytest.fixture
def probe(opened: tuple[Database, Probe]) -> Probe:
    """What can be seen of the database from outside."""
    return opened[1]


@pytest.fixture(scope="session")
def container() -> AccountsContainer:
    """The application's own wiring, made once, as the application does."""
    return AccountsContainer()


@pytest.fixture
def unit(container: AccountsContainer, opened: tuple[Database, Probe]) -> Iterator[Unit]:
    """Makes a fresh unit of work, wired as the application's own."""
    with container.database.override(providers.Object(opened[0])):
        yield container.unit


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The file of the command line's database, which is not there yet."""
    return tmp_path / "accounts.sqlite"


@pytest.fixture
def run(path: Path) -> Run:
    def in_this_process(*arguments: object, stdin: bytes | None = None) -> Result:
        environment = {"ACCOUNTS_DATABASE": f"sqlite:///{path}"}
        result = CliRunner().invoke(cli, list(map(str, arguments)), input=stdin, env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return in_this_process


@pytest.fixture
def start(path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def in_its_own(
        *arguments: object,
        stdout: Stream = subprocess.PIPE,
        stderr: Stream = subprocess.PIPE,
        prepare: Callable[[], None] | None = None,
    ) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "accounts", *map(str, arguments)],
            env={**buffered(), "ACCOUNTS_DATABASE": f"sqlite:///{path}"},
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
            preexec_fn=prepare,
        )
        started.append(process)
        return process

    yield in_its_own
    for process in started:
        process.kill()
        process.communicate()
