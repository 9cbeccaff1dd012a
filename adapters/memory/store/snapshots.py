"""Transactions that see the database as it was at their first statement."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import attrs
from sqlalchemy import Column

from unitofwork.adapters.memory.containers import new_dict
from unitofwork.adapters.memory.store.locks import Mode
from unitofwork.adapters.memory.store.reading import Columns
from unitofwork.adapters.memory.store.row import Row
from unitofwork.adapters.memory.store.shape import Makes
from unitofwork.adapters.memory.store.straight import Place
from unitofwork.adapters.memory.store.table import Images, StoredTable
from unitofwork.adapters.memory.store.transaction import Transaction
from unitofwork.adapters.memory.store.upserting import Change
from unitofwork.domain.errors import SerializationConflict
from unitofwork.domain.lock import Lock


def came_first() -> SerializationConflict:
    """Say that another transaction came first."""
    return SerializationConflict("another transaction came first: run the unit of work again")


@attrs.define(eq=False, repr=False)
class SnapshotTransaction(Transaction):
    """Is told at each commit of another what that replaces, and so goes on seeing it."""

    _moved: dict[StoredTable, set[int]] = attrs.field(factory=new_dict)

    def start(self) -> None:
        """Take the snapshot, if there is none."""
        self.store.snapshots.add(self)

    def forget(self) -> None:
        self.store.snapshots.discard(self)

    def keep_past(self, committer: Transaction, written: Mapping[StoredTable, Images]) -> None:
        """Keep what a commit replaces, but for what was replaced before."""
        for table, images in written.items():
            self.past[table] = images | self.past.get(table, {})
            moved = self._moved.setdefault(table, set())
            moved.update(number for number in images if table.mode(number, committer) is Mode.UPDATE)

    def instead(self, table: StoredTable) -> Images:
        past = self.past.get(table)
        before = table.before(self)
        return before if past is None else before | past

    def rows(self, table: StoredTable) -> Collection[Row]:
        self.start()
        return super().rows(table)

    def find(self, table: StoredTable, columns: Columns, values: tuple[Any, ...]) -> Collection[Row]:
        self.start()
        return super().find(table, columns, values)

    def by_key(self, table: StoredTable, key: tuple[Any, ...]) -> Row | None:
        self.start()
        return super().by_key(table, key)

    def check_unchanged(self, table: StoredTable, number: int) -> None:
        if number in self.past.get(table, ()):
            raise came_first()

    def check_key_unchanged(self, table: StoredTable, number: int) -> None:
        if number in self._moved.get(table, ()):
            raise came_first()

    def insert_made(
        self, table: StoredTable, rows: Sequence[tuple[list[Any], Makes]], *, apart: bool = False
    ) -> list[Row]:
        self.start()
        return super().insert_made(table, rows, apart=apart)

    def place(self, table: StoredTable, place: Place, rows: Sequence[tuple[Any, ...]]) -> list[Row]:
        self.start()
        return super().place(table, place, rows)

    def upsert(
        self,
        table: StoredTable,
        rows: Sequence[Mapping[Column[Any], object]],
        key: Sequence[Column[Any]],
        change: Change | None,
    ) -> None:
        self.start()
        super().upsert(table, rows, key, change)

    def update(
        self, table: StoredTable, changes: Sequence[tuple[Row, Mapping[Column[Any], object]]]
    ) -> list[Row | None]:
        self.start()
        return super().update(table, changes)

    def remove_rows(self, table: StoredTable, keys: Iterable[tuple[Any, ...]]) -> bool:
        return False  # what it looks for is to be looked for by `by_key`

    def delete(self, table: StoredTable, rows: Sequence[Row]) -> int:
        self.start()
        return super().delete(table, rows)

    def lock_rows(self, table: StoredTable, rows: Sequence[Row], lock: Lock) -> list[Row]:
        self.start()
        return super().lock_rows(table, rows, lock)
