"""Where many rows are written: one connection, whatever becomes of its session while they are read."""

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

import attrs
from sqlalchemy import Column
from sqlalchemy.orm import Mapper

from unitofwork.adapters.memory.engine import MemoryConnection
from unitofwork.adapters.memory.log import Log
from unitofwork.adapters.memory.rows_session import RowsSession
from unitofwork.adapters.memory.store import Transaction
from unitofwork.adapters.session.many import writing
from unitofwork.adapters.session.many.columns import Bind, Values
from unitofwork.adapters.session.many.sending import Rows
from unitofwork.domain.errors import InvalidValue

T = TypeVar("T")


@attrs.frozen
class Target:
    """The connection of a session, and whose rows are written there."""

    session: RowsSession
    connection: MemoryConnection
    mapper: Mapper[Any]

    @classmethod
    def of(cls, session: RowsSession, mapper: Mapper[Any]) -> "Target":
        """The connection that the session has now."""
        return cls(session, cast(MemoryConnection, session.connection()), mapper)

    @property
    def log(self) -> Log:
        """Takes what SQL would have been sent."""
        return self.session.log

    def run(self, ask: Callable[[Transaction], T]) -> T:
        """Do something to the rows while nobody else does."""
        try:
            return self.session.run(self.connection, ask)
        except InvalidValue as error:  # of which a column knows no class
            error.entity_type = self.mapper.class_
            raise


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
