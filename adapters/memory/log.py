"""What SQL would have needed: the statements that the twin's units would have sent."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

import attrs
from sqlalchemy import Column, Table


@attrs.define
class Log:
    """The statements since it was last read, in the order in which they would have been sent."""

    _sent: list[tuple[str, str, tuple[str, ...]]] = attrs.field(factory=list[tuple[str, str, tuple[str, ...]]])

    def selected(self, tables: Iterable[Table]) -> None:
        """A question was asked of tables."""
        self._sent.append(("SELECT", ", ".join(table.name for table in tables), ()))

    def inserted(self, table: Table, columns: Iterable[Column[Any]]) -> None:
        """Rows were inserted."""
        self._sent.append(("INSERT", table.name, tuple(column.name for column in columns)))

    def updated(self, table: Table, columns: Iterable[Column[Any]]) -> None:
        """Rows were changed."""
        self._sent.append(("UPDATE", table.name, tuple(column.name for column in columns)))

    def deleted(self, table: Table) -> None:
        """Rows were deleted."""
        self._sent.append(("DELETE", table.name, ()))

    def __len__(self) -> int:
        return len(self._sent)

    def taken(self) -> list[str]:
        """The statements as text, which are forgotten then."""
        sent, self._sent = self._sent, []
        return [_TEXTS[kind](table, columns) for kind, table, columns in sent]


def _insert(table: str, columns: Collection[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' for _ in columns)})"


def _update(table: str, columns: Collection[str]) -> str:
    return f"UPDATE {table} SET {', '.join(f'{column} = ?' for column in columns)} WHERE ..."


def _select(table: str, _: Collection[str]) -> str:
    return f"SELECT ... FROM {table}"


def _delete(table: str, _: Collection[str]) -> str:
    return f"DELETE FROM {table} WHERE ..."


_TEXTS: dict[str, Callable[[str, Collection[str]], str]] = {
    "SELECT": _select,
    "INSERT": _insert,
    "UPDATE": _update,
    "DELETE": _delete,
}
