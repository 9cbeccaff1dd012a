"""Transactions that come out as if they ran one after the other, however they overlap.

As in PostgreSQL, by the method of Cahill, Röhm and Fekete, "Serializable Isolation for Snapshot Databases" (2008): each
reads from its snapshot, and what one reads and a concurrent one writes puts the reader before the writer. An outcome
that no order explains needs two such steps in a row, of which the last transaction was the first to commit.
"""

from collections.abc import Collection
from typing import Any

import attrs

from unitofwork.adapters.memory.containers import new_dict, new_list, new_set
from unitofwork.adapters.memory.store.reading import Columns
from unitofwork.adapters.memory.store.row import Key, Row
from unitofwork.adapters.memory.store.snapshots import SnapshotTransaction, came_first
from unitofwork.adapters.memory.store.table import StoredTable

Touched = dict[StoredTable, list[Row]]
"""What a transaction wrote: rows as they were, and as they are."""


@attrs.define(eq=False, repr=False)
class SerializableTransaction(SnapshotTransaction):
    """Remembers what it read, which is whole tables or keys.

    Attributes:
        began: how many others had committed when the snapshot was taken.
        ended: how many had when this one did, itself included; None while it is open.
        touched: what it wrote, once it is committed.
        earliest: when the first of those committed that must come after this one; None if there is none.
    """

    began: int | None = None
    ended: int | None = None
    touched: Touched = attrs.field(factory=Touched)
    earliest: int | None = None
    _whole: set[StoredTable] = attrs.field(factory=new_set)
    _sought: dict[StoredTable, set[tuple[Columns, Key]]] = attrs.field(factory=new_dict)

    def start(self) -> None:
        if self.began is None:
            self.began = self.store.order.begin(self)
            super().start()

    def forget(self) -> None:
        super().forget()
        self.store.order.forget(self)

    def rows(self, table: StoredTable) -> Collection[Row]:
        self._whole.add(table)
        return super().rows(table)

    def find(self, table: StoredTable, columns: Columns, values: tuple[Any, ...]) -> Collection[Row]:
        if table.index(columns) is None:
            self._whole.add(table)
        else:
            self._sought.setdefault(table, set()).add((columns, table.shape.finder(columns).lookup(values)))
        return super().find(table, columns, values)

    def by_key(self, table: StoredTable, key: tuple[Any, ...]) -> Row | None:
        columns = table.shape.primary_columns
        self._sought.setdefault(table, set()).add((columns, table.shape.finder(columns).lookup(key)))
        return super().by_key(table, key)

    def has_read(self, table: StoredTable, rows: Collection[Row]) -> bool:
        """Whether it read, or looked for, one of these rows."""
        return table in self._whole or any(
            table.shape.finder(columns).key(row) == key for columns, key in self._sought.get(table, ()) for row in rows
        )

    def check_same_key(self, table: StoredTable, there: Row, new: Row) -> None:
        others = self.store.order.concurrent(self)
        if self.has_read(table, [there]) and any(
            other.ended is not None and there in other.touched.get(table, ()) and other.has_read(table, [new])
            for other in others
        ):
            raise came_first()

    def check_commit(self) -> None:
        if self.began is None:
            return
        self.touched = {
            table: [
                row for number, before in images.items() for row in (before, table.rows.get(number)) if row is not None
            ]
            for table, images in self.written.items()
        }
        self.store.order.check(self)
        self.ended = self.store.order.commit()

    def ended_before(self, other: "SerializableTransaction") -> bool:
        """Whether it was committed before the other took its snapshot, or the other is committed before that."""
        return self.ended is not None and other.began is not None and self.ended <= other.began


@attrs.define(eq=False, repr=False)
class Order:
    """The serializable transactions of a database that are open, or overlap with one that is."""

    _commits: int = 0
    _known: list[SerializableTransaction] = attrs.field(factory=new_list)

    def begin(self, transaction: SerializableTransaction) -> int:
        """Take note of one; say how many were committed before."""
        self._known.append(transaction)
        return self._commits

    def commit(self) -> int:
        """Count a commit."""
        self._commits += 1
        return self._commits

    def forget(self, ended: SerializableTransaction) -> None:
        """Let go of those that overlap with none that is open, and of one that was rolled back."""
        if ended.ended is None and ended in self._known:
            self._known.remove(ended)
        oldest = min((each.began or 0 for each in self._known if each.ended is None), default=self._commits)
        self._known = [each for each in self._known if each.ended is None or each.ended > oldest]

    def concurrent(self, me: SerializableTransaction) -> list[SerializableTransaction]:
        """Those that overlap with one."""
        return [each for each in self._known if each is not me and not each.ended_before(me)]

    def check(self, me: SerializableTransaction) -> None:
        """Refuse to commit what would leave no order.

        Raises:
            SerializationConflict: it would.
        """
        others = self.concurrent(me)
        after = [each for each in others if each.ended is not None and _comes_before(me, each)]
        me.earliest = min((each.ended for each in after if each.ended is not None), default=None)
        if me.earliest is not None and any(
            _comes_before(each, me)
            and _may_be_first(each, me.earliest, writes=each.ended is None or bool(each.touched))
            for each in others
        ):
            raise came_first()
        writes = bool(me.touched)
        if any(each.earliest is not None and _may_be_first(me, each.earliest, writes=writes) for each in after):
            raise came_first()


def _comes_before(reader: SerializableTransaction, writer: SerializableTransaction) -> bool:
    """Whether one read what the other replaced or added."""
    return any(reader.has_read(table, rows) for table, rows in writer.touched.items())


def _may_be_first(me: SerializableTransaction, last_committed: int, *, writes: bool) -> bool:
    """Whether a transaction can be the first of three, the last of which was committed then.

    The last one was committed before it; or before its snapshot, if it only reads.
    """
    if writes:
        return me.ended is None or me.ended >= last_committed
    return last_committed <= (me.began or 0)
