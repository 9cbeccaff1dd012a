"""A row: its number, which no other row of its table ever has, then the stored value of each column in order."""

from collections.abc import Callable, Hashable
from operator import itemgetter
from typing import Any, TypeAlias, cast

Row: TypeAlias = tuple[Any, ...]

Key: TypeAlias = Hashable
"""What tells rows apart in an index: of one column its value, of several a tuple."""

KeyOf: TypeAlias = Callable[[Row], Key | None]
"""The key of a row or of some values; None where one of them is NULL, which equals nothing."""

Normal: TypeAlias = Callable[[Any], Hashable]
"""Makes a value hashable, and equal to those that PostgreSQL calls equal."""


def key_of(places: tuple[int, ...], normals: tuple[Normal | None, ...], *, nulls_distinct: bool = True) -> KeyOf:
    """Make what takes the key from these places; a value whose normal is None is its own.

    Args:
        places: where the values are.
        normals: how each becomes hashable.
        nulls_distinct: whether NULL equals nothing; else it equals NULL.
    """
    if not nulls_distinct:
        pairs = tuple(zip(places, normals, strict=True))
        return lambda row: tuple(_normal(row[place], normal) for place, normal in pairs)
    take = cast(KeyOf, itemgetter(*places))
    if len(places) == 1:
        [normal] = normals
        return take if normal is None else lambda row: _normal(take(row), normal)
    if not any(normals):

        def plain(row: Row) -> Key | None:
            values: Any = take(row)
            return None if None in values else values

        return plain

    def normalised(row: Row) -> Key | None:
        values = tuple(_normal(row[place], normal) for place, normal in zip(places, normals, strict=True))
        return None if None in values else values

    return normalised


def _normal(value: Any, normal: Normal | None) -> Any:
    return value if value is None or normal is None else normal(value)
