"""What all tests share: the run's database servers, and the table of the contract's rows."""

import os

pytest_plugins = ["servers.plugin", "contract.rows"]

# Coverage is measured in pytest's own workers, not in the programs that tests start: those would take too long.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
