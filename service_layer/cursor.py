"""Cursors: places in an order as opaque text, sealed so that only what was handed out is taken back."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

import attrs

from unitofwork.domain.errors import InvalidValue, UnsupportedQuery

_SEAL_LENGTH = 16

_PLAIN = (type(None), bool, int, float, str)

_Convert: TypeAlias = Callable[[Any], object]

_TAGGED: tuple[tuple[str, type, _Convert, _Convert], ...] = (
    ("decimal", Decimal, str, Decimal),
    ("datetime", datetime, datetime.isoformat, datetime.fromisoformat),
    ("date", date, date.isoformat, date.fromisoformat),
    ("time", time, time.isoformat, time.fromisoformat),
    (
        "timedelta",
        timedelta,
        lambda span: [span.days, span.seconds, span.microseconds],
        lambda parts: timedelta(*parts),
    ),
    ("uuid", UUID, str, UUID),
    ("bytes", bytes, bytes.hex, bytes.fromhex),
)
"""What JSON does not have: how it is named there, its class, how it is written and how read."""

_WRITERS: dict[type, tuple[str, _Convert]] = {kind: (tag, write) for tag, kind, write, _ in _TAGGED}
_READERS: dict[str, _Convert] = {tag: read for tag, _, _, read in _TAGGED}


@attrs.frozen
class Cursors:
    """Writes and reads cursors.

    Attributes:
        secret: with it cursors cannot be made by those who do not know it. Without one (empty), what was cut off,
            mistyped or handed out for another question is still refused.

    Raises:
        ValueError: the secret is too short.
    """

    secret: bytes = attrs.field(default=b"", repr=False)

    def __attrs_post_init__(self) -> None:
        _check_secret(self.secret)

    def write(self, place: tuple[object, ...], question: str) -> str:
        """The place as text, for this question alone.

        Raises:
            UnsupportedQuery: a value is of a type that cursors do not hold.
        """
        values = json.dumps([_written(value) for value in place], separators=(",", ":")).encode()
        return _text(self._seal(values, question) + values)

    def read(self, cursor: str, question: str) -> tuple[object, ...]:
        """The place that a cursor of this question holds. A member of an enumeration comes back as its name.

        Raises:
            InvalidValue: it was changed, or is of another question, or is no cursor at all.
        """
        try:
            sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
            seal, values = sealed[:_SEAL_LENGTH], sealed[_SEAL_LENGTH:]
            if cursor == _text(sealed) and hmac.compare_digest(seal, self._seal(values, question)):
                written: list[object] = json.loads(values)
                return tuple(map(_read, written))
        except (TypeError, ValueError, LookupError, ArithmeticError, RecursionError):
            pass  # whatever is wrong with it, the cure is the same
        raise InvalidValue("that is no cursor of this question: ask for its first page again")

    def _seal(self, values: bytes, question: str) -> bytes:
        return hmac.digest(self.secret, question.encode() + b"\n" + values, "sha256")[:_SEAL_LENGTH]


def _check_secret(secret: object) -> None:
    if not isinstance(secret, bytes) or 0 < len(secret) < _SEAL_LENGTH:
        raise ValueError(f"the secret of cursors is at least {_SEAL_LENGTH} bytes: make one with secrets.token_bytes()")


WITHOUT_SECRET = Cursors()
"""Of most units, which need no cursors either."""


def _text(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def _written(value: object) -> object:
    if isinstance(value, Enum):
        return value.name
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind not in _WRITERS:
        raise UnsupportedQuery(f"a cursor holds no {kind.__name__}: order pages by other attributes")
    tag, write = _WRITERS[kind]
    return [tag, write(value)]


def _read(value: object) -> object:
    if not isinstance(value, list):
        return value
    tag, written = value  # pyright: ignore[reportUnknownVariableType]  # whatever JSON had
    return _READERS[tag](written)
