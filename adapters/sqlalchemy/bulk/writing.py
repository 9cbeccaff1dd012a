"""How rows are written by SQL."""

from contextlib import nullcontext
from typing import Any, TypeAlias

from sqlalchemy import Column, Connection

from unitofwork.adapters.session.many import writing
from unitofwork.adapters.session.many.shape import Shape
from unitofwork.adapters.sqlalchemy.bulk.sending import Send
from unitofwork.adapters.sqlalchemy.bulk.statements import DriverStatement

Plan: TypeAlias = writing.Plan[Connection]


def by_statement(shape: Shape, statement: DriverStatement, send: Send, key: tuple[Column[Any], ...] = ()) -> Plan:
    """A plan by which rows are sent by a statement."""
    return Plan(shape, lambda _: nullcontext(send), statement.arranged, key)
