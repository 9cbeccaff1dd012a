"""Inheritance of containers: what a base wires together is wired to what a subclass puts in its place."""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias, cast

from dependency_injector import containers, providers

Provider: TypeAlias = providers.Provider[Any]


class Options(providers.Configuration):
    """A configuration without an option ``providers``, for which ``containers.copy`` would take it for a container."""

    def __getattribute__(self, item: str) -> Any:
        if item == "providers":
            raise AttributeError(item)
        return super().__getattribute__(item)

    def __getattr__(self, item: str) -> providers.ConfigurationOption:
        return cast(providers.ConfigurationOption, self.__getattribute__(item))


def inherit(subclass: type[containers.DeclarativeContainer]) -> None:
    """Give a subclass copies of all providers, which use the subclass's own where it has some.

    dependency-injector alone lets what is inherited use the base's; and its ``containers.copy`` leaves two of each
    provider that a subclass replaces, one for the container and one for what is inherited, so that what a test
    overrides is not what is used.
    """
    all_: Mapping[str, Provider] = {
        name: each for name, each in subclass.providers.items() if not isinstance(each, providers.Self)
    }
    names = {id(provider): name for name, provider in all_.items()}
    for base in subclass.__mro__[1:]:
        if issubclass(base, containers.DeclarativeContainer):
            names.update((id(provider), name) for name, provider in base.providers.items())
    memo: dict[int, object] = {}
    begun: set[str] = set()

    def place(name: str) -> None:
        """Copy a provider, after those that it uses; a base's of this name is the same from now on."""
        if name not in begun:
            begun.add(name)
            for used in _used(all_[name], names):
                place(used)
            copied = providers.deepcopy(all_[name], memo)
            memo.update((each, copied) for each, its_name in names.items() if its_name == name)
            setattr(subclass, name, copied)

    for name in all_:
        place(name)


def _used(provider: Provider, names: Mapping[int, str]) -> Iterator[str]:
    """The names of the providers that one uses, whoever's they are."""
    for related in asked(provider):
        if id(related) in names:
            yield names[id(related)]
        else:
            yield from _used(related, names)


def asked(provider: Provider) -> Iterator[Provider]:
    """The providers that one asks; and those that override it, if any."""
    # Of what, its stub leaves open.
    return provider.related  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def is_overridden(provider: Provider) -> bool:
    """Whether another provider, such as a test's, was put in its place."""
    # By what, its stub leaves open.
    return provider.last_overriding is not None  # pyright: ignore[reportUnknownMemberType]
