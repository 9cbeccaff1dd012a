"""A database in memory, with its tables by name."""

from collections.abc import Mapping
from typing import Any

import attrs
from sqlalchemy import Column

from unitofwork.adapters.memory.store import Row, Store, StoredTable, Transaction


@attrs.frozen(eq=False)
class Town:
    """A store, and its tables by name."""

    store: Store

    def table(self, name: str) -> StoredTable:
        return self.store.table(self.store.mapping.metadata.tables[name])

    def values(self, name: str, given: Mapping[str, Any]) -> dict[Column[Any], Any]:
        columns = self.table(name).shape.table.columns
        return {columns[key]: value for key, value in given.items()}

    def insert(self, transaction: Transaction, name: str, *rows: Mapping[str, Any]) -> list[Row]:
        return transaction.insert(self.table(name), [self.values(name, row) for row in rows])

    def change(self, transaction: Transaction, name: str, key: int, /, **values: Any) -> Row | None:
        row = transaction.by_key(self.table(name), (key,))
        assert row is not None
        [changed] = transaction.update(self.table(name), [(row, self.values(name, values))])
        return changed

    def delete(self, transaction: Transaction, name: str, key: int) -> int:
        row = transaction.by_key(self.table(name), (key,))
        return 0 if row is None else transaction.delete(self.table(name), [row])

    def seen(self, transaction: Transaction, name: str) -> list[tuple[Any, ...]]:
        return sorted((row[1:] for row in transaction.rows(self.table(name))), key=str)
