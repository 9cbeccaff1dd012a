"""What the fixtures of `unitofwork.entrypoints.pytest_plugin` are made of; imported by the first test that uses one."""
