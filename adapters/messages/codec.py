"""Events as JSON, and back again."""

import re
from typing import Any

from msgspec import json

from unitofwork.adapters.messages import answers
from unitofwork.adapters.messages.alike import alike, names_of
from unitofwork.adapters.messages.ordered import encoded
from unitofwork.adapters.messages.types import Kind, MessageTypes
from unitofwork.domain.errors import InvalidMessage
from unitofwork.domain.messages import Event
from unitofwork.domain.outbox import Encoded

_PATH = re.compile(r"`\$\.([^`]*)`$")
"""Where msgspec says that something is wrong; what it says before may hold a value."""


class MsgspecCodec:
    """Writes events as JSON.

    What it writes is read back at once and compared, so that no event is kept that could not be read: a float that is
    not a number, a list where a tuple is announced. Times are what they are: with a zone they are that moment, with the
    zone's distance from UTC; without one they stay without.

    Args:
        types: the kinds of events.
    """

    def __init__(self, types: MessageTypes) -> None:
        self.types = types
        """The kinds of events."""

    def encode(self, event: Event) -> Encoded:
        """Write an event.

        Raises:
            UnknownMessage: its class has no name.
            InvalidMessage: what is in it cannot be written, or would be read as something else.
        """
        kind = self.types.of(type(event))
        read: Event | None = None
        try:
            payload = encoded(event)
            read = kind.decoder.decode(payload)
            fits = read == event or alike(read, event)
        except Exception as error:
            raise _misfit(event, _path(error) or _culprit(event, read)) from error
        if not fits:
            raise _misfit(event, _culprit(event, read))
        return Encoded(kind.name, kind.version, payload.decode())

    def decode(self, content: Encoded) -> Event:
        """Read an event, of an earlier version too.

        Raises:
            UnknownMessage: no kind has the name, or the version is later than what is known here.
            InvalidMessage: the text is not what its kind says.
        """
        kind = self.types.named(content.name, content.version)
        payload: str | bytes = content.payload
        if content.version < kind.version:
            payload = _upgraded(kind, content)
        try:
            return kind.decoder.decode(payload)
        except Exception as error:
            raise _unread(kind, content.version, _path(error)) from error

    def dump(self, result: object) -> str:
        """Write the answer to a message.

        Raises:
            InvalidMessage: it is not made of plain values.
        """
        return answers.dump(result)

    def load(self, text: str) -> object:
        """Read an answer.

        Raises:
            InvalidMessage: the text is none that was written here.
        """
        return answers.load(text)


def _upgraded(kind: Kind, content: Encoded) -> bytes:
    try:
        held: dict[str, Any] = json.decode(content.payload)
        for version in range(content.version, kind.version):
            held = kind.earlier[version](held)
        return encoded(held)
    except Exception as error:
        raise _unread(kind, content.version, "") from error


def _unread(kind: Kind, version: int, path: str) -> InvalidMessage:
    where = f"{kind.message_type.__name__}.{path}" if path else kind.message_type.__name__
    return InvalidMessage(
        f"a message {kind.name!r} of the version {version} cannot be read: what it has for {where} does not fit",
        entity_type=kind.message_type,
    )


def _culprit(event: Event, read: Event | None) -> str:
    """The first attribute that cannot be written, or is read as something else."""
    for name in names_of(event):
        given = getattr(event, name)
        try:
            fits = bool(encoded(given)) if read is None else alike(getattr(read, name), given)
        except Exception:
            fits = False
        if not fits:
            return name
    return ""


def _misfit(event: Event, path: str) -> InvalidMessage:
    where = f"{type(event).__name__}.{path}" if path else type(event).__name__
    return InvalidMessage(
        f"{where} holds what JSON cannot give back: give it a value of the type that is announced",
        entity_type=type(event),
    )


def _path(error: Exception) -> str:
    found = _PATH.search(str(error))
    return found[1] if found else ""
