"""`upsert_many`: rows of mappings are inserted, or update the rows that have their key."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Dialect
from sqlalchemy.orm import Mapper

from unitofwork.adapters.session.many.keys import key_of
from unitofwork.adapters.session.many.upserts import Upsert
from unitofwork.adapters.session.many.writing import write_many
from unitofwork.adapters.sqlalchemy.bulk import conflicts, mariadb, postgresql
from unitofwork.adapters.sqlalchemy.bulk.sending import send_in_savepoint
from unitofwork.adapters.sqlalchemy.bulk.statements import binder_of
from unitofwork.adapters.sqlalchemy.bulk.writing import Plan


def upsert_many(
    connection: Connection, mapper: Mapper[Any], rows: Iterable[object], key: Collection[str] | None
) -> int:
    """Insert or update rows, and return how many were given.

    Raises:
        MappingError: the key is not one by which the mapping tells rows apart.
        UnsupportedQuery: rows of the table may be of other classes.
    """
    columns, dialect = key_of(mapper, key), connection.dialect
    return write_many(connection, mapper, rows, lambda names: _plan(mapper, dialect, names, columns), send_in_savepoint)


def _plan(mapper: Mapper[Any], dialect: Dialect, names: Sequence[str], key: tuple[Column[Any], ...]) -> Plan:
    upsert = Upsert.of(mapper, dialect, names, binder_of(dialect), key)
    if dialect.name in ("mariadb", "mysql"):
        return mariadb.upserting(upsert, dialect)
    if dialect.name == "postgresql" and postgresql.can_stage(upsert.shape, dialect):
        return postgresql.staging(upsert, dialect)
    return conflicts.upserting(upsert, dialect)
