"""Values whose parts have no order of their own, in one: equal values are equal texts."""

from dataclasses import fields, is_dataclass
from typing import Any, cast

import attrs
from msgspec import json, to_builtins

_json = json.Encoder(order="deterministic")


def encoded(value: object) -> bytes:
    """A value as JSON: dictionaries and sets are sorted.

    msgspec sorts sets before it writes what is in them, and no dictionary whose keys are other than text. What it
    cannot sort is sorted here, by its text; that takes longer, and most events have none.

    Raises:
        Exception: it cannot be written.
    """
    try:
        return _json.encode(value)
    except TypeError:
        return _json.encode(to_builtins(_sorted(value), str_keys=True))


def _sorted(value: Any) -> object:
    if isinstance(value, set | frozenset):
        return sorted(map(_sorted, cast("set[object]", value)), key=encoded)
    if isinstance(value, list | tuple):
        return [_sorted(each) for each in cast("list[object]", value)]
    if isinstance(value, dict):
        return {key: _sorted(each) for key, each in cast("dict[object, object]", value).items()}
    names = _names(value)
    return {name: _sorted(getattr(value, name)) for name in names} if names else value


def _names(value: object) -> list[str]:
    """The attributes of a value of a class of attrs or of dataclasses."""
    kind: Any = type(value)
    if attrs.has(kind):
        return [field.name for field in attrs.fields(kind)]
    return [field.name for field in fields(kind)] if is_dataclass(kind) else []
