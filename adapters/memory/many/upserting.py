"""`upsert_many`: rows of mappings are inserted, or update the rows that have their key."""

from collections.abc import Collection, Iterable
from contextlib import nullcontext
from typing import Any

from sqlalchemy import Column
from sqlalchemy.orm import Mapper

from unitofwork.adapters.memory.columns import columns_of
from unitofwork.adapters.memory.many.changes import Changes
from unitofwork.adapters.memory.many.new_rows import NewRows
from unitofwork.adapters.memory.many.target import Plan, Target, as_it_is, in_order, send_by_one_statement
from unitofwork.adapters.memory.rows_session import RowsSession
from unitofwork.adapters.memory.store import Change, Row, StoredTable, Transaction
from unitofwork.adapters.memory.values import DIALECT
from unitofwork.adapters.session.many.keys import key_of
from unitofwork.adapters.session.many.sending import Rows
from unitofwork.adapters.session.many.upserts import Upsert
from unitofwork.adapters.session.many.writing import write_many


def upsert_many(session: RowsSession, mapper: Mapper[Any], rows: Iterable[object], key: Collection[str] | None) -> int:
    """Insert or update rows, and return how many were given.

    Raises:
        MappingError: the key is not one by which the mapping tells rows apart.
        UnsupportedQuery: rows of the table may be of other classes.
    """
    columns = key_of(mapper, key)
    target = Target.of(session)
    return write_many(target, mapper, rows, lambda names: _plan(mapper, names, columns), send_by_one_statement)


def _plan(mapper: Mapper[Any], names: tuple[str, ...], key: tuple[Column[Any], ...]) -> Plan:
    upsert = Upsert.of(mapper, DIALECT, names, as_it_is, key)
    table, new_rows = upsert.shape.table, NewRows.of(upsert.shape)
    changes = Changes.of(table, upsert.version, upsert.computed)
    places = tuple(columns_of(table).place[column] for column in upsert.given)

    def send(target: Target, rows: Rows) -> None:
        def write(me: Transaction) -> None:
            stored = me.table(table)
            change = _changing(me, stored, places, changes) if places else None
            me.upsert(stored, new_rows.made(me, rows), key, change)

        target.log.inserted(table, new_rows.columns)
        target.run(write)

    return Plan(upsert.shape, lambda _: nullcontext(send), in_order, key)


def _changing(me: Transaction, table: StoredTable, places: tuple[int, ...], changes: Changes) -> Change:
    """What becomes of a row that is there: it gets what is given, and what is set at every update."""

    def change(there: Row, new: Row) -> list[tuple[int, Any]]:
        return [*((place, new[place]) for place in places), *table.shape.converted(changes.made(me, there))]

    return change
