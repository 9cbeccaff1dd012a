"""Rows for `insert_many` and `upsert_many`, of users."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

Row: TypeAlias = Mapping[str, object]


def named(count: int, **more: object) -> Iterator[dict[str, object]]:
    """Users with as many names, and more attributes, which all have alike."""
    return ({"name": f"user {number}", **more} for number in range(1, count + 1))
