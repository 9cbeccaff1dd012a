"""What all tests share: the run's database servers, and the table of the contract's rows."""

import os
import sys

import pytest

pytest_plugins = ["servers.plugin", "contract.rows"]

# Coverage is measured in pytest's own workers, not in the programs that tests start: those would take too long.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Write what a worker measured before it is told to end: ten seconds later it is killed, written or not."""
    if "PYTEST_XDIST_WORKER" in os.environ and "coverage" in sys.modules:
        measuring = sys.modules["coverage"].Coverage.current()
        if measuring is not None:
            measuring.save()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        default="memory",
        metavar="NAME",
        help="what the example application is tested on: memory (its twin, unless said otherwise), sqlite,"
        " sqlite-file, sqlite-memory, postgresql, mariadb, or all of them",
    )
