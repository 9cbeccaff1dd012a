"""The twin as one of two sides: its rows are looked at where they are kept."""

from collections.abc import Iterator
from typing import Any

import attrs

from properties.twin.model import mapping
from properties.twin.observing import Rows
from unitofwork import Database
from unitofwork.adapters.memory.store.freezing import Frozen
from unitofwork.adapters.memory.store.store import Store
from unitofwork.adapters.memory.store.table import StoredTable


@attrs.frozen
class MemorySide:
    """The twin, and how it is when it is empty."""

    database: Database
    _store: Store
    _empty: Frozen

    @classmethod
    def of(cls, database: Database, store: Store) -> "MemorySide":
        """The side of a database that is empty as yet, and keeps its rows there."""
        return cls(database, store, store.freeze())

    def empty(self) -> None:
        self._store.restore(self._empty)

    def rows(self) -> Rows:
        return {table.name: list(_loaded(self._store.table(table))) for table in mapping().metadata.sorted_tables}


def _loaded(table: StoredTable) -> Iterator[tuple[Any, ...]]:
    """The committed rows, with values as an entity gets them."""
    loads = [(codec.load, codec.loads_null) for codec in table.shape.codecs]
    for row in table.committed():
        yield tuple(
            value if load is None or (value is None and not null_too) else load(value)
            for value, (load, null_too) in zip(row[1:], loads, strict=True)
        )
