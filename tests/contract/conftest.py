"""The database that a contract test runs on, once for each adapter."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from zlib import crc32

import pytest
from sqlalchemy.orm import registry

from contract import model
from contract.adapters import ADAPTERS, ON_ASYNCIO, Adapter, Probe
from contract.driving import driver_at_work
from contract.model import Accounts, Address, User
from contract.rows import LACKS
from unitofwork import Database

SAMPLED = os.environ.get("CONTRACT_SAMPLE", "").split()
"""Of which adapters only a part of the tests is run, where time is short; always the same part."""

SHARE = 8
"""One test of so many."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not in the sample."""
    left_out = [item for item in items if _is_sampled(item) and crc32(item.nodeid.encode()) % SHARE != 0]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]


def _is_sampled(item: pytest.Item) -> bool:
    called = getattr(item, "callspec", None)
    return called is not None and getattr(called.params.get("adapter"), "name", None) in SAMPLED


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test of an adapter for asyncio inside its event loop."""
    driver = driver_at_work()
    if driver is None:
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    driver.run(partial(pyfuncitem.obj, **arguments))
    return True


@pytest.fixture(params=(*ADAPTERS, *ON_ASYNCIO), ids=lambda adapter: adapter.name)
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
