"""What dependency-injector's wiring knows, and does not tell by public names: each is guarded by a test of its own."""

from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter
from types import FunctionType
from typing import Any, TypeAlias, cast

from dependency_injector import containers, providers, wiring

Provider: TypeAlias = providers.Provider[Any]
Marker: TypeAlias = Any
"""A ``Provide``, ``Provider`` or ``Closing``, with what stands in the brackets as ``provider``."""

_wiring = cast(Any, wiring)


def injectable() -> Iterator[FunctionType]:
    """All functions of the process that ``@inject`` or ``wire()`` has made injectable."""
    return iter(list(_wiring._patched_registry._callables))


def is_injectable(function: Callable[..., object]) -> bool:
    """Whether this is such a function."""
    return bool(_wiring._patched_registry.has_callable(function))


def injections(function: Callable[..., object]) -> Mapping[str, tuple[Marker, Provider | None]]:
    """For each parameter of an injectable function that has a marker, that and what is injected, if anything is."""
    patched = _wiring._patched_registry.get_callable(function)
    return {name: (marker, patched.injections.get(name)) for name, marker in patched.reference_injections.items()}


def closings(function: Callable[..., object]) -> set[str]:
    """The parameters of an injectable function that are marked ``Closing``."""
    return set(_wiring._patched_registry.get_callable(function).reference_closing)


def marker_of(parameter: Parameter) -> Marker | None:
    """The marker of a parameter, if it has one: its default, in its annotation, or in what a framework calls for it."""
    marker = _wiring._extract_marker(parameter)
    return marker.provider if isinstance(marker, _wiring.Closing) else marker


def resolved(container: containers.Container, marker: Marker) -> Provider | None:
    """The container's provider that a marker means, or None if it has no such."""
    while isinstance(marker.provider, _wiring._Marker):
        marker = marker.provider
    found: Provider | None = _wiring.ProvidersMap(container).resolve_provider(marker.provider, marker.modifier)
    return found


def wired_modules(container: containers.Container) -> Iterator[str]:
    """The names of the modules that a container was wired to."""
    return (module.__name__ for module in cast(Any, container).wired_to_modules)


def wired_packages(container: containers.Container) -> Iterator[str]:
    """The names of the packages that a container was wired to, with all that is in them."""
    return (package.__name__ for package in cast(Any, container).wired_to_packages)


def root_of(option: providers.ConfigurationOption) -> providers.Configuration:
    """The configuration that an option is of; by its public name, ``root``, one would get an option of that name."""
    root: providers.Configuration = cast(Any, option)._get_root()
    return root
