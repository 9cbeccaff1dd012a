"""Mistakes in what a container is to be injected into: whatever was imported so far."""

import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any, TypeAlias, cast

import attrs
from dependency_injector import containers, providers

from unitofwork.entrypoints.container.checks.graph import all_used, named, origin
from unitofwork.entrypoints.container.checks.markers import (
    attributes,
    endpoints,
    functions,
    markers,
    speaks_of_wiring,
    unread_markers,
)
from unitofwork.entrypoints.container.private import (
    Marker,
    closings,
    injectable,
    injections,
    is_injectable,
    resolved,
    wired_modules,
    wired_packages,
)

Provider: TypeAlias = providers.Provider[Any]


def mistakes_of_wiring(container: containers.Container) -> Iterator[str]:
    """Look at all modules of the process, and at all functions that were made injectable."""
    wired = _Wired.of(container)
    modules = [module for module in list(sys.modules.values()) if _is_plain(module) and speaks_of_wiring(module)]
    yield from _left(modules, wired)
    for module in modules:
        yield from _unread(module, wired)
        yield from _kept_by_frameworks(module, wired)
    for function in injectable():
        yield from _injected(function, wired)


@attrs.frozen
class _Wired:
    """A container, with what it is compared by."""

    container: containers.Container
    own: frozenset[int]
    """The identities of its providers, and of those that they use."""
    inherited: frozenset[int]
    """The identities of the providers of its class and of the bases of that, which markers name."""
    modules: frozenset[str]

    @classmethod
    def of(cls, container: containers.Container) -> "_Wired":
        itself = cast(Provider, cast(Any, container).__self__)
        own = [*all_used(named(container).values()), *named(container).values(), itself]
        parent: type = getattr(container, "declarative_parent", None) or type(container)
        bases = [base for base in parent.__mro__ if containers.is_container(base)]
        inherited = [provider for base in bases for provider in getattr(base, "providers", {}).values()]
        packages = tuple(f"{name}." for name in wired_packages(container))
        within = [name for name in list(sys.modules) if f"{name}.".startswith(packages)] if packages else []
        modules = frozenset([*wired_modules(container), *within])
        return cls(container, frozenset(map(id, own)), frozenset(map(id, inherited)), modules)

    def means(self, marker: Marker, module: str) -> bool:
        """Whether a marker means this container: its provider, one of its bases', or any in a module of its own."""
        if resolved(self.container, marker) is not None or module in self.modules:
            return True
        meant: Provider | str = marker.provider
        return not isinstance(meant, str) and id(origin(meant)) in self.inherited


def _left(modules: list[ModuleType], wired: _Wired) -> Iterator[str]:
    unwired = dict[str, list[str]]()
    for place, module, marker in _not_injected(modules):
        if resolved(wired.container, marker) is not None:
            unwired.setdefault(module, []).append(place)
        elif wired.means(marker, module):
            yield (
                f"{module}.{place}: its marker names a provider that {wired.container.parent_name} has not: write"
                f" Provide[{wired.container.parent_name}.…], not one of a class that it derives from"
            )
    for module, places in unwired.items():
        yield (
            f"{module}: it is not wired, or was before all of it was defined, so that markers are left in"
            f' {", ".join(places)}: call container.wire(modules=["{module}"]) when all is imported'
        )


def _not_injected(modules: list[ModuleType]) -> Iterator[tuple[str, str, Marker]]:
    """The places where a marker is left: their names, their modules, and the markers."""
    for function in injectable():
        for name, (marker, provider) in injections(function).items():
            if provider is None:
                yield f"{function.__qualname__}({name})", function.__module__, marker
    for module in modules:
        yield from ((name, module.__name__, marker) for name, marker in attributes(module))
        for called, function in functions(module):
            if not is_injectable(function):
                yield from ((f"{called}({name})", module.__name__, each) for name, each in markers(function).items())


def _unread(module: ModuleType, wired: _Wired) -> Iterator[str]:
    for called, function in functions(module):
        for name, marker in unread_markers(function).items():
            if wired.means(marker, module.__name__):
                yield (
                    f"{module.__name__}.{called}({name}): its annotation is a text, in which nobody looks for a marker:"
                    f" leave out `from __future__ import annotations`, or write {name}=Provide[…] as its default"
                )


def _kept_by_frameworks(module: ModuleType, wired: _Wired) -> Iterator[str]:
    for function in endpoints(module):
        if is_injectable(function):
            continue
        for name, marker in markers(function).items():
            if wired.means(marker, function.__module__):
                yield (
                    f"{function.__module__}.{function.__qualname__}({name}): the framework keeps the function as it was"
                    " before it was wired, and calls it with the marker: write @inject directly above `def`"
                )


def _injected(function: FunctionType, wired: _Wired) -> Iterator[str]:
    for name, (marker, provider) in injections(function).items():
        place = f"{function.__module__}.{function.__qualname__}({name})"
        if provider is None or not wired.means(marker, function.__module__):
            continue
        if id(origin(provider)) in wired.own:
            yield from _closing(function, name, place, provider)
        elif function.__module__ in wired.modules or not isinstance(marker.provider, str):
            yield (
                f"{place}: another container is injected, since modules are wired for the whole process and the last"
                " container wins: let one container wire them, and unwire() it before another does"
            )


def _closing(function: FunctionType, name: str, place: str, provider: Provider) -> Iterator[str]:
    if name not in closings(function):
        return
    closed = [each for each in all_used([provider]) if isinstance(each, providers.BaseResource)]
    if closed:
        yield (
            f"{place}: Closing closes what the provider uses after each call, the database included, for all who use"
            " it: leave Closing out"
        )


def _is_plain(module: object) -> bool:
    return type(module) is ModuleType or issubclass(type(module), ModuleType)
