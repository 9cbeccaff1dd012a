"""What every container of this library has, whether its units are awaited or not."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar, cast

from dependency_injector import containers, providers
from sqlalchemy import orm

from unitofwork.domain.messages import Command
from unitofwork.domain.ports import Codec
from unitofwork.entrypoints.container.checking import check
from unitofwork.entrypoints.container.inheriting import Options, inherit
from unitofwork.entrypoints.container.messages import Keeping, inbox_of, keeping_of, outbox_of
from unitofwork.entrypoints.container.required import Required
from unitofwork.service_layer.handlers import Handlers
from unitofwork.service_layer.inbox import Inbox
from unitofwork.service_layer.outbox import Outbox
from unitofwork.service_layer.retrying import Retrying

U = TypeVar("U")


class SelfChecking:
    """A container that looks for its own mistakes."""

    def self_check(self) -> None:
        """Look for what would go wrong later and elsewhere; call it when resources are open and modules are wired.

        It finds resources that are not open, or that each thread opens anew; units of work that are not made afresh, or
        cannot be made; asynchronous resources that turn what depends on them into futures; and of everything that was
        imported, functions and attributes that were to be injected and are not, or by another container.

        Raises:
            ContainerError: there are mistakes, each with its place and its cure.
        """
        check(cast(containers.Container, self))


class Instance(SelfChecking, containers.DynamicContainer):
    """What calling a container's class makes."""


class BaseContainer(SelfChecking, containers.DeclarativeContainer):
    """What both kinds have; subclasses wire their own providers to what they inherit.

    A provider's type is invariant, so that only a subclass can say of which type its units are.
    """

    instance_type = Instance

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        inherit(cls)

    config: providers.Configuration = Options(strict=True)
    """What is configured: a dictionary with the sections ``database``, ``outbox`` and ``relay``, and others."""

    registry: providers.Provider[orm.registry] = Required(instance_of=orm.registry)
    """The registry that the application's classes are mapped with."""

    codec: providers.Provider[Codec | None] = providers.Object(None)
    """What writes and reads events, if the application has any."""

    keeping: providers.Provider[Keeping] = providers.Singleton(keeping_of, registry.provider, codec, config)
    """What of messages is kept: the two that follow. A singleton that is None would be made for each unit."""

    outbox: providers.Provider[Outbox | None] = providers.Callable(outbox_of, keeping)
    """Keeps the events of units, if there is a codec and the mapping has the outbox's tables."""

    inbox: providers.Provider[Inbox | None] = providers.Callable(inbox_of, keeping)
    """Notes which messages were handled, if there is a codec and the mapping has the inbox's table."""

    handlers: providers.Provider[Handlers | None] = providers.Object(None)
    """The handlers of commands and events, if the application has any."""

    commands: providers.Provider[Collection[type[Command[Any]]]] = providers.Object(())
    """The commands that must have a handler."""

    retrying: providers.Provider[Retrying | None] = providers.Object(None)
    """How often the bus runs a transaction; None is once."""

    @classmethod
    def unit_of(cls, unit_type: Callable[..., U], **arguments: object) -> providers.Factory[U]:
        """What makes a fresh unit of this type for each action, with this container's database, outbox and inbox.

        Args:
            unit_type: a class of units of work.
            arguments: what else it is made with; providers are asked each time.
        """
        parts: Mapping[str, object] = {name: cls.providers[name] for name in ("database", "outbox", "inbox")}
        return providers.Factory(unit_type, **{**parts, **arguments})
