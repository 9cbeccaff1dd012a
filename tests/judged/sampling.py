"""Leaves out a part of the contract's tests on some adapters, where time is short; always the same part.

``CONTRACT_SAMPLE`` names them, each with how many tests there are to one that is run: ``mariadb/12 postgresql/2``.
"""

import os
from zlib import crc32

import pytest


def _sampled(text: str) -> dict[str, int]:
    named = (each.partition("/") for each in text.split())
    return {name: int(share) for name, _, share in named}


SHARES = _sampled(os.environ.get("CONTRACT_SAMPLE", ""))
"""For each adapter that is sampled: one test of so many is run."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left_out = [item for item in items if crc32(item.nodeid.encode()) % _share(item) != 0]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]


def _share(item: pytest.Item) -> int:
    called = getattr(item, "callspec", None)
    adapter = None if called is None else called.params.get("adapter")
    return SHARES.get(getattr(adapter, "name", ""), 1)
