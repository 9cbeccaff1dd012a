"""The plugin for pytest: fixtures for units of work, on the in-memory twin and on databases.

It is loaded wherever the package is installed, and so imports nothing of it before a test asks for something.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sqlalchemy.orm import registry

    from unitofwork.adapters.memory import MemoryDatabase
    from unitofwork.domain.ports import AsyncDatabase, Database
    from unitofwork.entrypoints.testing.places import Places
    from unitofwork.entrypoints.testing.probe import UowProbe
    from unitofwork.service_layer.aio import AsyncUnitOfWork
    from unitofwork.service_layer.unit_of_work import UnitOfWork

_MARK = (
    "uow(databases=, commits=): run the test on each of these databases, memory, sqlite, or one that has a URL;"
    " commits=True keeps what it commits until it is over, rather than undoing it with an outer transaction"
)
_NAMES = {
    "uow_registry": "the registry that classes are mapped with, or a function that returns it: shop.orm:mapping",
    "uow_unit": "the class of units of work, or whatever makes one of a database",
    "uow_async_unit": "the class of units of work on asyncio, or whatever makes one of a database",
}

# --- configuration --------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("unitofwork")
    group.addoption(
        "--uow-require",
        default="",
        metavar="NAMES",
        help="databases, as in postgresql,mariadb, or all: a test that needs one of them fails where it has no URL,"
        " and is not skipped",
    )
    group.addoption(
        "--uow-adapter",
        action="append",
        default=[],
        metavar="MODULE:NAME",
        help="an adapter, or several, for the contract to judge: --pyargs unitofwork.contract",
    )
    for name, text in _NAMES.items():
        parser.addini(name, text, default="")
    parser.addini("uow_urls", "lines such as postgresql = postgresql://host/name", type="linelist", default=[])
    parser.addini("uow_in_place", "use the databases of the URLs, which are empty", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Get ready for what the options ask for."""
    config.addinivalue_line("markers", _MARK)
    if config.getoption("--uow-adapter"):
        config.pluginmanager.import_plugin("unitofwork.contract.rows")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a marked test once for each of its databases."""
    if "uow_database" in metafunc.fixturenames and metafunc.definition.get_closest_marker("uow"):
        from unitofwork.entrypoints.testing.mark import UowMark

        metafunc.parametrize("uow_database", UowMark.of(metafunc.definition).databases)


# --- what the application is: overridden in conftest.py, or named in pytest's configuration --------------------------


@pytest.fixture(scope="session")
def uow_registry(pytestconfig: pytest.Config) -> "registry":
    """The registry that the application's classes are mapped with, as ``uow_registry`` names it."""
    from sqlalchemy.orm import registry

    from unitofwork.entrypoints.testing.settings import named

    found: Any = named(pytestconfig, "uow_registry")
    found = found() if callable(found) else found
    if not isinstance(found, registry):
        pytest.fail(
            "the fixtures need the application's mapping: set uow_registry = shop.adapters.orm:mapping, a registry or"
            " a function that returns one, in pytest's configuration, or override the fixture uow_registry",
            pytrace=False,
        )
    return found


@pytest.fixture(scope="session")
def uow_unit(pytestconfig: pytest.Config) -> "Callable[[Database], UnitOfWork]":
    """What makes a unit of work of a database, as ``uow_unit`` names it: a subclass of `UnitOfWork`, mostly."""
    from unitofwork.entrypoints.testing.settings import named
    from unitofwork.service_layer.unit_of_work import UnitOfWork

    found: Any = named(pytestconfig, "uow_unit")
    return found or UnitOfWork


@pytest.fixture(scope="session")
def uow_async_unit(pytestconfig: pytest.Config) -> "Callable[[AsyncDatabase], AsyncUnitOfWork[Any]]":
    """What makes a unit of work on asyncio of a database, as ``uow_async_unit`` names it."""
    from unitofwork.entrypoints.testing.settings import named
    from unitofwork.service_layer.aio import AsyncUnitOfWork

    found: Any = named(pytestconfig, "uow_async_unit")
    return found or AsyncUnitOfWork


# --- databases ------------------------------------------------------------------------------------------------------


