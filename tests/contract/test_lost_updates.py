"""Row I2: who changes what another changed meanwhile is refused, by a version or by isolation; or waits for a lock."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database
from unitofwork.domain.errors import Conflict

from .models import counters
from .models.counters import Counters, Increase, NewUnit, begin_counting, counted

pytestmark = pytest.mark.row("I2")


@pytest.fixture
def mapping() -> registry:
    return counters.mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work on two counters that say 0."""

    def made() -> Counters:
        return Counters(database)

    begin_counting(made)
    return made


@pytest.mark.needs("threads", "concurrent_writers")
@pytest.mark.parametrize("increase", [counters.with_version, counters.with_snapshot, counters.with_serializable])
def test_of_two_that_read_the_same_the_second_is_refused(unit: NewUnit, increase: Increase) -> None:
    both_read = threading.Barrier(2, timeout=30)

    def wait() -> None:
        both_read.wait()

    def kept() -> bool:
        try:
            increase(unit(), wait)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(each.result(60) for each in [threads.submit(kept), threads.submit(kept)]) == [False, True]
    assert counted(unit) == 1


@pytest.mark.needs("threads", "row_locks")
def test_who_locks_what_it_reads_waits_for_the_other_and_loses_nothing(unit: NewUnit) -> None:
    start = threading.Barrier(4, timeout=30)

    def kept() -> None:
        start.wait()
        counters.with_lock(unit(), lambda: None)

    with ThreadPoolExecutor(4) as threads:
        for each in [threads.submit(kept) for _ in range(4)]:
            each.result(60)
    assert counted(unit) == 4


@pytest.mark.needs("threads")
@pytest.mark.parametrize("increase", [counters.with_version, counters.with_serializable])
def test_units_that_run_again_until_they_are_kept_lose_nothing(unit: NewUnit, increase: Increase) -> None:
    start = threading.Barrier(3, timeout=30)

    def kept() -> None:
        start.wait()
        for _ in range(5):
            until_kept(unit, increase)

    with ThreadPoolExecutor(3) as threads:
        for each in [threads.submit(kept) for _ in range(3)]:
            each.result(60)
    assert counted(unit) == 15


def until_kept(unit: NewUnit, increase: Increase) -> None:
    while True:
        try:
            return increase(unit(), lambda: None)
        except Conflict:
            continue
