"""The tour shows what the library does, and leaves nothing behind."""

import subprocess
import sys
from pathlib import Path

import pytest

from integration.accounts.conftest import buffered


def test_the_tour_shows_its_steps_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    page = tmp_path / "page.html"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-m", "accounts.demo", page], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stderr) == (0, "")
    steps = [
        "known",
        "Before",
        "sandy.squirrel",
        "patrick.rock",
        "patrick.star",
        "UniqueViolation: another row",
        "Welcome",
        "over HTTP",
        "404 Not Found",
    ]
    places = [result.stdout.index(step) for step in steps]
    assert places == sorted(places)
    assert "{" not in result.stdout[: places[-2]]
    answers = [line.split()[0] for line in result.stdout[places[-2] :].splitlines() if line.startswith("    ")]
    assert [answer for answer in answers if answer.isdigit()] == [
        "201",
        "409",
        "200",
        "304",
        "200",
        "412",
        "204",
        "404",
    ]
    assert result.stdout.endswith(f": {page.as_uri()}\n")
    assert "8 units of work" in page.read_text()
    assert list(tmp_path.iterdir()) == [page]


def test_a_tour_that_cannot_be_shown_is_one_line() -> None:
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "accounts.demo"], env=buffered(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert (result.returncode, result.stderr) == (75, b"accounts: No space left on device\n")
