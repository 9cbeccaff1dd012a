"""The database that a property is tried on, once for each adapter; every example undoes what it did."""

from collections.abc import Iterator

import pytest

from contract.model import mapping
from judged import ADAPTERS
from unitofwork import Database


@pytest.fixture(scope="module", params=ADAPTERS, ids=lambda adapter: adapter.name)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with the schema of `contract.model`."""
    with request.param.open(tmp_path_factory.mktemp("properties"), mapping()) as (database, _):
        yield database
