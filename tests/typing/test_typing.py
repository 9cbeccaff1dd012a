"""What type checkers say of an application's code: what they infer, and the mistakes that they find.

Each checker sees the package as an application does, installed, and none of this project's own settings.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import pytest

from unitofwork.entrypoints.cli.commands import unitofwork

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".mypy_cache" / "of_applications"
RIGHT = sorted((HERE / "right").glob("*.py"))
WRONG = sorted((HERE / "wrong").glob("*.py"))

Complaints: TypeAlias = dict[tuple[str, int], str]
"""What is said of a file's line."""


@cache
def mypy() -> Complaints:
    output = _run("mypy", "--strict", "--config-file=", "--output=json", f"--cache-dir={CACHE}")
    reports = [json.loads(line) for line in output.splitlines()]
    return {(Path(each["file"]).name, each["line"]): each["message"] for each in reports if each["severity"] == "error"}


@cache
def pyright() -> Complaints:
    output = _run("pyright", "--pythonpath", sys.executable, "--outputjson")
    reports: list[dict[str, Any]] = json.loads(output)["generalDiagnostics"]
    return {
        (Path(each["file"]).name, each["range"]["start"]["line"] + 1): each["message"]
        for each in reports
        if each["severity"] == "error"
    }


NAME = "fresh"
"""The application that ``unitofwork new`` makes."""


def _run(checker: str, *options: str) -> str:
    """Run from a folder above which there are no settings to be found, and in which there is a fresh application."""
    with TemporaryDirectory() as folder, chdir(folder):
        unitofwork(["new", NAME, "--web", "--requirement", "unitofwork"], standalone_mode=False)
        application = Path(folder, NAME)
        (application / "pyproject.toml").unlink()
        files = (*RIGHT, *WRONG, *sorted(application.rglob("*.py")))
        command = [sys.executable, "-m", checker, *options, *map(str, files)]
        run = subprocess.run(command, cwd=application, capture_output=True, text=True, check=False)
    assert run.returncode == 1, f"{checker} did not run, or found no mistake: {run.stdout}{run.stderr}"
    return run.stdout


every_checker = pytest.mark.parametrize("checker", [mypy, pyright], ids=lambda checker: checker.__name__)


@every_checker
@pytest.mark.parametrize("file", RIGHT, ids=lambda file: file.stem)
def test_right_code_is_inferred_without_complaint(checker: Callable[[], Complaints], file: Path) -> None:
    assert {place: text for place, text in checker().items() if place[0] == file.name} == {}


@every_checker
@pytest.mark.parametrize("file", WRONG, ids=lambda file: file.stem)
def test_each_mistake_is_found_and_nothing_else(checker: Callable[[], Complaints], file: Path) -> None:
    lines = file.read_text().splitlines()
    expected = {number: line for number, line in enumerate(lines, 1) if line.endswith("# error")}
    found = {line: text for (name, line), text in checker().items() if name == file.name}
    assert {line: text for line, text in found.items() if line not in expected} == {}, "reported, though right"
    assert {line: text for line, text in expected.items() if line not in found} == {}, "not reported"


@every_checker
def test_a_fresh_application_is_right(checker: Callable[[], Complaints]) -> None:
    known = {file.name for file in (*RIGHT, *WRONG)}
    assert {place: text for place, text in checker().items() if place[0] not in known} == {}
