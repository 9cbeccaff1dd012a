"""What all tests share: the run's database servers, and the table of the contract's rows."""

pytest_plugins = ["servers.plugin", "contract.rows"]
