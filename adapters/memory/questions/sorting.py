"""Sorting records by several keys, each in its own direction, with NULLs where they are wanted."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import attrs

from unitofwork.adapters.memory.store import Row

Get: TypeAlias = Callable[[Row], Any]


@attrs.frozen(eq=False)
class SortKey:
    """One key.

    Attributes:
        get: gives its stored value of a record, or None for NULL.
        order: makes of a stored value what sorts as PostgreSQL sorts it; None if it does so itself.
        descending: whether the greatest comes first.
        nulls_first: whether NULL does.
    """

    get: Get
    order: Callable[[Any], Any] | None
    descending: bool
    nulls_first: bool
    never_null: bool = False
    """Whether no record has NULL there."""


def sort(records: Iterable[Row], keys: Iterable[SortKey]) -> list[Row]:
    """The records in order; those that are equal in all keys stay as they are."""
    made = list(records)
    for key in reversed(list(keys)):
        made = _sorted(made, key)
    return made


def sorter(keys: Sequence[SortKey]) -> Callable[[Iterable[Row]], list[Row]]:
    """What sorts as `sort` does by the same keys again and again."""
    if len(keys) != 1 or keys[0].order is not None:
        return lambda records: sort(records, keys)
    get, descending = keys[0].get, keys[0].descending
    if keys[0].never_null:
        return lambda records: sorted(records, key=get, reverse=descending)

    def by_one(records: Iterable[Row]) -> list[Row]:
        made = list(records)
        if len(made) > 1:
            if None in map(get, made):
                return sort(made, keys)
            made.sort(key=get, reverse=descending)
        return made

    return by_one


def _sorted(records: list[Row], key: SortKey) -> list[Row]:
    get, order = key.get, key.order
    values = list(map(get, records))
    nulls: list[Row] = []
    if None in values:
        nulls = [record for record, value in zip(records, values, strict=True) if value is None]
        records = [record for record, value in zip(records, values, strict=True) if value is not None]
    records.sort(key=get if order is None else lambda record: order(get(record)), reverse=key.descending)
    if not nulls:
        return records
    return nulls + records if key.nulls_first else records + nulls
