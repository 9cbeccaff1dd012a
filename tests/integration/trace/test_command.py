"""``unitofwork trace``: a program runs as it would without it, and a page is written."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from unitofwork.entrypoints.cli.commands import unitofwork

SHOP = """
from sqlalchemy import Column, Integer, String, Table
from sqlalchemy.orm import registry
from unitofwork import MemoryDatabase, UnitOfWork, entity, map_entity, repository, where

@entity
class User:
    name: str
    id: int | None = None

class Accounts(UnitOfWork):
    users = repository(User)

mapping = registry()
map_entity(mapping, User, Table(
    "users", mapping.metadata, Column("id", Integer, primary_key=True), Column("name", String(30), unique=True)
))
database = MemoryDatabase(mapping)

def work():
    with Accounts(database) as uow:
        uow.users.add(User("hunter2"))
        uow.commit()
    with Accounts(database) as uow:
        uow.users.find_one(name="hunter2").name = "correct horse"
        uow.flush()
"""

PROGRAM = (
    SHOP
    + """
import atexit, os, sys, threading
if os.fork() == 0:
    sys.exit(0)  # and leave the page to the parent
assert os.wait()[1] == 0
print(sys.argv[1:], __name__, __file__.rpartition("/")[2], sys.modules["__main__"].User is User)
print("to be left alone", file=sys.stderr)
work()
lasting = Accounts(database).begin()
threading.Thread(target=lambda: (threading.main_thread().join(), work_late())).start()
def work_late():
    with Accounts(database) as uow:
        uow.users.find(where("name") == "battery staple")
atexit.register(work_late)
sys.exit(3)
"""
)


def trace(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "unitofwork.entrypoints.cli", "trace", *arguments]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, timeout=60, check=False)


def test_a_script_runs_as_it_would_and_all_of_it_is_traced(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(PROGRAM)
    ran = trace(tmp_path, "-o", "seen.html", "shop.py", "-m", "x", "--output", "y", "--help")
    page = tmp_path / "seen.html"
    assert ran.returncode == 3
    assert ran.stdout == "['-m', 'x', '--output', 'y', '--help'] __main__ shop.py True\n"
    assert ran.stderr == f"to be left alone\nunitofwork: 5 units of work, 2 verdicts: {page}\n"
    text = page.read_text()
    assert "1 entity changed, never committed" in text
    assert "never closed, begun at shop.py:" in text
    assert "UPDATE" in text
    for secret in ("hunter2", "correct horse", "battery staple"):
        assert secret not in text


def test_an_error_is_shown_as_the_interpreter_shows_it(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(f"{SHOP}\nwork()\ndef fail():\n    raise LookupError('gone')\nfail()\n")
    ran = trace(tmp_path, "shop.py")
    assert (ran.returncode, ran.stdout) == (1, "")
    first, program, *_, error, told = ran.stderr.splitlines()
    assert first == "Traceback (most recent call last):"
    assert program.startswith(f'  File "{tmp_path / "shop.py"}", line ')
    assert error == "LookupError: gone"
    assert told == f"unitofwork: 2 units of work, 1 verdict: {tmp_path / 'unitofwork-trace.html'}"


def test_a_test_run_is_traced(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(SHOP)
    (tmp_path / "test_shop.py").write_text("from shop import work\n\ndef test_work():\n    work()\n")
    ran = trace(tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shop.py")
    assert ran.returncode == 0, ran.stdout
    assert "1 passed" in ran.stdout
    text = (tmp_path / "unitofwork-trace.html").read_text()
    assert "test_shop.py::test_work" in text
    assert "1 entity changed, never committed" in text


@pytest.mark.parametrize(("told", "says"), [(signal.SIGTERM, ""), (signal.SIGINT, "KeyboardInterrupt")])
def test_a_process_that_is_told_to_end_leaves_its_page(tmp_path: Path, told: signal.Signals, says: str) -> None:
    (tmp_path / "shop.py").write_text(f"{SHOP}\nimport time\nwork()\nprint('ready', flush=True)\ntime.sleep(60)\n")
    command = [sys.executable, "-m", "unitofwork.entrypoints.cli", "trace", "shop.py"]

    def heed() -> None:
        """Tests that run in the background are started with the signal ignored, and so is what they start."""
        signal.signal(told, signal.SIG_DFL)

    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(told)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == -told
    assert says in stderr
    assert "1 entity changed, never committed" in (tmp_path / "unitofwork-trace.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nothing.py"], "the file nothing.py is not there"),
        (["."], "the file . is a folder: run it as a module, by -m"),
        (["-m", "nothing.there"], "there is no module nothing.there that can be run"),
        (["-m", "_thread"], "there is no module _thread that can be run"),
        (["-o", "nowhere/page.html", __file__], "page.html is no file that can be written"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_sentence(
    arguments: list[str], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    result = CliRunner().invoke(unitofwork, ["trace", *arguments])
    assert result.exit_code == 2
    assert why in result.stderr
    assert result.stderr.count("\n") == 1


def test_without_a_program_it_says_how_it_is_used() -> None:
    result = CliRunner().invoke(unitofwork, ["trace"])
    assert result.exit_code == 2
    assert "give a script, or a module by -m" in result.stderr
