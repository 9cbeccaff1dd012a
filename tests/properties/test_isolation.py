"""What units of work at once make of a few lists, and whether some order of them explains it.

``ISOLATION_HISTORIES=500`` makes each test run that many histories of 100 transactions.
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from properties.isolation.checker import anomalies, lost_appends
from properties.isolation.history import Append, History, Read
from properties.isolation.lists import Experiment, mapping, run, wishes
from unitofwork import Database, EngineOptions, Isolation, MemoryDatabase, SqlAlchemyDatabase

HISTORIES = int(os.environ.get("ISOLATION_HISTORIES", "3"))
TRANSACTIONS = 100
SERVERS = ["postgresql", "mariadb"]


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "memory":
        yield MemoryDatabase(mapping())
        return
    file = URL.create("sqlite", database=str(tmp_path / "lists.db"))
    url: URL = file if request.param == "sqlite" else request.getfixturevalue(f"{request.param}_url")
    made = SqlAlchemyDatabase(url, mapping(), options=EngineOptions(lock_timeout=60))
    made.create_schema()
    yield made
    made.dispose()


def histories(database: Database, experiment: Experiment) -> Iterator[History]:
    for seed in range(HISTORIES):
        yield run(database, experiment, wishes(random.Random(seed), TRANSACTIONS))


@pytest.mark.parametrize("database", ["memory", "sqlite", *SERVERS], indirect=True)
def test_serializable_units_that_are_run_again_show_no_anomaly(database: Database) -> None:
    for history in histories(database, Experiment(Isolation.SERIALIZABLE)):
        assert len(history.committed) == TRANSACTIONS
        assert anomalies(history) == []


@pytest.mark.parametrize("database", SERVERS, indirect=True)
def test_the_checker_finds_what_read_committed_lets_happen(database: Database) -> None:
    flagged = [bool(anomalies(history)) for history in histories(database, Experiment(Isolation.READ_COMMITTED))]
    assert sum(flagged) >= 0.9 * len(flagged)


@pytest.mark.parametrize("database", ["memory", "sqlite", *SERVERS], indirect=True)
def test_no_append_is_lost_under_a_version(database: Database) -> None:
    for history in histories(database, Experiment(Isolation.READ_COMMITTED, versioned=True)):
        assert len(history.committed) == TRANSACTIONS
        assert lost_appends(history) == []


NONE = frozenset[int]()
RIGHT = ((Append(1, 10), Read(2, ())), (Read(1, (10,)), Append(1, 11), Append(2, 20)), (Read(2, (20,)),))
WRITE_SKEW = ((Read(1, ()), Append(2, 2)), (Read(2, ()), Append(1, 1)))
HALF_SEEN = ((Append(1, 1), Append(1, 2)), (Read(1, (1,)),))
OPPOSITE_ORDERS = ((Append(1, 1), Append(2, 2)), (Append(1, 3), Append(2, 4)))
NEVER_SO = ((Append(1, 1),), (Append(1, 2),), (Read(1, (2,)),))


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param(History(RIGHT, frozenset({99}), {1: (10, 11), 2: (20,)}), "", id="right"),
        pytest.param(History(RIGHT, NONE, {1: (10,), 2: (20,)}), "11 was lost", id="lost"),
        pytest.param(History(RIGHT, frozenset({99}), {1: (10, 11, 99), 2: (20,)}), "99, which was undone", id="dirty"),
        pytest.param(History(RIGHT, NONE, {1: (10, 11, 10), 2: (20,)}), "a value twice", id="twice"),
        pytest.param(History(NEVER_SO, NONE, {1: (1, 2)}), "never was", id="order"),
        pytest.param(History(WRITE_SKEW, NONE, {1: (1,), 2: (2,)}), "before themselves", id="write skew"),
        pytest.param(History(HALF_SEEN, NONE, {1: (1, 2)}), "before themselves", id="half seen"),
        pytest.param(History(OPPOSITE_ORDERS, NONE, {1: (1, 3), 2: (4, 2)}), "before themselves", id="opposite"),
    ],
)
def test_the_checker_names_what_cannot_have_happened(history: History, expected: str) -> None:
    found = anomalies(history)
    assert bool(found) == bool(expected)
    assert expected in "; ".join(found)
