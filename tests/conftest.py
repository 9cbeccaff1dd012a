"""What all tests share: the run's database servers, the table of the contract's rows, and the measuring of coverage."""

import pytest

pytest_plugins = ["servers.plugin", "contract.rows", "measuring"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        default="memory",
        metavar="NAME",
        help="what the example application is tested on: memory (its twin, unless said otherwise), sqlite,"
        " sqlite-file, sqlite-memory, postgresql, mariadb, or all of them",
    )
