"""Upserts by ON CONFLICT, which SQLite has from PostgreSQL."""

from typing import TypeVar

from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from unitofwork.adapters.session.many.upserts import Upsert
from unitofwork.adapters.sqlalchemy.bulk.sqlite import sending
from unitofwork.adapters.sqlalchemy.bulk.statements import compiled, with_placeholders
from unitofwork.adapters.sqlalchemy.bulk.writing import Plan, by_statement

I = TypeVar("I", postgresql.Insert, sqlite.Insert)  # noqa: E741  # an INSERT


def upserting(upsert: Upsert, dialect: Dialect) -> Plan:
    """A plan by which the driver runs INSERT … ON CONFLICT."""
    shape = upsert.shape
    if dialect.name == "postgresql":
        each_row = with_placeholders(postgresql.insert(shape.table), shape.columns)
        by_driver = compiled(each_row, dialect, on_conflict(each_row, upsert))
        return by_statement(shape, by_driver, by_driver.run, upsert.key)
    plain = with_placeholders(sqlite.insert(shape.table), shape.columns)
    together = compiled(plain, dialect, on_conflict(plain, upsert))
    return by_statement(shape, together, sending(together), upsert.key)


def on_conflict(insert: I, upsert: Upsert) -> I:
    """The INSERT, with what is set where a row with the key is there."""
    if not upsert.given:
        return insert.on_conflict_do_nothing(index_elements=list(upsert.key))
    changes = {column: insert.excluded[column.key] for column in upsert.given} | upsert.at_updates
    return insert.on_conflict_do_update(index_elements=list(upsert.key), set_={c.name: v for c, v in changes.items()})
