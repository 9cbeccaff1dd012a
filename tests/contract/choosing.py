"""Which adapters are judged: those that ``--uow-adapter`` names."""

from collections.abc import Iterable, Iterator
from pkgutil import resolve_name

import pytest

from .adapters import Adapter

DEFAULT = pytest.StashKey[list[str]]()
"""What is judged if the option names nothing."""

_OPTION = "--uow-adapter"
_CHOSEN = pytest.StashKey[list[Adapter]]()


def adapters(config: pytest.Config) -> list[Adapter]:
    """The adapters of this run.

    Raises:
        pytest.UsageError: none is named; or a name leads to nothing, or to what is no adapter.
    """
    if _CHOSEN not in config.stash:
        names: list[str] = config.getoption(_OPTION, default=[]) or config.stash.get(DEFAULT, [])
        if not names:
            raise pytest.UsageError(f"the contract judges an adapter: name yours by {_OPTION}=mymodule:adapter")
        config.stash[_CHOSEN] = [adapter for name in names for adapter in _named(name)]
    return config.stash[_CHOSEN]


def _named(name: str) -> Iterator[Adapter]:
    try:
        found: object = resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise pytest.UsageError(f"{_OPTION}={name}: {error}") from error
    for each in [found] if isinstance(found, Adapter) or not isinstance(found, Iterable) else found:
        if not isinstance(each, Adapter):
            raise pytest.UsageError(f"{_OPTION}={name} is no Adapter of unitofwork.contract.adapters, nor several")
        yield each
