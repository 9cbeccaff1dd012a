"""A library on each database; a test that takes ``server_url`` runs on those that are servers."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from sqlalchemy import URL
from sqlalchemy.orm import registry

from integration.faults.library import Library, mapping
from unitofwork import EngineOptions, SqlAlchemyDatabase

Open: TypeAlias = Callable[..., SqlAlchemyDatabase]
"""Opens a database that is closed after the test: ``opened(url, lock_timeout=1)``."""

DATABASES = ("sqlite", "postgresql", "mariadb")


def _url(request: pytest.FixtureRequest, database: str) -> URL:
    if database == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        return URL.create("sqlite", database=str(folder / "library.db"))
    found: URL = request.getfixturevalue(f"{database}_url")
    return found


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest) -> URL:
    """An empty database."""
    return _url(request, request.param)


@pytest.fixture(params=DATABASES[1:])
def server_url(request: pytest.FixtureRequest) -> URL:
    """An empty database of a server."""
    return _url(request, request.param)


@pytest.fixture(scope="session")
def library() -> registry:
    """The library's mapping."""
    return mapping()


@pytest.fixture
def opened(library: registry) -> Iterator[Open]:
    """Opens databases, and closes them when the test is done."""
    databases: list[SqlAlchemyDatabase] = []

    def open_database(url: URL, **options: object) -> SqlAlchemyDatabase:
        database = SqlAlchemyDatabase(url, library, options=EngineOptions(**options))  # type: ignore[arg-type]  # checked at run time
        databases.append(database)
        return database

    yield open_database
    for database in databases:
        assert database.engine.pool.checkedout() == 0, "a connection was not given back"  # type: ignore[attr-defined]  # of a QueuePool
        database.dispose()


@pytest.fixture
def database(url: URL, opened: Open) -> SqlAlchemyDatabase:
    """A library without books."""
    made = opened(url)
    made.create_schema()
    return made


@pytest.fixture
def server(server_url: URL, opened: Open) -> SqlAlchemyDatabase:
    """A library without books, on a server."""
    made = opened(server_url)
    made.create_schema()
    return made


@pytest.fixture
def stocked(server: SqlAlchemyDatabase) -> SqlAlchemyDatabase:
    """A library with two shelves, on a server."""
    from integration.faults.library import Shelf

    with Library(server) as uow:
        uow.shelves.add_all([Shelf("attic", 1, id=1), Shelf("cellar", 1, id=2)])
        uow.commit()
    return server
