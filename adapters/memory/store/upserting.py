"""Rows that are inserted, or change the row that has their key: INSERT … ON CONFLICT."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import attrs
from sqlalchemy import Column

from unitofwork.adapters.memory.store.indexes import Index
from unitofwork.adapters.memory.store.locks import Mode, would_wait
from unitofwork.adapters.memory.store.row import Row
from unitofwork.adapters.memory.store.table import StoredTable
from unitofwork.adapters.memory.store.writing import Writer
from unitofwork.domain.errors import UnsupportedQuery

Change: TypeAlias = Callable[[Row, Row], Sequence[tuple[int, Any]]]
"""Given the row that is there and the new one: what is changed in the first, by place, in stored values."""


@attrs.frozen(eq=False)
class OnConflict:
    """What becomes of new rows whose key is there.

    Attributes:
        table: the rows that may be there.
        arbiters: the indexes of the key's rules.
        change: how those are changed; None if they are left as they are.
    """

    table: StoredTable
    arbiters: tuple[Index, ...]
    change: Change | None

    @classmethod
    def of(cls, table: StoredTable, key: Sequence[Column[Any]], change: Change | None) -> "OnConflict":
        """For rows that are told by a key.

        Raises:
            UnsupportedQuery: no rule that is checked row by row is about just these columns.
        """
        wanted = set(key)
        rules = [(unique, index) for unique, index in table.checked if unique.is_key and set(unique.columns) == wanted]
        if not rules or any(unique.deferrable for unique, _ in rules):
            names = ", ".join(column.name for column in key)
            raise UnsupportedQuery(
                f"no unique rule about {names} of {table.shape.table.name} is checked at once, by which an upsert could"
                " tell rows apart"
            )
        return cls(table, tuple(index for _, index in rules), change)

    def write(self, me: Writer, new: Row) -> None:
        """Insert a row that was made, or change the one that has its key, as part of a statement.

        That may be a row that the statement has written: PostgreSQL refuses it then, so that the two rows are sent by
        two statements, which comes to the same.
        """
        number = self._there(me, new)
        if number is None:
            me.add_row(self.table, new)
            return
        me.check_unchanged(self.table, number)
        if self.change is not None:
            values = self.change(self.table.rows[number], new)
            if any(place in self.table.shape.key_places for place, _ in values):
                me.lock(self.table, number, Mode.UPDATE)  # be it the same key: PostgreSQL locks before it compares
            me.update_row(self.table, number, values)

    def _there(self, me: Writer, new: Row) -> int | None:
        """The row with the key, even if the transaction does not see it yet."""
        for index in self.arbiters:
            key = index.key(new)
            for number in () if key is None else index.numbers(key):
                if not me.sees_all(self.table) and number in self.table.before(me):
                    raise would_wait(self.table.shape.table.name)
                return number
        return None
