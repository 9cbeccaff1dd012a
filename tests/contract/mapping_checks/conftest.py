"""The registry that a mapping check maps its classes with."""

import gc
from collections.abc import Iterator

import pytest
from sqlalchemy.orm import registry


@pytest.fixture
def mapping() -> Iterator[registry]:
    """A registry of the test's own; its classes leave with it, so that no later test sees their subclasses."""
    mapping = registry()
    yield mapping
    mapping.dispose()
    gc.collect()
