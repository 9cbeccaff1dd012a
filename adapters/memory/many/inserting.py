"""`insert_many`: rows of mappings become rows of the store."""

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from functools import lru_cache, partial
from typing import Any, TypeAlias

from sqlalchemy.orm import Mapper

from unitofwork.adapters.memory.many.new_rows import NewRows
from unitofwork.adapters.memory.many.target import Plan, Target, as_it_is, in_order, send_by_one_statement
from unitofwork.adapters.memory.rows_session import RowsSession
from unitofwork.adapters.memory.values import DIALECT
from unitofwork.adapters.session.many.sending import Rows
from unitofwork.adapters.session.many.shape import shape_of
from unitofwork.adapters.session.many.writing import write_many

InsertPlans: TypeAlias = Callable[[Mapper[Any], tuple[str, ...]], Plan]
"""Gives the plan for rows of a class that give attributes of these names."""

MOST = 500
"""How many plans are kept."""


def insert_plans() -> InsertPlans:
    """Plans, each made once for all rows of its shape and kept, the last used ones at most; threads may share them."""
    return lru_cache(MOST)(_plan)


def insert_many(session: RowsSession, mapper: Mapper[Any], rows: Iterable[object], plans: InsertPlans) -> int:
    """Insert rows, and return how many."""
    return write_many(Target.of(session), mapper, rows, partial(plans, mapper), send_by_one_statement)


def _plan(mapper: Mapper[Any], names: tuple[str, ...]) -> Plan:
    shape = shape_of(mapper, DIALECT, names, as_it_is)
    new_rows = NewRows.of(shape)

    def send(target: Target, rows: Rows) -> None:
        target.log.inserted(shape.table, new_rows.columns)
        target.run(lambda me: me.insert(me.table(shape.table), new_rows.made(me, rows)))

    return Plan(shape, lambda _: nullcontext(send), in_order)
