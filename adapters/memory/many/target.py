"""Where many rows are written: one connection, whatever becomes of its session while they are read."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import attrs
from sqlalchemy import Column

from unitofwork.adapters.memory.engine import MemoryConnection
from unitofwork.adapters.memory.log import Log
from unitofwork.adapters.memory.rows_session import RowsSession
from unitofwork.adapters.memory.store import Transaction
from unitofwork.adapters.session.many import writing
from unitofwork.adapters.session.many.columns import Bind, Values
from unitofwork.adapters.session.many.sending import Rows

T = TypeVar("T")


@attrs.frozen
class Target:
    """The connection of a session."""

    session: RowsSession
    connection: MemoryConnection

    @classmethod
    def of(cls, session: RowsSession) -> "Target":
        """The connection that the session has now."""
        return cls(session, cast(MemoryConnection, session.connection()))

    @property
    def log(self) -> Log:
        """Takes what SQL would have been sent."""
        return self.session.log

    def run(self, ask: Callable[[Transaction], T]) -> T:
        """Do something to the rows while nobody else does."""
        return self.session.run(self.connection, ask)


Plan: TypeAlias = writing.Plan[Target]
Send: TypeAlias = writing.Send[Target]


def send_by_one_statement(target: Target, send: Send, rows: Rows) -> None:
    """Send rows; the store keeps all or none of one statement's."""
    send(target, rows)


def as_it_is(_: Column[Any]) -> Bind | None:
    """Leave values as they are: the store converts them."""
    return None


def in_order(columns: list[Values], count: int) -> Rows:
    """As many rows of these columns."""
    return list(zip(*columns, strict=True)) if columns else [()] * count
