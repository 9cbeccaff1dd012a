"""`upsert_many`: rows of mappings are inserted, or update the rows that have their key."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Dialect
from sqlalchemy.orm import Mapper

from unitofwork.adapters.sqlalchemy.bulk import conflicts, mariadb, postgresql
from unitofwork.adapters.sqlalchemy.bulk.keys import key_of
from unitofwork.adapters.sqlalchemy.bulk.upserts import Upsert
from unitofwork.adapters.sqlalchemy.bulk.writing import Plan, write_many
from unitofwork.domain.errors import UnsupportedQuery


def upsert_many(
    connection: Connection, mapper: Mapper[Any], rows: Iterable[object], key: Collection[str] | None
) -> int:
    """Insert or update rows, and return how many were given.

    Raises:
        MappingError: the key is not one by which the mapping tells rows apart.
        UnsupportedQuery: rows of the table may be of other classes.
    """
    if mapper.polymorphic_on is not None:
        raise UnsupportedQuery(
            f"{mapper.class_.__name__} is of a hierarchy, and the row with a key may be of another class of it:"
            " upsert its entities one by one",
            entity_type=mapper.class_,
        )
    columns, dialect = key_of(mapper, key), connection.dialect
    return write_many(connection, mapper, rows, lambda names: _plan(mapper, dialect, names, columns))


def _plan(mapper: Mapper[Any], dialect: Dialect, names: Sequence[str], key: tuple[Column[Any], ...]) -> Plan:
    upsert = Upsert.of(mapper, dialect, names, key)
    if dialect.name in ("mariadb", "mysql"):
        return mariadb.upserting(upsert, dialect)
    if dialect.name == "postgresql" and postgresql.can_stage(upsert.shape, dialect):
        return postgresql.staging(upsert, dialect)
    return conflicts.upserting(upsert, dialect)