@pytest.fixture
def uow_database() -> str:
    """The name of the database that the test runs on: memory, unless it is marked."""
    return "memory"


@pytest.fixture
def memory_database(request: pytest.FixtureRequest, uow_registry: "registry") -> "MemoryDatabase":
    """An empty twin of the application's mapping, whatever database the test runs on."""
    from unitofwork.adapters.memory import MemoryDatabase

    database = MemoryDatabase(uow_registry)
    if "uow_probe" in request.fixturenames:
        request.getfixturevalue("uow_probe").attach(database.faults)
    return database


@pytest.fixture(scope="session")
def _uow_places(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Places]":
    """The run's databases."""
    from unitofwork.entrypoints.testing.places import Places

    places = Places(pytestconfig, tmp_path_factory.mktemp("unitofwork"))
    yield places
    places.close()


@pytest.fixture
def database(request: pytest.FixtureRequest, uow_database: str, uow_registry: "registry") -> "Generator[Database]":
    """The empty database that the test runs on; what it commits there is gone when it is over."""
    from unitofwork.entrypoints.testing.mark import MEMORY, UowMark

    if uow_database == MEMORY:
        yield request.getfixturevalue("memory_database")
        return
    place = request.getfixturevalue("_uow_places").of(uow_database, uow_registry)
    with place.emptied() if UowMark.of(request.node).commits else place.undone() as opened:
        yield _prepared_to_fail(request, uow_registry)(opened)


@pytest.fixture
def async_database(
    request: pytest.FixtureRequest, uow_database: str, uow_registry: "registry"
) -> "Generator[AsyncDatabase]":
    """The same on asyncio, for a test that is a coroutine function; a SQL database is open while that runs."""
    from unitofwork.entrypoints.testing.mark import MEMORY, UowMark

    if uow_database == MEMORY:
        yield request.getfixturevalue("memory_database")
        return
    from unitofwork.entrypoints.testing.awaited import DatabaseOfTest

    place = request.getfixturevalue("_uow_places").of(uow_database, uow_registry)
    commits = UowMark.of(request.node).commits
    opened = DatabaseOfTest(place, commits, _prepared_to_fail(request, uow_registry))
    opened.wrap(request.node)
    with place.emptied() if commits else nullcontext():
        yield opened


def _prepared_to_fail(request: pytest.FixtureRequest, mapping: "registry") -> "Callable[[Database], Database]":
    """What lets a SQL database fail as the probe plans; nothing, if the test has no probe."""
    if "uow_probe" not in request.fixturenames:
        return lambda database: database
    from unitofwork.adapters.memory import Faults
    from unitofwork.entrypoints.testing.failing import AT_THE_PORT, FailingDatabase

    faults = Faults(mapping)
    request.getfixturevalue("uow_probe").attach(faults, AT_THE_PORT)
    return partial(FailingDatabase, faults=faults)


# --- units of work --------------------------------------------------------------------------------------------------


@pytest.fixture
def uow_factory(uow_unit: "Callable[[Database], UnitOfWork]", database: "Database") -> "Callable[[], UnitOfWork]":
    """Makes units of work on the test's database."""
    return lambda: uow_unit(database)


@pytest.fixture
def uow(uow_factory: "Callable[[], UnitOfWork]") -> "Generator[UnitOfWork]":
    """A unit of work that has begun, and is closed when the test is over."""
    with uow_factory() as unit:
        yield unit


@pytest.fixture
def async_uow_factory(
    uow_async_unit: "Callable[[AsyncDatabase], AsyncUnitOfWork[Any]]", async_database: "AsyncDatabase"
) -> "Callable[[], AsyncUnitOfWork[Any]]":
    """Makes units of work on asyncio, on the test's database."""
    return lambda: uow_async_unit(async_database)


@pytest.fixture
def uow_probe() -> "Generator[UowProbe]":
    """Sees what becomes of units of work, and makes them fail."""
    from unitofwork.entrypoints.testing.probe import UowProbe
    from unitofwork.service_layer.observing import observe

    probe = UowProbe()
    with observe(probe.seen):
        yield probe
