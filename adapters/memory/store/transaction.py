"""A transaction: statements that are each all or nothing, savepoints, and the end; READ COMMITTED by itself."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

import attrs
from sqlalchemy import Column, Table

from unitofwork.adapters.memory.store.foreign_keys import check_child
from unitofwork.adapters.memory.store.indexes import Index
from unitofwork.adapters.memory.store.locks import MODES, Mode, held_by_other, would_wait
from unitofwork.adapters.memory.store.referential_actions import no_action
from unitofwork.adapters.memory.store.row import Key, Row
from unitofwork.adapters.memory.store.table import Images, StoredTable, seen
from unitofwork.adapters.memory.store.unique import check_again, check_unique
from unitofwork.domain.lock import Lock, WhenTaken

if TYPE_CHECKING:
    from unitofwork.adapters.memory.store.store import Store

Columns: TypeAlias = tuple[Column[Any], ...]

Change: TypeAlias = tuple[StoredTable, int, Row | None]
"""What was there before."""

Taken: TypeAlias = tuple[StoredTable, int, Mode | None]
"""How the row was locked before."""

Check: TypeAlias = Callable[..., None]

Event: TypeAlias = tuple[Any, ...]
"""A check that is put off, and what it is given."""


class Reader(Protocol):
    """Sees the rows of tables, as one transaction does."""

    def rows(self, table: StoredTable) -> Collection[Row]:
        """Every row; it must not be iterated over while the table is written to."""
        ...

    def find(self, table: StoredTable, columns: Columns, values: tuple[Any, ...]) -> Collection[Row]:
        """The rows that have these stored values, of which None equals nothing."""
        ...

    def by_key(self, table: StoredTable, key: tuple[Any, ...]) -> Row | None:
        """The row with this primary key, in stored values."""
        ...


class Mark(NamedTuple):
    """How much a transaction had done at some time."""

    changes: int
    locks: int
    deferred: int


@attrs.define(eq=False)
class Transaction:
    """Reads what is committed, and what itself has written; every statement sees it afresh.

    Each call is one statement: on an error, what it has done so far is undone. What would wait for another transaction
    raises `LockTimeout` at once.
    """

    store: "Store"
    _changes: list[Change] = attrs.field(factory=list[Change])
    _locks: list[Taken] = attrs.field(factory=list[Taken])
    _deferred: list[Event] = attrs.field(factory=list[Event])
    _queue: list[Event] = attrs.field(factory=list[Event])

    # Reading

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
        if self.sees_all(table):
            rows = table.rows
            return [rows[number] for number in index.numbers(key)]
        return self._found(table, index, key, self.instead(table))

    def _scanned(self, table: StoredTable, columns: Columns, values: tuple[Any, ...]) -> Collection[Row]:
        finder = table.shape.finder(columns)
        key, key_of = finder.lookup(values), finder.key
        return () if key is None else [row for row in self.rows(table) if key_of(row) == key]

    def by_key(self, table: StoredTable, key: tuple[Any, ...]) -> Row | None:
        primary = table.primary
        if primary is not None and self.sees_all(table):
            number = primary.entries.get(primary.lookup(key))
            return None if number is None else table.rows[number]
        return next(iter(Transaction.find(self, table, table.shape.primary_columns, key)), None)

    def sees_all(self, table: StoredTable) -> bool:
        """Whether what is there now is what this transaction sees."""
        writer = table.writer
        return writer is None or writer is self

    def instead(self, table: StoredTable) -> Images:
        """What this transaction sees instead of rows that are there now."""
        return table.before(self)

    def numbers(self, table: StoredTable, index: Index, key: Key) -> Iterator[int]:
        """The rows with a key that this transaction sees."""
        return (row[0] for row in self._found(table, index, key, self.instead(table)))

    def newest(self, table: StoredTable, index: Index, key: Key | None) -> list[int]:
        """The rows with a key that are committed by now, or are this transaction's own."""
        return [] if key is None else [row[0] for row in self._found(table, index, key, table.before(self))]

    @staticmethod
    def _found(table: StoredTable, index: Index, key: Key, instead: Images) -> list[Row]:
        rows = table.rows
        found = [rows[number] for number in index.numbers(key) if number not in instead]
        found.extend(row for row in instead.values() if row is not None and index.key(row) == key)
        return found

    # Statements

    def insert(self, table: StoredTable, rows: Sequence[Mapping[Column[Any], object]]) -> list[Row]:
        """Insert rows, given as Python values, and return them as they are kept.

        Raises:
            InvalidValue: or one of its kinds.
            ConstraintViolation: or one of its kinds.
            LockTimeout: another transaction is in the way.
        """
        shape = table.shape
        plans = [shape.convert(given) for given in rows]
        mark = self.savepoint()
        try:
            made = [self._insert_row(table, values, defaults) for values, defaults in plans]
            self._end_statement()
        except BaseException:
            self.rollback_to(mark)
            raise
        return made

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
        converted = [(row[0], table.shape.converted(values)) for row, values in changes]
        mark = self.savepoint()
        try:
            made = [self.update_row(table, number, values) for number, values in converted]
            self._end_statement()
        except BaseException:
            self.rollback_to(mark)
            raise
        return made

    def delete(self, table: StoredTable, rows: Sequence[Row]) -> int:
        """Delete rows, which are told by their numbers, and return how many were there.

        Raises:
            ConstraintViolation: or one of its kinds.
            LockTimeout: another transaction is in the way.
            SerializationConflict: another transaction changed a row since the snapshot.
        """
        mark = self.savepoint()
        try:
            deleted = sum(self.delete_row(table, row[0]) for row in rows)
            self._end_statement()
        except BaseException:
            self.rollback_to(mark)
            raise
        return deleted

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
                if skip and held_by_other(table.locks.get(number, {}), self, mode):
                    continue
                self.check_unchanged(table, number)
                self.lock(table, number, mode)
                locked.append(table.rows[number])
        except BaseException:
            self.rollback_to(mark)
            raise
        return locked

    # Savepoints and the end

    def savepoint(self) -> Mark:
        """Remember what was done so far."""
        return Mark(len(self._changes), len(self._locks), len(self._deferred))

    def rollback_to(self, mark: Mark) -> None:
        """Undo what was done since, and release the rows that were locked since."""
        self._queue.clear()
        if mark == (len(self._changes), len(self._locks), len(self._deferred)):
            return
        touched: set[StoredTable] = set()
        while len(self._changes) > mark.changes:
            table, number, old = self._changes.pop()
            table.put(number, table.rows.get(number), old)
            images = table.uncommitted[self]
            if images[number] is old:
                del images[number]
                touched.add(table)
        for table in touched:
            if not table.uncommitted[self]:
                table.leave(self)
        while len(self._locks) > mark.locks:
            table, number, mode = self._locks.pop()
            self._unlock(table, number, mode)
        del self._deferred[mark.deferred :]

    def commit(self) -> None:
        """Keep what was done; on an error nothing is kept.

        Raises:
            ConstraintViolation: of a constraint that is checked as late as that.
            LockTimeout: another transaction is in the way of such a check.
            SerializationConflict: no order of this transaction and others would have come to the same.
        """
        try:
            self._queue.extend(self._deferred)
            self._end_statement()
            self.check_commit()
        except BaseException:
            self.rollback()
            raise
        written = self.written()
        if written:
            self.store.publish(self, written)
            for table in written:
                table.leave(self)
        self._end()

    def rollback(self) -> None:
        """Undo what was done."""
        self.rollback_to(Mark(0, 0, 0))
        self._end()

    def replaced(self, table: StoredTable) -> Iterator[Row]:
        """Every row that was there before it was changed or deleted, and may be there again."""
        return (old for other, _, old in self._changes if other is table and old is not None)

    def written(self) -> dict[StoredTable, Images]:
        """What this transaction replaced, by table."""
        return {table: table.uncommitted[self] for table in {table for table, _, _ in self._changes}}

    def _end(self) -> None:
        if self._locks:
            self._release()
        self._changes, self._deferred = [], []
        self.forget()

    def _release(self) -> None:
        for table, number, _ in self._locks:
            holders = table.locks.get(number)
            if holders is not None:
                holders.pop(self, None)
                if not holders:
                    del table.locks[number]
        self._locks = []

    # What isolation decides

    def check_unchanged(self, table: StoredTable, number: int) -> None:
        """Refuse a row that was changed since what this transaction sees."""

    def check_key_unchanged(self, table: StoredTable, number: int) -> None:
        """Refuse a row whose key was changed since what this transaction sees."""

    def check_same_key(self, table: StoredTable, there: Row, new: Row) -> None:
        """Refuse a row because of one with the same key, unless that one is simply there."""

    def forget(self) -> None:
        """Be forgotten by those that had to know of this transaction while it was open."""

    def check_commit(self) -> None:
        """Refuse to commit what no order of transactions would have come to."""

    # Single rows, for statements and for referential actions

    def current(self, table: StoredTable, number: int) -> Row | None:
        """The row as this transaction sees it, or None."""
        if not self.sees_all(table):
            instead = self.instead(table)
            if number in instead:
                return instead[number]
        return table.rows.get(number)

    def _insert_row(self, table: StoredTable, values: list[Any], defaults: Any) -> Row:
        for place, make in defaults:
            values[place] = make(self)
        number = values[0] = table.new_number()
        row = tuple(values)
        shape = table.shape
        shape.check(self, row)
        doubtful = check_unique(self, table, row)
        self._write(table, number, None, row)
        for key in shape.foreign_keys:
            self.later(key.deferred, check_child, key, row)
        for unique in doubtful:
            self.later(unique.deferred, check_again, unique, table, row)
        return row

    def update_row(self, table: StoredTable, number: int, values: Sequence[tuple[int, Any]]) -> Row | None:
        """Change a row to stored values, as part of a statement."""
        old = self.current(table, number)
        if old is None:
            return None
        changed = list(old)
        for place, value in values:
            changed[place] = value
        row = tuple(changed)
        shape = table.shape
        shape.check(self, row)
        self.check_unchanged(table, number)
        moved = any(old[place] != row[place] for place in shape.key_places)
        self.lock(table, number, Mode.UPDATE if moved else Mode.NO_KEY_UPDATE)
        doubtful = check_unique(self, table, row) if moved else ()
        self._write(table, number, old, row)
        if moved:
            for key in shape.referred_by:
                before = key.parent_key(old)
                if before is not None and before != key.parent_key(row):
                    self.later(key.deferred and key.on_update is no_action, key.on_update, key, old, row)
        for key in shape.foreign_keys:
            if key.key(old) != key.key(row) or table.uncommitted[self][number] is None:
                self.later(key.deferred, check_child, key, row)
        for unique in doubtful:
            self.later(unique.deferred, check_again, unique, table, row)
        return row

    def delete_row(self, table: StoredTable, number: int) -> bool:
        """Delete a row, as part of a statement; say whether it was there."""
        old = self.current(table, number)
        if old is None:
            return False
        self.check_unchanged(table, number)
        self.lock(table, number, Mode.UPDATE)
        self._write(table, number, old, None)
        for key in table.shape.referred_by:
            if key.parent_key(old) is not None:
                self.later(key.deferred and key.on_delete is no_action, key.on_delete, key, old, None)
        return True

    def _write(self, table: StoredTable, number: int, old: Row | None, new: Row | None) -> None:
        images = table.uncommitted.get(self)
        if images is None:
            images = table.enter(self)
        if number not in images:
            images[number] = old
        self._changes.append((table, number, old))
        table.put(number, old, new)

    def later(self, deferred: bool, check: Check, *args: Any) -> None:
        """Check something when the statement ends, or at commit."""
        (self._deferred if deferred else self._queue).append((check, *args))

    def _end_statement(self) -> None:
        """Check, and do, what was put off; each may put off more."""
        if self._queue:
            for check, *args in self._queue:  # which may grow meanwhile
                check(self, *args)
            self._queue.clear()

    def lock(self, table: StoredTable, number: int, mode: Mode) -> None:
        """Lock a row until the transaction ends.

        Raises:
            LockTimeout: another transaction has locked it.
        """
        holders = table.locks.get(number)
        if holders is None:
            table.locks[number] = {self: mode}
            self._locks.append((table, number, None))
            return
        held = holders.get(self)
        if held is not None and held >= mode:
            return
        if held_by_other(holders, self, mode):
            raise would_wait(table.shape.table.name)
        holders[self] = mode
        self._locks.append((table, number, held))

    def _unlock(self, table: StoredTable, number: int, mode: Mode | None) -> None:
        """Hold a row no longer, or as weakly as before."""
        holders = table.locks[number]
        if mode is not None:
            holders[self] = mode
            return
        del holders[self]
        if not holders:
            del table.locks[number]
