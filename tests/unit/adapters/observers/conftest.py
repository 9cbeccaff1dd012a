"""What every test of an observer needs."""

from collections.abc import Iterator

import pytest

from unit.adapters.observers.application import opened
from unitofwork import MemoryDatabase


@pytest.fixture
def database() -> Iterator[MemoryDatabase]:
    with opened() as database:
        yield database
