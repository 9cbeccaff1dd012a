"""What an event may hold, so that it can be written as JSON and read again: told when its class is added."""

from collections.abc import Iterator, Mapping
from typing import cast

import attrs
from msgspec import inspect, json

from unitofwork.domain.errors import InvalidMessage, MessageError
from unitofwork.domain.messages import Event
from unitofwork.domain.outbox import LONGEST_NAME

LATEST = 10_000
"""The highest version, of which each one needs a function of its own."""


def decoder_of(message_type: type[Event]) -> "json.Decoder[Event]":
    """What reads events of a class.

    Raises:
        InvalidMessage: naming the attribute that could not be read, or not told apart.
    """
    if not _is_event(message_type):
        name: str = getattr(message_type, "__name__", "this")
        raise InvalidMessage(f"{name} is no event: give a class that derives from Event, and make it a @value")
    try:
        decoder: json.Decoder[Event] = json.Decoder(message_type)
        described = inspect.type_info(message_type)
    except Exception as error:
        raise InvalidMessage(
            f"{message_type.__name__} has an annotation that cannot be read from JSON: {_first_line(error)}",
            entity_type=message_type,
        ) from error
    for where, why in _faults(described, message_type.__name__, set()):
        raise InvalidMessage(f"{where} {why}", entity_type=message_type)
    return decoder


def check_naming(message_type: type[Event], name: object, version: object, earlier: object) -> None:
    """Refuse a name and versions that no message can have.

    Raises:
        MessageError: telling what they are to be.
    """
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME or "\0" in name:
        raise MessageError(f"a name has 1 to {LONGEST_NAME} characters, none of them NUL", entity_type=message_type)
    if not isinstance(version, int) or not 1 <= version <= LATEST:
        raise MessageError(f"versions are counted from 1, up to {LATEST}", entity_type=message_type)
    if earlier is not None and not (
        isinstance(earlier, Mapping) and all(map(callable, cast("Mapping[object, object]", earlier).values()))
    ):
        raise MessageError("earlier= has a function for each earlier version, by its number", entity_type=message_type)


def _is_event(given: object) -> bool:
    return isinstance(given, type) and issubclass(given, Event) and attrs.has(given)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _faults(described: object, where: str, seen: set[int]) -> Iterator[tuple[str, str]]:
    """What is wrong, and where; classes may hold themselves."""
    if id(described) in seen:
        return
    seen.add(id(described))
    if isinstance(described, inspect.CustomType):
        yield where, f"is of the type {described.cls.__name__}, which JSON has not: hold plain values"
    elif isinstance(described, inspect.DictType) and (keys := _keys_without_text(described.key_type)):
        yield where, f"has keys that are {keys}, which JSON has not: take text, numbers, enums or dates for keys"
    elif isinstance(described, inspect.DataclassType):
        yield from _faults_of_class(described, where)
    for part, name in _parts(described):
        yield from _faults(part, f"{where}.{name}" if name else where, seen)


def _keys_without_text(described: object) -> str:
    """What of keys msgspec reads and does not write; empty if it does both."""
    kinds = described.types if isinstance(described, inspect.UnionType) else (described,)
    return " and ".join(name for kind, name in _NO_KEYS.items() if any(isinstance(each, kind) for each in kinds))


_NO_KEYS: dict[type, str] = {inspect.BoolType: "bool", inspect.NoneType: "None"}


def _faults_of_class(held: inspect.DataclassType, where: str) -> Iterator[tuple[str, str]]:
    if vars(object)["__eq__"] is held.cls.__eq__:
        yield where, f"is a {held.cls.__name__}, no value but an entity: hold its key, and what is to be told of it"
    for field in held.fields:
        if field.name.startswith("_"):
            yield f"{where}.{field.name}", "is private, and would be left out: give it a name without the underscore"


def _parts(described: object) -> Iterator[tuple[object, str]]:
    """The types that a type is made of, each with the name of the attribute if it is one's."""
    for name in getattr(described, "__struct_fields__", ()):
        held: object = getattr(described, name)
        for each in cast("tuple[object, ...]", held) if isinstance(held, tuple) else (held,):
            if isinstance(each, inspect.Field):
                yield each.type, each.name
            elif isinstance(each, inspect.Type):
                yield each, ""
