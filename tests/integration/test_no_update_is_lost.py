"""Four threads, and four processes, increase one counter at once; ``INCREMENTS=500`` makes each do it that often."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context

import pytest
from sqlalchemy import URL

from contract.models import counters
from contract.models.counters import Counters
from integration.increments import WAYS, increase_often, increase_often_alone, opened
from unitofwork import SqlAlchemyDatabase

INCREMENTS = int(os.environ.get("INCREMENTS", "20"))
WORKERS = 4
PATIENCE = 60 + INCREMENTS
"""Seconds."""


@pytest.fixture
def database(url: URL) -> Iterator[SqlAlchemyDatabase]:
    made = opened(url)
    made.create_schema()
    counters.begin_counting(lambda: Counters(made))
    yield made
    made.dispose()


def see_that_nothing_is_lost(database: SqlAlchemyDatabase, workers: Executor, work: Callable[[str, int], None]) -> None:
    for number, way in enumerate(WAYS, start=1):
        for each in [workers.submit(work, way, INCREMENTS) for _ in range(WORKERS)]:
            each.result(PATIENCE)
        assert counters.counted(lambda: Counters(database)) == number * WORKERS * INCREMENTS, way


def test_no_update_of_four_threads_is_lost(database: SqlAlchemyDatabase) -> None:
    with ThreadPoolExecutor(WORKERS) as threads:
        see_that_nothing_is_lost(database, threads, partial(increase_often, database))


def test_no_update_of_four_processes_is_lost(database: SqlAlchemyDatabase, url: URL) -> None:
    with ProcessPoolExecutor(WORKERS, get_context("spawn")) as processes:
        see_that_nothing_is_lost(database, processes, partial(increase_often_alone, url))
