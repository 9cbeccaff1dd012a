"""The benchmarks run, and count the same statements on both sides; their ratios are printed by ``make bench``."""

import re
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def run(name: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / name), "--rounds", "2", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_unit_of_work_sends_what_a_plain_session_sends() -> None:
    done = run("overhead.py", "--only", "small unit, SQLite", "--at-most", "100")
    assert (done.returncode, done.stderr) == (0, "")
    sent = re.findall(r"us  (\d+ statements: .*)", done.stdout)
    assert len(sent) == 2
    assert sent[0] == sent[1]
    assert sent[0].startswith("4 statements: BEGIN IMMEDIATE, SELECT")


def test_a_ratio_above_the_limit_fails() -> None:
    done = run("overhead.py", "--only", "small unit, SQLite", "--at-most", "0.01")
    assert done.returncode == 1
    assert "above 0.01" in done.stderr


def test_a_page_far_from_the_start_sends_what_the_first_one_sends() -> None:
    done = run("reading.py", "--only", "page 10,000 by key, SQLite", "--at-most", "100")
    assert (done.returncode, done.stderr) == (0, "")
    sent = re.findall(r"us  (\d+ statements: .*)", done.stdout)
    assert len(sent) == 2
    assert sent[0] == sent[1]


def test_what_it_costs_to_observe_is_measured() -> None:
    done = run("observed.py", "--only", "recorded, twin", "--at-most", "100")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"not observed +[\d,.]+ us +2 statements: SELECT", done.stdout)


def test_many_rows_are_measured() -> None:
    done = run("bulk.py", "--only", "insert_many of 100,000 rows, SQLite", "--at-most", "100")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"insert_many +[\d,]+ us +34 statements: BEGIN IMMEDIATE, SAVEPOINT", done.stdout)


def test_the_twin_tells_what_it_would_have_sent() -> None:
    done = run("twin.py", "--only", "find an entity", "--at-most", "100")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.findall(r"us  (\d+ statements: SELECT)", done.stdout) == ["1 statements: SELECT"] * 2


def test_what_takes_longer_than_is_promised_fails() -> None:
    done = run("twin.py", "--only", "make a database", "--at-most", "0.0001")
    assert done.returncode == 1
    assert "is above 0.0001" in done.stderr


def test_a_unit_on_asyncio_sends_what_a_plain_session_sends() -> None:
    done = run("awaited.py", "--only", "tasks at once, aiosqlite", "--at-most", "100")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(re.findall(r"us  200 statements: BEGIN IMMEDIATE, SELECT", done.stdout)) == 2


def test_an_event_costs_one_statement() -> None:
    done = run("outbox.py", "--only", "one row, SQLite", "--at-most", "100")
    assert (done.returncode, done.stderr) == (0, "")
    with_an_event, without = re.findall(r"us  \d+ statements: (.*)", done.stdout)
    assert with_an_event == "BEGIN IMMEDIATE, SELECT parcels.id,, UPDATE parcels, INSERT INTO, COMMIT"
    assert without == "BEGIN IMMEDIATE, SELECT parcels.id,, UPDATE parcels, COMMIT"
