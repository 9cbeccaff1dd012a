"""What a transaction has done to rows and holds of them, and how to undo it."""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import attrs

from unitofwork.adapters.memory.containers import new_dict, new_list
from unitofwork.adapters.memory.store.locks import Mode, held_by_other, would_wait
from unitofwork.adapters.memory.store.reading import View
from unitofwork.adapters.memory.store.row import Row
from unitofwork.adapters.memory.store.table import Images, StoredTable

Change: TypeAlias = tuple[StoredTable, int, Row | None]
"""What was there before."""

Taken: TypeAlias = tuple[StoredTable, int, Mode | None]
"""How the row was locked before."""


class Mark(NamedTuple):
    """How much a transaction had done at some time."""

    changes: int
    locks: int


@attrs.define(eq=False, repr=False)
class Undo(View):
    """Writes and locks rows, and remembers what was before."""

    written: dict[StoredTable, Images] = attrs.field(init=False, factory=new_dict)
    """What this transaction replaced, by table."""
    _changes: list[Change] = attrs.field(init=False, factory=new_list)
    _locks: list[Taken] = attrs.field(init=False, factory=new_list)

    def keep(self, table: StoredTable, number: int, old: Row | None) -> None:
        """Remember a row that is about to be replaced; None for one that is about to be inserted."""
        images = self.written.get(table)
        if images is None:
            images = self.written[table] = table.enter(self)
        if number not in images:
            images[number] = old
        self._changes.append((table, number, old))

    def begin_writing(self, table: StoredTable) -> Images:
        """What is replaced of a table, to be filled by who writes rows at once."""
        images = self.written.get(table)
        if images is None:
            images = self.written[table] = table.enter(self)
        return images

    def end_writing(self, table: StoredTable) -> None:
        """Have written nothing to a table."""
        del self.written[table]
        table.leave(self)

    def has_written(self, table: StoredTable, number: int) -> bool:
        """Whether what is there now is the transaction's own."""
        images = self.written.get(table)
        return images is not None and number in images

    def replaced(self, table: StoredTable) -> Iterator[Row]:
        """Every row that was there before it was changed or deleted, and may be there again."""
        return (old for other, _, old in self._changes if other is table and old is not None)

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

    def mark(self) -> Mark:
        """How much was done so far."""
        return Mark(len(self._changes), len(self._locks))

    def undo(self, mark: Mark) -> None:
        """Undo what was done since, and release the rows that were locked since."""
        while len(self._changes) > mark.changes:
            table, number, old = self._changes.pop()
            _put_back(table, number, old)
            images = self.written[table]
            if images[number] is old:
                del images[number]
        for table in [table for table, images in self.written.items() if not images]:
            self.end_writing(table)
        while len(self._locks) > mark.locks:
            table, number, mode = self._locks.pop()
            self._unlock(table, number, mode)

    def release(self) -> None:
        """Let others write where this transaction has written, and lock what it has locked."""
        if self.written:
            for table in self.written:
                table.leave(self)
            self.written, self._changes = {}, []
        for table, number, before in self._locks:
            if before is None:  # or the row was locked already, and comes before in the list
                locks = table.locks
                holders = locks.pop(number)
                if len(holders) > 1:
                    del holders[self]
                    locks[number] = holders
        self._locks = []


def _put_back(table: StoredTable, number: int, old: Row | None) -> None:
    """Have a row as it was; None stands for no row."""
    if old is None:
        table.remove(number, table.rows[number])
    elif number in table.rows:
        table.change(number, table.rows[number], old)
    else:
        table.add(number, old)
