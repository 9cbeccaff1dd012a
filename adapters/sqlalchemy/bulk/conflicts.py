"""Upserts by ON CONFLICT, which SQLite has from PostgreSQL."""

from typing import TypeVar

from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql, sqlite

from unitofwork.adapters.sqlalchemy.bulk.statements import compiled, placeholders
from unitofwork.adapters.sqlalchemy.bulk.upserts import Upsert
from unitofwork.adapters.sqlalchemy.bulk.writing import Plan

I = TypeVar("I", postgresql.Insert, sqlite.Insert)  # noqa: E741  # an INSERT


def upserting(upsert: Upsert, dialect: Dialect) -> Plan:
    """A plan by which the driver runs INSERT … ON CONFLICT for each row."""
    table, values = upsert.shape.table, dict(placeholders(upsert.shape.columns))
    if dialect.name == "postgresql":
        statement = compiled(on_conflict(postgresql.insert(table).values(values), upsert), dialect)
    else:
        statement = compiled(on_conflict(sqlite.insert(table).values(values), upsert), dialect)
    return Plan.by(upsert.shape, statement, upsert.key)


def on_conflict(insert: I, upsert: Upsert) -> I:
    """The INSERT, with what is set where a row with the key is there."""
    if not upsert.given:
        return insert.on_conflict_do_nothing(index_elements=list(upsert.key))
    changes = {column: insert.excluded[column.key] for column in upsert.given} | upsert.at_updates
    return insert.on_conflict_do_update(index_elements=list(upsert.key), set_={c.name: v for c, v in changes.items()})
