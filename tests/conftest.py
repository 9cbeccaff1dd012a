"""What all tests share: the run's database servers, the contract and its adapters, and the measuring of coverage."""

import pytest

from contract.choosing import DEFAULT

pytest_plugins = ["servers.plugin", "contract.rows", "judged.driving", "judged.sampling", "measuring", "pytester"]

_PLUGIN = "unitofwork"


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    parser.addoption(
        "--database",
        default="memory",
        metavar="NAME",
        help="what the example application is tested on: memory (its twin, unless said otherwise), sqlite,"
        " sqlite-file, sqlite-memory, postgresql, mariadb, or all of them",
    )
    if not pluginmanager.has_plugin(_PLUGIN):  # the package is on the path alone, and not installed
        from unitofwork.entrypoints import pytest_plugin

        pluginmanager.register(pytest_plugin, _PLUGIN)


def pytest_configure(config: pytest.Config) -> None:
    config.stash[DEFAULT] = ["judged:ADAPTERS", "judged:ON_ASYNCIO"]
