"""Tests that are coroutine functions, in the event loop of whichever plugin runs them."""

import pytest

from integration.pytest_plugin.conftest import Suite

TEST = """
pytestmark = [pytest.mark.anyio, pytest.mark.uow(databases=[{databases}], commits={commits})]

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.parametrize("time", [1, 2])
async def test_it(async_uow_factory, uow_probe, time):
    uow_probe.fail_on("commit", with_=SerializationConflict, nth=2)
    async with async_uow_factory() as uow:
        assert await uow.users.count() == 0
        uow.users.add(User("sandy"))
        await uow.commit()
        uow_probe.assert_committed()
        uow.users.add(User("patrick"))
        with pytest.raises(SerializationConflict):
            await uow.commit()
    uow_probe.assert_rolled_back()
    async with async_uow_factory() as uow:
        assert await uow.users.count() == 1
    assert uow_probe.lines[0] == (
        "begin > count User > add User > commit > add User > commit !SerializationConflict"
        " > failed !SerializationConflict"
    )
"""
EMBEDDED = '"memory", "sqlite"'
SERVED = '"postgresql", "mariadb"'
INI = "uow_async_unit = asyncio_suite:AsyncAccounts\n"


@pytest.fixture(autouse=True)
def _module(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(asyncio_suite=UNIT)
    pytester.syspathinsert()


UNIT = """
from unitofwork import AsyncUnitOfWork, awaited
from contract.model import Accounts

class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    users = awaited(Accounts.users)
"""


def run(suite: Suite, databases: str, commits: bool) -> pytest.RunResult:
    source = TEST.format(databases=databases, commits=commits)
    return suite(source, "-p", "anyio.pytest_plugin", ini=INI)


@pytest.mark.parametrize("commits", [False, True], ids=["undone", "real"])
def test_what_an_awaited_test_commits_is_gone_for_the_next_one(suite: Suite, commits: bool) -> None:
    run(suite, EMBEDDED, commits).assert_outcomes(passed=4)


def test_the_same_on_servers(suite: Suite, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    for name in ("postgresql", "mariadb"):
        url = request.getfixturevalue(f"{name}_url").set(drivername=name)
        monkeypatch.setenv(f"UNITOFWORK_{name.upper()}_URL", url.render_as_string(hide_password=False))
    run(suite, SERVED, False).assert_outcomes(passed=4)


RUNNING = """
import asyncio
import inspect
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    if inspect.iscoroutinefunction(pyfuncitem.obj):
        arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
        asyncio.run(pyfuncitem.obj(**arguments))
        return True
"""


def test_any_plugin_that_runs_the_coroutine_will_do(suite: Suite) -> None:
    """As pytest-asyncio does: it runs what the test's function is when the fixtures are there."""
    source = TEST.format(databases=EMBEDDED, commits=False).replace("pytest.mark.anyio, ", "")
    suite(source, conftest=RUNNING, ini=INI).assert_outcomes(passed=4)


def test_a_database_that_is_not_open_yet_or_is_not_awaited_is_refused(suite: Suite) -> None:
    result = suite(
        """
pytestmark = pytest.mark.uow(databases=["sqlite"])

@pytest.fixture
def early(async_uow_factory):
    async_uow_factory().begin()

async def test_early(early):
    pass

def test_not_awaited(async_database):
    pass
""",
        conftest=RUNNING,
    )
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "*UnitOfWorkError: async_database is open while the test itself runs, and not yet in the fixtures: use it*",
            "async_database is for tests that are coroutine functions: use database",
        ]
    )
