"""Whether two values say the same."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import attrs


def alike(one: object, other: object) -> bool:
    """Whether two values are equal; times with a zone are if they are the same moment.

    Python takes a time of the hour in which a clock is put back for unequal to every time of another zone.
    """
    if one == other:
        return True
    if isinstance(one, datetime) and isinstance(other, datetime):
        return None not in (one.tzinfo, other.tzinfo) and one.astimezone(UTC) == other.astimezone(UTC)
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        these, those = cast("Sequence[object]", one), cast("Sequence[object]", other)
        return len(these) == len(those) and all(map(alike, these, those))
    if isinstance(one, dict):
        this, that = cast("Mapping[object, object]", one), cast("Mapping[object, object]", other)
        return this.keys() == that.keys() and all(alike(value, that[key]) for key, value in this.items())
    if attrs.has(type(one)):
        return all(alike(getattr(one, name), getattr(other, name)) for name in names_of(one))
    return False


def names_of(value: object) -> list[str]:
    """The attributes of a value of a class of attrs, as far as it is compared by them."""
    kind: Any = type(value)
    return [field.name for field in attrs.fields(kind) if field.eq]
