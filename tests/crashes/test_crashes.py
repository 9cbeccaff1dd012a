"""A short run of what ``make crash`` does for as long as one likes."""

import subprocess
import sys
from pathlib import Path

import pytest

from crashes.checks import Ending, faults
from crashes.model import COUNTERS
from servers.plugin import running

TESTS = Path(__file__).parents[1]
PATIENCE = 300
"""Seconds."""


@pytest.mark.parametrize(
    ("place", "database", "kills"),
    [("sqlite", "", 20), ("postgresql", "postgresql", 20), ("mariadb", "mariadb", 20), ("server", "postgresql", 2)],
)
def test_nothing_is_lost_or_done_twice_however_often_somebody_is_killed(place: str, database: str, kills: int) -> None:
    if database:
        running(database)  # or this is skipped, or fails
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "crashes", "--on", place, "--kills", str(kills)],
        cwd=TESTS,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    assert "0 faults" in done.stdout


def _end(
    *, kept: int = 3, counted: int = 3, waiting: int = 0, made: int = 3, published: tuple[int, ...] = (1, 2, 3)
) -> Ending:
    """The end of a run in which only the last counter went on."""
    quiet = dict.fromkeys(range(COUNTERS), 0)
    last = COUNTERS - 1
    return Ending({**quiet, last: kept}, {**quiet, last: counted}, waiting, {last: [made]}, {last: list(published)})


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (_end(), ""),
        (_end(published=(1, 2, 1, 2, 3)), ""),
        (_end(waiting=1), "never published"),
        (_end(made=4), "lost after its commit"),
        (_end(published=(1, 3)), "1 committed steps were not published"),
        (_end(published=(1, 2, 3, 4)), "never committed"),
        (_end(published=(1, 3, 2)), "the order was not kept"),
        (_end(counted=4), "4 steps were counted, of 3"),
    ],
    ids=["right", "again", "waiting", "lost", "unpublished", "undone", "order", "twice"],
)
def test_the_checks_find_each_fault(end: Ending, expected: str) -> None:
    found = list(faults(end))
    assert bool(found) == bool(expected)
    assert expected in "; ".join(found)
