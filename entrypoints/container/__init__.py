"""The container: wires configuration, database, units of work and messages, and alone chooses an adapter.

Importing it imports dependency-injector's wiring, and with that every web framework that is installed; nothing else of
this library does so unasked.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from unitofwork.entrypoints.container.environment import environment
from unitofwork.entrypoints.container.shared_resource import SharedResource
from unitofwork.entrypoints.container.synchronous import Container
from unitofwork.entrypoints.errors import ConfigurationError, ContainerError

if TYPE_CHECKING:
    from unitofwork.entrypoints.container.aio import AsyncContainer as AsyncContainer
    from unitofwork.entrypoints.container.settings import Settings as Settings

_NEED_EXTRAS = {"AsyncContainer": "aio", "Settings": "settings"}
"""For each name that needs an extra, the module that has it."""

__all__ = [  # the two that need extras are defined by __getattr__
    "AsyncContainer",
    "ConfigurationError",
    "Container",
    "ContainerError",
    "Settings",
    "SharedResource",
    "environment",
]


def __getattr__(name: str) -> object:
    if name not in _NEED_EXTRAS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_NEED_EXTRAS[name]}"), name)
