"""Indexes by hash: which rows have a key."""

from collections.abc import Collection, Mapping
from typing import Protocol

import attrs

from unitofwork.adapters.memory.containers import new_dict
from unitofwork.adapters.memory.store.row import Key, KeyOf, Row


class Index(Protocol):
    """Finds the numbers of the rows that have a key.

    Attributes:
        key: takes the key out of a row; None if the row has none.
        lookup: makes the key of values; None if no row has it.
        entries: by key, the row or rows that have it.
    """

    key: KeyOf
    lookup: KeyOf

    @property
    def entries(self) -> Mapping[Key, object]: ...

    def numbers(self, key: Key | None) -> Collection[int]:
        """The rows with the key, in the order in which they came to it."""
        ...

    def add(self, number: int, row: Row) -> None:
        """Take note of a row that comes."""
        ...

    def remove(self, number: int, row: Row) -> None:
        """Take note of a row that goes."""
        ...

    def copy(self) -> "Index":
        """The same, to be changed apart."""
        ...


@attrs.define(eq=False, repr=False)
class UniqueIndex:
    """Finds the one row that has a key."""

    key: KeyOf
    lookup: KeyOf
    entries: dict[Key, int] = attrs.field(factory=new_dict)

    def numbers(self, key: Key | None) -> Collection[int]:
        number = self.entries.get(key)
        return () if number is None else (number,)

    def add(self, number: int, row: Row) -> None:
        key = self.key(row)
        if key is not None:
            self.entries[key] = number

    def remove(self, number: int, row: Row) -> None:
        key = self.key(row)
        if key is not None:
            del self.entries[key]

    def copy(self) -> "UniqueIndex":
        return UniqueIndex(self.key, self.lookup, self.entries.copy())


@attrs.define(eq=False, repr=False)
class ManyIndex:
    """Finds all rows that have a key."""

    key: KeyOf
    lookup: KeyOf
    entries: dict[Key, dict[int, None]] = attrs.field(factory=new_dict)

    def numbers(self, key: Key | None) -> Collection[int]:
        return self.entries.get(key, ())

    def add(self, number: int, row: Row) -> None:
        key = self.key(row)
        if key is not None:
            same = self.entries.get(key)
            if same is None:
                self.entries[key] = {number: None}
            else:
                same[number] = None

    def remove(self, number: int, row: Row) -> None:
        key = self.key(row)
        if key is not None:
            same = self.entries[key]
            del same[number]
            if not same:
                del self.entries[key]

    def copy(self) -> "ManyIndex":
        return ManyIndex(self.key, self.lookup, {key: numbers.copy() for key, numbers in self.entries.items()})
