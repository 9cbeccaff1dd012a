"""The database that a contract test runs on, once for each adapter."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database

from . import model, rows
from .adapters import Adapter, Probe
from .choosing import adapters
from .model import Accounts, Address, User
from .rows import LACKS


def pytest_configure(config: pytest.Config) -> None:
    if not config.pluginmanager.is_registered(rows):
        config.pluginmanager.register(rows)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "adapter" in metafunc.fixturenames:
        chosen = adapters(metafunc.config)
        metafunc.parametrize("adapter", chosen, ids=[each.name for each in chosen], indirect=True)


@pytest.fixture
def adapter(request: pytest.FixtureRequest) -> Adapter:
    """The adapter; a test marked ``needs("…")`` is skipped where that capability is missing."""
    chosen: Adapter = request.param
    needed = {name for mark in request.node.iter_markers("needs") for name in mark.args}
    if missing := needed - chosen.capabilities:
        pytest.skip(f"{chosen.name} {LACKS} {', '.join(sorted(missing))}")
    return chosen


@pytest.fixture
def mapping() -> registry:
    """The mapping that the database is opened with; a module about another model has a fixture of its own."""
    return model.mapping()


@pytest.fixture
def opened(adapter: Adapter, tmp_path: Path, mapping: registry) -> Iterator[tuple[Database, Probe]]:
    with adapter.open(tmp_path, mapping) as (database, probe):
        yield database, probe
        assert probe.checked_out() == 0, "a connection was not given back"


@pytest.fixture
def database(opened: tuple[Database, Probe]) -> Database:
    """An empty database with the schema of the mapping."""
    return opened[0]


@pytest.fixture
def probe(opened: tuple[Database, Probe]) -> Probe:
    """What can be seen of the database from outside."""
    return opened[1]


@pytest.fixture
def accounts(database: Database) -> Callable[[], Accounts]:
    """Makes a fresh unit of work."""
    return lambda: Accounts(database)


@pytest.fixture
def sandy(database: Database) -> int:
    """The key of a committed user with two addresses."""
    with Accounts(database) as uow:
        user = User("sandy", "Sandy Cheeks", 30, [Address("sandy@example.org"), Address("cheeks@example.org")])
        uow.users.add(user)
        uow.commit()
        assert user.id is not None
        return user.id
