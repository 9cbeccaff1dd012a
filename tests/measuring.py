"""Coverage measures a part of the tests: it doubles the time, and most tests of the contract run the same lines.

It is stopped for the others, so that one run does both.
"""

import os
import sys
from collections.abc import Generator
from typing import Any
from zlib import crc32

import pytest

REPEATING = ("tests/contract/", "tests/properties/")
"""Where one test is run with many values, and on every adapter."""

SHARE = 4
"""Of those one test of so many is measured; always the same ones."""

IN_WORKER = "PYTEST_XDIST_WORKER" in os.environ

# Coverage is measured in pytest's own workers, not in the programs that tests start: those would take too long.
if IN_WORKER:
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


def _measurement() -> Any:
    """What measures this process, or None; coverage is not imported to find out."""
    return sys.modules["coverage"].Coverage.current() if "coverage" in sys.modules else None


def _is_measured(test: str) -> bool:
    return not test.startswith(REPEATING) or crc32(test.encode()) % SHARE == 0


class _Switch:
    """Whether coverage is measuring now."""

    on = True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Measure a test, or do not; what is switched off stays off until the next one that is measured."""
    measurement = _measurement()
    if measurement is not None and _Switch.on != _is_measured(item.nodeid):
        _Switch.on = not _Switch.on
        (measurement.start if _Switch.on else measurement.stop)()
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Write what a worker measured before it is told to end: ten seconds later it is killed, written or not."""
    measurement = _measurement()
    if IN_WORKER and measurement is not None:
        measurement.save()
