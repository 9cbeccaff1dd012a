"""Mistakes in what a container provides."""

from collections.abc import Iterator, Mapping
from inspect import isasyncgenfunction, isclass, iscoroutinefunction, signature, unwrap
from typing import Any, TypeAlias

from dependency_injector import containers, providers, resources

from unitofwork.entrypoints.container.checks.graph import all_used, name_of, named, used
from unitofwork.entrypoints.container.required import nameless
from unitofwork.service_layer.unit_of_work import UnitOfWork

Provider: TypeAlias = providers.Provider[Any]
Resource: TypeAlias = providers.BaseResource[Any]

_NOT_AWAITED = (
    "registry",
    "database",
    "codec",
    "outbox",
    "inbox",
    "handlers",
    "unit",
    "bus",
    "publisher",
    "news",
    "relay",
)
"""What this library's own parts ask a container for, and nobody awaits."""

_SHARED = (providers.BaseSingleton, providers.Object)


def mistakes_of_providers(container: containers.Container) -> Iterator[str]:
    """Look at all providers, as they are overridden."""
    names = named(container)
    found = list(all_used(names.values()))
    for provider in found:
        yield from _undefined(provider, name_of(provider, names), container)
        yield from _not_fresh(provider, name_of(provider, names))
        yield from _not_made(provider, name_of(provider, names))
    for resource in found:
        if isinstance(resource, providers.BaseResource):
            yield from _not_open(resource, name_of(resource, names))
            yield from _asynchronous(resource, names)


def _undefined(provider: Provider, name: str, container: containers.Container) -> Iterator[str]:
    if isinstance(provider, providers.Dependency) and not provider.is_defined:
        yield nameless(str(container.parent_name), name)


def _not_open(resource: Resource, name: str) -> Iterator[str]:
    if isinstance(resource, providers.ContextLocalResource):
        yield f"{name}: each thread and task opens one of its own, and one alone is closed: make it a SharedResource"
    elif not resource.initialized:
        yield (
            f"{name}: it is not open, so that threads would open it while they work, each one its own if it is a plain"
            " Resource: call init_resources() before, and await that if it is asynchronous"
        )


def _not_fresh(provider: Provider, name: str) -> Iterator[str]:
    if not _is_of_units(provider, name):
        return
    if isinstance(provider, providers.BaseResource):
        yield (
            f"{name}: a resource that is closed after a call does not hear of what that raised, so that a service that"
            " failed is committed: make it a Factory, and let the service say `with uow:`"
        )
    elif isinstance(provider, _SHARED):
        yield f"{name}: whoever asks gets the same unit of work, which is for one action: make it a Factory"


def _not_made(provider: Provider, name: str) -> Iterator[str]:
    made: Any = getattr(provider, "provides", None)
    if not _is_of_units(provider, name) or not isinstance(provider, providers.Factory) or not isclass(made):
        return
    try:
        signature(made).bind(*provider.args, **provider.kwargs)
    except TypeError as error:
        parent = "Container" if issubclass(made, UnitOfWork) else "AsyncContainer"
        yield (
            f"{name}: no {made.__qualname__} can be made, {error}: write {parent}.unit_of({made.__qualname__}), which"
            " gives it the database, the outbox and the inbox"
        )


def _is_of_units(provider: Provider, name: str) -> bool:
    if name == "unit":
        return True
    made = getattr(provider, "provides", None)
    return isclass(made) and issubclass(made, UnitOfWork) and not isinstance(provider, providers.Object)


def _asynchronous(resource: Resource, names: Mapping[str, Provider]) -> Iterator[str]:
    if not _is_asynchronous(resource):
        return
    turned = [name for name in _NOT_AWAITED if name in names and any(each is resource for each in used(names[name]))]
    if turned:
        yield (
            f"{name_of(resource, names)}: it is asynchronous, which turns what depends on it into futures"
            f" ({', '.join(turned)}): open it without awaiting, as AsyncContainer does with its database"
        )


def _is_asynchronous(resource: Resource) -> bool:
    if resource.is_async_mode_enabled():  # which is known when it is open
        return True
    made: Any = resource.provides
    if isclass(made):
        return issubclass(made, resources.AsyncResource)
    inner = unwrap(made) if callable(made) else made
    return isasyncgenfunction(inner) or iscoroutinefunction(inner)
