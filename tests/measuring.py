"""Coverage measures a part of the tests: it doubles the time, and most tests of the contract run the same lines.

For the others the interpreter's tracing, by which it measures, is switched off.
"""

import gc
import os
import sys
import threading
from collections.abc import Generator
from typing import Any
from zlib import crc32

import pytest

REPEATING = ("tests/contract/", "tests/integration/accounts/", "tests/properties/")
"""Where one test is run with many values, or on every adapter or database."""

SHARE = 4
"""Of those one test of so many is measured; always the same ones."""

IN_WORKER = "PYTEST_XDIST_WORKER" in os.environ

# Coverage is measured in pytest's own workers, not in the programs that tests start: those would take too long.
if IN_WORKER:
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


class _Tracing:
    """What traces this process, and whether it does so now."""

    on = True
    kept: tuple[Any, Any] = (None, None)

    @classmethod
    def switch(cls) -> None:
        """Switch it off, or on again."""
        if cls.on:
            cls.kept = sys.gettrace(), threading.gettrace()
        trace, in_threads = (None, None) if cls.on else cls.kept
        sys.settrace(trace)
        threading.settrace(in_threads)
        cls.on = not cls.on


def _is_measured(test: str) -> bool:
    return not test.startswith(REPEATING) or crc32(test.encode()) % SHARE == 0


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure a test, or do not; what is switched off stays off until the next one that is measured."""
    if _Tracing.on != _is_measured(item.nodeid):
        _Tracing.switch()
    return (yield)


def pytest_collection_finish() -> None:
    """Let the garbage collector not look at what is there by now: tests that ask for it would wait for seconds."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Write what a worker measured before it is told to end: ten seconds later it is killed, written or not."""
    if not _Tracing.on:
        _Tracing.switch()
    if IN_WORKER and "coverage" in sys.modules:
        measurement = sys.modules["coverage"].Coverage.current()
        if measurement is not None:
            measurement.save()
