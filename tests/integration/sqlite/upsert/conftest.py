"""A unit of work on SQLite, of the model."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import registry

from integration.sqlite.upsert.model import Unit, map_documents, map_journals, map_people, map_shapes
from unitofwork import SqlAlchemyDatabase


@pytest.fixture(scope="module")
def mapping() -> Iterator[registry]:
    made = registry()
    map_people(made)
    map_documents(made)
    map_shapes(made)
    map_journals(made)
    yield made
    made.dispose()


@pytest.fixture
def database(mapping: registry) -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase("sqlite://", mapping)
    made.create_schema()
    yield made
    made.dispose()


@pytest.fixture
def unit(database: SqlAlchemyDatabase) -> Iterator[Unit]:
    with Unit(database) as uow:
        yield uow
