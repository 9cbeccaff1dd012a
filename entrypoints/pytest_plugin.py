"""The plugin for pytest, which is loaded wherever the package is installed, and imports nothing before it is used."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the plugin's options."""
    group = parser.getgroup("unitofwork")
    group.addoption(
        "--uow-adapter",
        action="append",
        default=[],
        metavar="MODULE:NAME",
        help="an adapter, or several, for the contract to judge: --pyargs unitofwork.contract",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Get ready for what the options ask for."""
    if config.getoption("--uow-adapter"):
        config.pluginmanager.import_plugin("unitofwork.contract.rows")
