"""The answers to messages as JSON: plain values, which come back as what they were.

What JSON lacks is an object with one key, its type: ``{"$date": "2026-03-04"}``.
"""

import json
import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias, cast
from uuid import UUID

from unitofwork.domain.errors import InvalidMessage

_Write: TypeAlias = Callable[[Any], object]
_Read: TypeAlias = Callable[[Any], object]


def dump(value: object) -> str:
    """Write a value.

    Raises:
        InvalidMessage: it is, or holds, something else than None, bool, numbers, text, bytes, dates, times, UUIDs,
            lists, tuples, sets and dictionaries.
    """
    try:
        return json.dumps(_written(value), separators=(",", ":"), allow_nan=False)
    except RecursionError as error:
        raise InvalidMessage("an answer holds itself, or is too deep to be written") from error


def load(text: str) -> object:
    """Read a value.

    Raises:
        InvalidMessage: `dump` did not write this.
    """
    try:
        return _read(json.loads(text))
    except Exception as error:
        raise InvalidMessage("an answer cannot be read: it was written by another release, or is damaged") from error


def _written(value: Any) -> object:
    kind = _type_of(value)
    if value is None or kind in (bool, int, str) or (kind is float and math.isfinite(value)):
        return value
    if kind is list:
        return [_written(each) for each in value]
    if kind is dict and all(type(key) is str for key in value) and not _is_marked(value):
        return {key: _written(each) for key, each in value.items()}
    if kind in _KINDS:
        return {_KINDS[kind][0]: _KINDS[kind][1](value)}
    raise InvalidMessage(
        f"an answer holds a {kind.__name__}, which is no plain value: answer with numbers, texts, dates, UUIDs, and"
        " lists or dictionaries of them"
    )


def _read(written: Any) -> object:
    if isinstance(written, list):
        return [_read(each) for each in _items(written)]
    if isinstance(written, dict):
        held = cast("dict[str, Any]", written)
        if _is_marked(held):
            [(mark, content)] = held.items()
            return _READERS[mark](content)
        return {key: _read(each) for key, each in held.items()}
    return written


def _is_marked(held: Mapping[Any, Any]) -> bool:
    """Whether a dictionary looks like a type with its value."""
    return len(held) == 1 and next(iter(held)).startswith("$")


def _listed(values: Any) -> list[object]:
    return [_written(each) for each in values]


def _paired(pairs: Any) -> dict[Any, Any]:
    return {_read(key): _read(value) for key, value in (pair["$tuple"] for pair in pairs)}


def _type_of(value: object) -> type:
    return type(value)


def _items(written: Any) -> list[Any]:
    return list(written)


def _seconds(span: timedelta) -> list[int]:
    return [span.days, span.seconds, span.microseconds]


_KINDS: dict[type, tuple[str, _Write, _Read]] = {
    float: ("$float", repr, float),
    Decimal: ("$decimal", str, Decimal),
    datetime: ("$datetime", datetime.isoformat, datetime.fromisoformat),
    date: ("$date", date.isoformat, date.fromisoformat),
    time: ("$time", time.isoformat, time.fromisoformat),
    timedelta: ("$timedelta", _seconds, lambda parts: timedelta(*parts)),
    UUID: ("$uuid", str, UUID),
    bytes: ("$bytes", lambda value: b64encode(value).decode(), b64decode),
    tuple: ("$tuple", _listed, lambda parts: tuple(map(_read, parts))),
    set: ("$set", _listed, lambda parts: set(map(_read, parts))),
    frozenset: ("$frozenset", _listed, lambda parts: frozenset(map(_read, parts))),
    dict: ("$dict", lambda value: _listed(value.items()), _paired),
}
"""For each type its mark, and how it is written and read."""

_READERS: dict[str, _Read] = {mark: read for mark, _, read in _KINDS.values()}
