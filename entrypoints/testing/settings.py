"""What pytest's configuration and the environment say: the application's names, and where its databases are."""

import os
from pkgutil import resolve_name
from typing import NoReturn

import pytest


def named(config: pytest.Config, option: str) -> object | None:
    """What an option such as ``uow_registry = shop.adapters.orm:mapping`` names; None if it is not set."""
    name: str = config.getini(option)
    if not name:
        return None
    try:
        found: object = resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        pytest.fail(f"{option} = {name}: {error}", pytrace=False)
    return found


def url_of(config: pytest.Config, database: str) -> str:
    """The URL of a database; where there is none the test is skipped, or fails if the database is required."""
    variable = f"UNITOFWORK_{database.upper().replace('-', '_')}_URL"
    url = os.environ.get(variable) or _listed(config).get(database)
    if not url:
        _do_without(config, database, variable)
    return url.replace("{worker}", worker())


def worker() -> str:
    """The name of this one of xdist's workers; ``main`` without them."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


def _listed(config: pytest.Config) -> dict[str, str]:
    lines: list[str] = config.getini("uow_urls")
    pairs = [line.partition("=") for line in lines]
    return {name.strip(): url.strip() for name, _, url in pairs}


def _do_without(config: pytest.Config, database: str, variable: str) -> NoReturn:
    text = f"not tested on {database}: set ${variable}, or a line {database} = <URL> of uow_urls"
    required = str(config.getoption("--uow-require"))
    if required == "all" or database in [name.strip() for name in required.split(",")]:
        pytest.fail(f"{text}; --uow-require={required} says that it must be", pytrace=False)
    pytest.skip(text)
