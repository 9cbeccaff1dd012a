"""A run without a server's programs skips its tests and ends by saying so; a run that requires it fails."""

import os
import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parents[2]
CONFTEST = """
from servers import ServerMissing, plugin

pytest_plugins = ["servers.plugin"]

def missing():
    raise ServerMissing("no MariaDB here")

plugin._STARTERS["mariadb"] = missing
"""
TEST = """
def test_that_needs_a_server(mariadb_url):
    raise AssertionError
"""


def run(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(TEST)
    environment = os.environ | {"PYTHONPATH": str(TESTS), "SKIP_DATABASES": "", **variables}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_its_tests_are_skipped_and_the_last_lines_say_so(tmp_path: Path) -> None:
    done = run(tmp_path, REQUIRE_DATABASES="")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-2] == "not tested on mariadb: no MariaDB here"
    assert done.stdout.splitlines()[-1].startswith("1 skipped")


def test_a_required_one_fails(tmp_path: Path) -> None:
    done = run(tmp_path, REQUIRE_DATABASES="postgresql,mariadb")
    assert done.returncode == 1
    assert "no MariaDB here" in done.stdout


def test_one_can_be_done_without(tmp_path: Path) -> None:
    done = run(tmp_path, SKIP_DATABASES="mariadb", REQUIRE_DATABASES="postgresql")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-2] == "not tested on mariadb: SKIP_DATABASES says so"
