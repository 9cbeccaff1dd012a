"""The plugin is loaded by every run of pytest where the package is installed, and costs those nothing."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import pytest

before = set(sys.modules)
import unitofwork.entrypoints.pytest_plugin
print(*sorted(set(sys.modules) - before))
"""


def test_loading_the_plugin_imports_nothing_else() -> None:
    loaded = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    assert loaded.stdout.split() == ["unitofwork", "unitofwork.entrypoints", "unitofwork.entrypoints.pytest_plugin"]


def test_the_options_and_the_mark_are_told(pytester: pytest.Pytester) -> None:
    pytester.runpytest_inprocess("--help").stdout.fnmatch_lines(
        ["*--uow-require=NAMES*", "*--uow-adapter=MODULE:NAME*", "*uow_registry (string):*", "*uow_in_place (bool):*"]
    )
    told = pytester.runpytest_inprocess("--markers")
    told.stdout.fnmatch_lines(["@pytest.mark.uow(databases=, commits=): run the test on each of these databases, *"])
