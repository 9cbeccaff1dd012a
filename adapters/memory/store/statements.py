"""Statements, each of which is done whole or not at all."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from sqlalchemy import Column

from unitofwork.adapters.memory.store.locks import MODES, held_by_other
from unitofwork.adapters.memory.store.row import Row
from unitofwork.adapters.memory.store.savepoints import RecoveringWriter, savepoint_of
from unitofwork.adapters.memory.store.shape import Makes
from unitofwork.adapters.memory.store.straight import Place
from unitofwork.adapters.memory.store.table import StoredTable
from unitofwork.adapters.memory.store.upserting import Change, OnConflict
from unitofwork.domain.lock import Lock, WhenTaken


@attrs.define(eq=False, repr=False)
class StatementWriter(RecoveringWriter):
    """Writes by statements.

    Each call is one: on an error, what it has done so far is undone. What would wait for another transaction raises
    `LockTimeout` at once.
    """

    def insert(
        self, table: StoredTable, rows: Sequence[Mapping[Column[Any], object]], *, apart: bool = False
    ) -> list[Row]:
        """Insert rows, given as Python values, and return them as they are kept.

        Args:
            table: where.
            rows: in this order.
            apart: whether they are checked as by a statement for each, though all are undone if one is refused.

        Raises:
            InvalidValue: or one of its kinds.
            ConstraintViolation: or one of its kinds.
            LockTimeout: another transaction is in the way.
        """
        shape = table.shape
        return self.insert_made(table, [shape.convert(given) for given in rows], apart=apart)

    def insert_values(
        self,
        table: StoredTable,
        columns: tuple[Column[Any], ...],
        rows: Sequence[Sequence[object]],
        *,
        apart: bool = False,
    ) -> list[Row]:
        """As `insert`, of rows that all give these columns, in this order."""
        return self.insert_made(table, table.shape.convert_values(columns, rows), apart=apart)

    def insert_made(
        self, table: StoredTable, rows: Sequence[tuple[list[Any], Makes]], *, apart: bool = False
    ) -> list[Row]:
        """As `insert`, of stored values, each with what is made for it."""
        before = len(self._changes), len(self._locks), len(self._deferred)
        made: list[Row] = []
        try:
            for values, defaults in rows:
                row = self.new_row(table, values, defaults)
                self.add_row(table, row)
                made.append(row)
                if apart and self._queue:
                    self.end_statement()
            if self._queue:
                self.end_statement()
        except BaseException:
            self.rollback_to(savepoint_of(before))
            raise
        return made

    def place(self, table: StoredTable, place: Place, rows: Sequence[tuple[Any, ...]]) -> list[Row]:
        """As `insert`, of rows that this can place, up to the first with which something is unusual.

        From that one on they are to be inserted next.
        """
        before = len(self._changes), len(self._locks), len(self._deferred)
        try:
            return self.place_rows(table, place, rows)
        except BaseException:
            self.rollback_to(savepoint_of(before))
            raise

    def upsert(
        self,
        table: StoredTable,
        rows: Sequence[Mapping[Column[Any], object]],
        key: Sequence[Column[Any]],
        change: Change | None,
    ) -> None:
        """Insert rows, given as Python values, or change those that have their keys.

        Args:
            table: where.
            rows: as they are where they are inserted.
            key: the columns by which rows are told.
            change: what is changed in a row that is there; None for nothing.

        Raises:
            InvalidValue: or one of its kinds.
            ConstraintViolation: or one of its kinds.
            LockTimeout: another transaction is in the way.
            SerializationConflict: another transaction changed or inserted a row since the snapshot.
            UnsupportedQuery: no rule that is checked at once is about the key.
        """
        shape, on_conflict = table.shape, OnConflict.of(table, key, change)
        plans = [shape.convert(given) for given in rows]
        mark = self.savepoint()
        try:
            for values, defaults in plans:
                on_conflict.write(self, self.new_row(table, values, defaults))
            self.end_statement()
        except BaseException:
            self.rollback_to(mark)
            raise

    def update(
        self, table: StoredTable, changes: Sequence[tuple[Row, Mapping[Column[Any], object]]]
    ) -> list[Row | None]:
        """Change rows, which are told by their numbers, to Python values; None stands for one that is gone.

        Only what is changed is written: the rest of the row may be newer than the one that is given.

        Raises:
            InvalidValue: or one of its kinds.
            ConstraintViolation: or one of its kinds.
            LockTimeout: another transaction is in the way.
            SerializationConflict: another transaction changed a row since the snapshot.
        """
        converted: list[tuple[int, list[tuple[int, Any]]]] = []
        for row, changed in changes:
            converted.append((row[0], table.shape.converted(changed)))
        before = len(self._changes), len(self._locks), len(self._deferred)
        try:
            made: list[Row | None] = []
            for number, values in converted:
                made.append(self.update_row(table, number, values))
            if self._queue:
                self.end_statement()
        except BaseException:
            self.rollback_to(savepoint_of(before))
            raise
        return made

    def update_by_key(
        self, table: StoredTable, key: tuple[Any, ...], given: Mapping[Column[Any], object]
    ) -> Row | None:
        """As `update`, of the row that has a primary key, in stored values; None if there is none."""
        before = len(self._changes), len(self._locks), len(self._deferred)
        row = self.by_key(table, key)
        if row is None:
            return None
        values = table.shape.converted(given)
        try:
            made = self.change_row(table, row, values)
            if self._queue:
                self.end_statement()
        except BaseException:
            self.rollback_to(savepoint_of(before))
            raise
        return made

    def delete(self, table: StoredTable, rows: Sequence[Row]) -> int:
        """Delete rows, which are told by their numbers, and return how many were there.

        Raises:
            ConstraintViolation: or one of its kinds.
            LockTimeout: another transaction is in the way.
            SerializationConflict: another transaction changed a row since the snapshot.
        """
        before = len(self._changes), len(self._locks), len(self._deferred)
        try:
            deleted = 0
            for row in rows:
                deleted += self.delete_row(table, row[0])
            if self._queue:
                self.end_statement()
        except BaseException:
            self.rollback_to(savepoint_of(before))
            raise
        return deleted

    def delete_each(self, table: StoredTable, keys: Sequence[tuple[Any, ...]]) -> None:
        """Delete the rows that have these primary keys, in stored values, as by a statement for each.

        Raises:
            ConstraintViolation: or one of its kinds.
            LockTimeout: another transaction is in the way.
            SerializationConflict: another transaction changed a row since the snapshot.
        """
        before = len(self._changes), len(self._locks), len(self._deferred)
        try:
            if not self.remove_rows(table, keys):
                for key in keys:
                    row = self.by_key(table, key)
                    if row is not None:
                        self.remove_row(table, row)
                        self.end_statement()
        except BaseException:
            self.rollback_to(savepoint_of(before))
            raise

    def lock_rows(self, table: StoredTable, rows: Sequence[Row], lock: Lock) -> list[Row]:
        """Lock rows until the transaction ends, and return them as they are now, without those that are gone.

        Raises:
            LockTimeout: another transaction has locked one, whether or not the lock would wait.
            SerializationConflict: another transaction changed a row since the snapshot.
        """
        mode, skip = MODES[lock.strength], lock.when_taken is WhenTaken.SKIP
        mark = self.savepoint()
        locked: list[Row] = []
        try:
            for number in (row[0] for row in rows):
                if self.current(table, number) is None:
                    continue
                self.check_unchanged(table, number)
                if skip and held_by_other(table.locks.get(number, {}), self, mode):
                    continue
                self.lock(table, number, mode)
                locked.append(table.rows[number])
        except BaseException:
            self.rollback_to(mark)
            raise
        return locked
