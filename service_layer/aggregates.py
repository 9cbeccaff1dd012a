"""The name of whom an event tells, as text: its class and its key, as in ``User:42``."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

_ONE_SPELLING = frozenset((int, str, UUID))
"""The types of most keys: equal ones of them are the same text."""


def aggregate_name(entity_type: type, key: tuple[object, ...]) -> str:
    """The name of an entity; equal keys have one, however they are written.

    A key is as the application gave it, until the entity is loaded: ``Decimal("1")`` is ``Decimal("1.00")`` then, and
    an entity whose name changes with that would have its messages in two parts of the outbox, out of order.
    """
    texts: Iterable[object] = key
    for part in key:
        if type(part) not in _ONE_SPELLING:
            texts = map(_spelled, key)
            break
    return f"{entity_type.__name__}:{','.join(map(str, texts))}"


def _spelled(part: object) -> str:
    """A part of a key, the same for all that are equal."""
    if isinstance(part, str):  # such as a member of an enumeration of texts
        return str.__str__(part)
    if isinstance(part, int):
        return int.__repr__(part)
    if isinstance(part, Decimal):
        whole, _, rest = format(part, "f").partition(".")
        return f"{whole}.{rest}".rstrip("0").rstrip(".") if rest else whole
    if isinstance(part, float):
        return float.__repr__(part).removesuffix(".0")
    if isinstance(part, datetime) and part.tzinfo is not None:
        return str(part.astimezone(UTC))
    return str(part)
