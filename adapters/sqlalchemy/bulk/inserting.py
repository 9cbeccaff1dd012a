"""`insert_many`: rows of mappings become rows of a table."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, insert
from sqlalchemy.orm import Mapper

from unitofwork.adapters.sqlalchemy.bulk import postgresql
from unitofwork.adapters.sqlalchemy.bulk.shape import shape_of
from unitofwork.adapters.sqlalchemy.bulk.statements import compiled, placeholders
from unitofwork.adapters.sqlalchemy.bulk.writing import Plan, write_many


def insert_many(connection: Connection, mapper: Mapper[Any], rows: Iterable[object]) -> int:
    """Insert rows, and return how many."""
    dialect = connection.dialect
    return write_many(connection, mapper, rows, lambda names: _plan(mapper, dialect, names))


def _plan(mapper: Mapper[Any], dialect: Dialect, names: Sequence[str]) -> Plan:
    shape = shape_of(mapper, dialect, names)
    if dialect.name == "postgresql" and postgresql.can_copy(shape, dialect):
        return postgresql.copying(shape, dialect)
    return Plan.by(shape, compiled(insert(shape.table).values(dict(placeholders(shape.columns))), dialect))
