"""Which events are sent: each kind has a name and a version, which outlive its class."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import attrs
from msgspec import json

from unitofwork.adapters.messages.checks import check_naming, decoder_of
from unitofwork.domain.errors import MessageError, UnknownMessage
from unitofwork.domain.messages import Event

Upgrade: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
"""Takes what is in a message of one version, as JSON has it, and returns that of the next."""


@attrs.frozen(eq=False)
class Kind:
    """One kind of event.

    Attributes:
        message_type: its class.
        name: what messages call it.
        version: of what the class holds.
        earlier: for each earlier version the step to the next.
        decoder: reads the class.
    """

    message_type: type[Event]
    name: str
    version: int
    earlier: Mapping[int, Upgrade]
    decoder: "json.Decoder[Event]"


class MessageTypes:
    """The kinds of events that can be sent.

    ::

        types = MessageTypes()
        types.add(UserRegistered, "user-registered", version=2, earlier={1: with_email})

    A class may be renamed and moved; messages that are on their way know only its name here. When what it holds
    changes, so that older messages cannot be read any more, its version goes up by one, and a function makes the new
    from the old::

        def with_email(content):
            return {**content, "email": None}
    """

    def __init__(self) -> None:
        self._by_class: dict[type[Event], Kind] = {}
        self._by_name: dict[str, Kind] = {}

    def __deepcopy__(self, memo: object) -> "MessageTypes":
        """The same: a container copies what its providers are given, and a copy would not know what is added later."""
        return self

    def add(
        self,
        message_type: type[Event],
        name: str,
        *,
        version: int = 1,
        earlier: Mapping[int, Upgrade] | None = None,
    ) -> None:
        """Add a kind of event.

        Args:
            message_type: a value (`@value`) that derives from `Event`.
            name: what messages call it, for as long as there are any.
            version: of what the class holds now, counted from 1.
            earlier: for each earlier version the step to the next.

        Raises:
            InvalidMessage: the class holds what cannot be written as JSON and read again.
            MessageError: the class or the name is there already, or a version lacks its step.
        """
        check_naming(message_type, name, version, earlier)
        steps = dict(earlier or {})
        self._check(message_type, name, version, steps)
        kind = Kind(message_type, name, version, steps, decoder_of(message_type))
        self._by_class[message_type] = self._by_name[name] = kind

    def of(self, message_type: type[Event]) -> Kind:
        """The kind of a class.

        Raises:
            UnknownMessage: it was not added.
        """
        kind = self._by_class.get(message_type)
        if kind is None:
            raise UnknownMessage(
                f"{message_type.__name__} has no name as a message: give it to MessageTypes.add()",
                entity_type=message_type,
            )
        return kind

    def named(self, name: str, version: int) -> Kind:
        """The kind of that name, whose version may have become later.

        Raises:
            UnknownMessage: there is none, or the version is later than what is known here.
        """
        kind = self._by_name.get(name)
        if kind is None:
            raise UnknownMessage(f"no kind of message has the name {name!r}: give its class to MessageTypes.add()")
        if not 1 <= version <= kind.version:
            raise UnknownMessage(
                f"{name!r} has the version {version} in the message, and versions up to {kind.version} are known here:"
                " it was sent by a later release",
                entity_type=kind.message_type,
            )
        return kind

    def _check(self, message_type: type[Event], name: str, version: int, steps: Mapping[int, Upgrade]) -> None:
        if message_type in self._by_class:
            known = self._by_class[message_type].name
            raise MessageError(f"{message_type.__name__} is added already, as {known!r}", entity_type=message_type)
        if name in self._by_name:
            taken_by = self._by_name[name].message_type.__name__
            raise MessageError(f"the name {name!r} is that of {taken_by}: choose another", entity_type=message_type)
        if sorted(steps) != list(range(1, version)):
            raise MessageError(
                f"{name!r} has the version {version}: earlier= needs a step for each version before it, and no others",
                entity_type=message_type,
            )
