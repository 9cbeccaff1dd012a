"""The rows as one transaction sees them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import attrs
from sqlalchemy import Column, Table

from unitofwork.adapters.memory.containers import new_dict
from unitofwork.adapters.memory.store.indexes import Index
from unitofwork.adapters.memory.store.row import Key, Row
from unitofwork.adapters.memory.store.table import Images, StoredTable, seen

if TYPE_CHECKING:
    from unitofwork.adapters.memory.store.store import Store

Columns: TypeAlias = tuple[Column[Any], ...]


class Reader(Protocol):
    """Sees the rows of tables, as one transaction does."""

    def now(self) -> datetime:
        """The transaction's time, which is the same however often it is asked for."""
        ...

    def table(self, table: Table) -> StoredTable:
        """What the other methods know a table by."""
        ...

    def rows(self, table: StoredTable) -> Collection[Row]:
        """Every row; it must not be iterated over while the table is written to."""
        ...

    def find(self, table: StoredTable, columns: Columns, values: tuple[Any, ...]) -> Collection[Row]:
        """The rows that have these stored values, of which None equals nothing."""
        ...

    def by_key(self, table: StoredTable, key: tuple[Any, ...]) -> Row | None:
        """The row with this primary key, in stored values."""
        ...


@attrs.define(eq=False, repr=False)
class View:
    """Sees what is committed, and what the transaction itself has written; every statement sees it afresh."""

    store: "Store"
    past: dict[StoredTable, Images] = attrs.field(init=False, factory=new_dict)
    """What others have replaced by commits that are not seen, by table; there is none where all commits are seen."""
    _now: datetime | None = attrs.field(init=False, default=None)

    def now(self) -> datetime:
        """The transaction's time, which is the same however often it is asked for."""
        if self._now is None:
            self._now = self.store.clock()
        return self._now

    def table(self, table: Table) -> StoredTable:
        """The rows of a table, for the other methods."""
        return self.store.tables[table]

    def rows(self, table: StoredTable) -> Collection[Row]:
        return table.rows.values() if self.sees_all(table) else seen(table.rows, self.instead(table))

    def find(self, table: StoredTable, columns: Columns, values: tuple[Any, ...]) -> Collection[Row]:
        index = table.index(columns)
        if index is None:
            return self._scanned(table, columns, values)
        key = index.lookup(values)
        if key is None:
            return ()
        writer = table.writer
        if self.past or not (writer is None or writer is self):  # as `sees_all` says it, in less time
            return self._found(table, index, key, self.instead(table))
        rows = table.rows
        return list(map(rows.__getitem__, index.numbers(key)))

    def _scanned(self, table: StoredTable, columns: Columns, values: tuple[Any, ...]) -> Collection[Row]:
        finder = table.shape.finder(columns)
        key, key_of = finder.lookup(values), finder.key
        return () if key is None else [row for row in self.rows(table) if key_of(row) == key]

    def by_key(self, table: StoredTable, key: tuple[Any, ...]) -> Row | None:
        primary, writer = table.primary, table.writer
        if primary is not None and not self.past and (writer is None or writer is self):
            number = primary.entries.get(primary.lookup(key))
            return None if number is None else table.rows[number]
        return next(iter(View.find(self, table, table.shape.primary_columns, key)), None)

    def sees_all(self, table: StoredTable) -> bool:
        """Whether what is there now is what this transaction sees."""
        writer = table.writer
        return (writer is None or writer is self) and table not in self.past

    def instead(self, table: StoredTable) -> Images:
        """What this transaction sees instead of rows that are there now."""
        return table.before(self)

    def numbers(self, table: StoredTable, index: Index, key: Key) -> Iterable[int]:
        """The rows with a key that this transaction sees."""
        writer = table.writer
        if not self.past and (writer is None or writer is self):
            return index.numbers(key)
        return (row[0] for row in self._found(table, index, key, self.instead(table)))

    def newest(self, table: StoredTable, index: Index, key: Key | None) -> Collection[int]:
        """The rows with a key that are committed by now, or are this transaction's own."""
        if key is None:
            return ()
        if table.writer is None or table.writer is self:
            return tuple(index.numbers(key))
        return [row[0] for row in self._found(table, index, key, table.before(self))]

    @staticmethod
    def _found(table: StoredTable, index: Index, key: Key, instead: Images) -> list[Row]:
        rows = table.rows
        found = [rows[number] for number in index.numbers(key) if number not in instead]
        found.extend(row for row in instead.values() if row is not None and index.key(row) == key)
        return found

    def current(self, table: StoredTable, number: int) -> Row | None:
        """The row as this transaction sees it, or None."""
        writer = table.writer
        if self.past or not (writer is None or writer is self):
            instead = self.instead(table)
            if number in instead:
                return instead[number]
        return table.rows.get(number)
