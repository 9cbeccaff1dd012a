"""What all tests share: the run's database servers."""

pytest_plugins = ["servers.plugin"]
