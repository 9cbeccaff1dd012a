"""The run's table of rows and adapters tells what became of each test, and no contract test is without a row."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CONFTEST = """
from pathlib import Path
from types import SimpleNamespace

import pytest
from contract import rows

pytest_plugins = ["contract.rows"]
rows._FOLDER = Path(__file__).parent

@pytest.fixture(params=[SimpleNamespace(name="paper"), SimpleNamespace(name="stone")], ids=lambda each: each.name)
def adapter(request):
    return request.param
"""
TEST = """
import pytest

pytestmark = pytest.mark.row("Q3")

def test_on_each(adapter):
    assert adapter.name == "paper"

@pytest.mark.row("L10", "I1")
def test_of_its_own_rows(adapter):
    if adapter.name == "stone":
        pytest.skip(f"stone {rows_lack} savepoints")

def test_without_adapter():
    pass
""".replace("{rows_lack}", "is not capable of")


def run(folder: Path, test: str, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_it.py").write_text(test)
    environment = os.environ | {"PYTHONPATH": str(TESTS)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(folder)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=["one process", "two processes"])
def test_the_table_counts_what_became_of_each_test(tmp_path: Path, options: list[str]) -> None:
    done = run(tmp_path, TEST, *options)
    assert done.returncode == 1
    printed = done.stdout[done.stdout.index("row  promise") :].splitlines()[:4]
    assert [line.split(maxsplit=2) for line in printed[:1]] == [["row", "promise", "any  paper  stone"]]
    assert [" ".join(line.split()) for line in printed[1:]] == [
        "L10 savepoints – 1 not capable",
        "Q3 pages 1 1 0, 1 failed",
        "I1 isolation – 1 not capable",
    ]


@pytest.mark.parametrize("test", ["def test_it(): pass", TEST.replace("Q3", "Q33")], ids=["no row", "unknown row"])
def test_a_contract_test_without_a_row_is_refused(tmp_path: Path, test: str) -> None:
    done = run(tmp_path, test)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "test_it.py: every contract test needs a row" in done.stderr
