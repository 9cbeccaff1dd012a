"""What SQL would have needed: the statements that the twin's units would have sent."""

from collections.abc import Collection, Generator, Iterable
from contextlib import contextmanager
from typing import Any

import attrs
from sqlalchemy import Column, Table

from unitofwork.adapters.memory.faults import Faults
from unitofwork.domain.observing import LISTENING


@attrs.define(eq=False)
class Log:
    """Is told of each statement that would have been sent, before what it says is done.

    Attributes:
        faults: what is to fail.
    """

    faults: Faults
    _counting: tuple[list[str], ...] = ()

    def selected(self, tables: Collection[Table]) -> None:
        """A question was asked of tables."""
        if self._counting or LISTENING.on:
            self._note(f"SELECT ... FROM {', '.join(table.name for table in tables)}")
        if self.faults.watching:
            self.faults.meet("select", tables)

    def inserted(self, table: Table, columns: Iterable[Column[Any]]) -> None:
        """Rows were inserted."""
        if self._counting or LISTENING.on:
            names = [column.name for column in columns]
            self._note(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})")
        if self.faults.watching:
            self.faults.meet("insert", (table,))

    def updated(self, table: Table, columns: Iterable[Column[Any]]) -> None:
        """Rows were changed."""
        if self._counting or LISTENING.on:
            self._note(f"UPDATE {table.name} SET {', '.join(f'{column.name} = ?' for column in columns)} WHERE ...")
        if self.faults.watching:
            self.faults.meet("update", (table,))

    def deleted(self, table: Table) -> None:
        """Rows were deleted."""
        if self._counting or LISTENING.on:
            self._note(f"DELETE FROM {table.name} WHERE ...")
        if self.faults.watching:
            self.faults.meet("delete", (table,))

    @contextmanager
    def counting(self) -> Generator[list[str]]:
        """Take down the statements inside a block, in the order in which they would have been sent."""
        statements: list[str] = []
        self._counting = (*self._counting, statements)
        try:
            yield statements
        finally:
            self._counting = tuple(each for each in self._counting if each is not statements)

    def _note(self, statement: str) -> None:
        for statements in self._counting:
            statements.append(statement)
        listener = LISTENING.here()
        if listener is not None:
            listener.sending(statement, "memory")
            listener.sent(None)
