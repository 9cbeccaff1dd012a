"""Suites of users of the plugin, run by a pytest inside this one."""

from collections.abc import Callable
from typing import TypeAlias

import pytest
from sqlalchemy.orm import registry

from contract import model
from unitofwork import AsyncSqlAlchemyDatabase
from unitofwork.adapters.sqlalchemy import engines

INI = """
[pytest]
uow_registry = contract.model:mapping
uow_unit = contract.model:Accounts
"""
TEST = """
import pytest
from contract.model import Accounts, Address, User
from unitofwork import MemoryDatabase, SqlAlchemyDatabase
from unitofwork.domain.errors import *
"""

Suite: TypeAlias = Callable[..., pytest.RunResult]


@pytest.fixture(autouse=True)
def _without_other_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plugin is named by its module, so that it need not be installed; and nobody's variables count."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "unitofwork.entrypoints.pytest_plugin")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    for name in ("POSTGRESQL", "MARIADB"):
        monkeypatch.delenv(f"UNITOFWORK_{name}_URL", raising=False)


@pytest.fixture(autouse=True, scope="session")
def _import_all() -> None:
    """Import now what inner runs need, each of which would import it anew, and have classes of its own."""
    model.mapping()
    for url in ("sqlite://", "postgresql://host/name", "mariadb://host/name"):
        engines.create(url).dispose()
        AsyncSqlAlchemyDatabase(url, registry()).sync.dispose()


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Suite:
    """Runs a test module, with these further lines of configuration and these options."""

    def run(source: str, *options: str, ini: str = "", conftest: str = "") -> pytest.RunResult:
        pytester.makeini(INI + ini)
        pytester.makeconftest(conftest)
        pytester.makepyfile(TEST + source)
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)

    return run
