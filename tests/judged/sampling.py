"""Leaves out a part of the contract's tests on some adapters, where time is short; always the same part."""

import os
from zlib import crc32

import pytest

SAMPLED = os.environ.get("CONTRACT_SAMPLE", "").split()
"""Of which adapters only a part of the tests is run."""

SHARE = 8
"""One test of so many."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if _is_sampled(item) and crc32(item.nodeid.encode()) % SHARE != 0]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]


def _is_sampled(item: pytest.Item) -> bool:
    called = getattr(item, "callspec", None)
    return called is not None and getattr(called.params.get("adapter"), "name", None) in SAMPLED
