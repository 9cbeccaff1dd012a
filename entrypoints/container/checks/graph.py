"""The providers of a container, and how they hang together."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, cast

from dependency_injector import containers, providers

from unitofwork.entrypoints.container.inheriting import asked, is_overridden
from unitofwork.entrypoints.container.private import root_of

Provider: TypeAlias = providers.Provider[Any]

_VIEWS = (
    providers.Delegate,
    providers.ProvidedInstance,
    providers.AttributeGetter,
    providers.ItemGetter,
    providers.MethodCaller,
)


def named(container: containers.Container) -> Mapping[str, Provider]:
    """The providers that have a name, those of containers within by a path."""
    return dict(_named(container, ""))


def _named(container: containers.Container, prefix: str) -> Iterator[tuple[str, Provider]]:
    for name, provider in container.providers.items():
        if isinstance(provider, providers.Container):
            yield from _named(provider.container, f"{prefix}{name}.")
        elif not isinstance(provider, providers.Self):
            yield f"{prefix}{name}", provider


def name_of(provider: Provider, names: Mapping[str, Provider]) -> str:
    """What a provider is called, or what it calls if it has no name."""
    called = next((name for name, each in names.items() if each is provider), None)
    what = getattr(provider, "provides", provider)
    return called or f"the provider of {getattr(what, '__qualname__', type(what).__name__)}"


def used(provider: Provider) -> Iterator[Provider]:
    """A provider, or what it was overridden with, and all that it needs; each once."""
    return _used([provider], set())


def all_used(several: Iterable[Provider]) -> Iterator[Provider]:
    """Several providers, and all that they need; each once."""
    return _used(list(several), set())


def _used(waiting: list[Provider], seen: set[int]) -> Iterator[Provider]:
    while waiting:
        provider = waiting.pop()
        if id(provider) in seen:
            continue
        seen.add(id(provider))
        if is_overridden(provider):
            waiting.append(cast(Any, provider).last_overriding)
        else:
            yield provider
            waiting += asked(provider)


def origin(provider: Provider) -> Provider:
    """The provider that one is a view of, such as of an attribute, an option, or of itself uncalled."""
    seen: Any = provider
    while True:
        if isinstance(seen, _VIEWS):
            seen = cast(Any, seen).provides
        elif isinstance(seen, providers.TypedConfigurationOption):
            seen = cast(Any, seen).option
        elif isinstance(seen, providers.ConfigurationOption):
            seen = root_of(seen)
        else:
            return cast(Provider, seen)
