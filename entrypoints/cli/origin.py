"""Where this package came from, for those who are to install it from there, too."""

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import click
from packaging.requirements import InvalidRequirement, Requirement

_PACKAGE = "unitofwork"
_HINT = "--requirement"


def requirement(given: str | None) -> Requirement:
    """What an application is to depend on: what is given, or else what was installed here.

    Raises:
        click.BadParameter: that is no requirement of this package, or nothing is known of where it came from.
    """
    if given is None:
        return Requirement(_installed())
    try:
        found = Requirement(given)
    except InvalidRequirement:
        raise _refused("that is no requirement: write one such as 'unitofwork~=0.1' or 'unitofwork @ URL'") from None
    if found.name.lower() != _PACKAGE:
        raise _refused(f"that is a requirement of another package: write one of {_PACKAGE}")
    return found


def with_extras(needed: Requirement, *extras: str) -> str:
    """The requirement with some extras more."""
    found = Requirement(str(needed))
    found.extras |= set(extras)
    return str(found)


def _installed() -> str:
    try:
        found = distribution(_PACKAGE)
    except PackageNotFoundError:
        raise _refused("this package is not installed, so that nobody knows where it comes from: say it") from None
    written = found.read_text("direct_url.json")  # PEP 610: there only if it came from no index
    return f"{_PACKAGE}~={found.version}" if written is None else f"{_PACKAGE} @ {_address(json.loads(written))}"


def _address(direct: dict[str, Any]) -> str:
    url: str = direct["url"]
    if version_control := direct.get("vcs_info"):
        url = f"{version_control['vcs']}+{url}@{version_control['commit_id']}"
        return f"{url}#subdirectory={direct['subdirectory']}" if "subdirectory" in direct else url
    parts = urlsplit(url)
    if parts.scheme == "file" and not Path(unquote(parts.path)).exists():
        raise _refused(f"what this package was installed from is no longer there, {url}: say where it is")
    return url


def _refused(text: str) -> click.BadParameter:
    return click.BadParameter(text, param_hint=_HINT)
