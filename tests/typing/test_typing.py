"""What type checkers say of an application's code: what they infer, and the mistakes that they find.

Each checker sees the package as an application does, installed, and none of this project's own settings.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import pytest

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


def _run(checker: str, *options: str) -> str:
    """Run from a folder above which there are no settings to be found."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", checker, *options, *map(str, (*RIGHT, *WRONG))]
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
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
