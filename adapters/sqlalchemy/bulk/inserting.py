"""`insert_many`: rows of mappings become rows of a table."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, Dialect, insert
from sqlalchemy.orm import Mapper

from unitofwork.adapters.session.many.shape import shape_of
from unitofwork.adapters.session.many.writing import write_many
from unitofwork.adapters.sqlalchemy.bulk import mariadb, postgresql, sqlite
from unitofwork.adapters.sqlalchemy.bulk.sending import Send, send_in_savepoint
from unitofwork.adapters.sqlalchemy.bulk.statements import DriverStatement, binder_of, compiled, with_placeholders
from unitofwork.adapters.sqlalchemy.bulk.writing import Plan, by_statement
from unitofwork.adapters.sqlalchemy.prepared import MOST

InsertPlans: TypeAlias = Callable[[Mapper[Any], Dialect, tuple[str, ...]], Plan]
"""Gives the plan for rows of a class, on a database, that give attributes of these names."""


def insert_plans() -> InsertPlans:
    """Plans, each made once for all rows of its shape and kept, the last used ones at most; threads may share them."""
    return lru_cache(MOST)(_plan)


def insert_many(connection: Connection, mapper: Mapper[Any], rows: Iterable[object], plans: InsertPlans) -> int:
    """Insert rows, and return how many."""
    dialect = connection.dialect
    return write_many(connection, mapper, rows, lambda names: plans(mapper, dialect, names), send_in_savepoint)


def _plan(mapper: Mapper[Any], dialect: Dialect, names: tuple[str, ...]) -> Plan:
    shape = shape_of(mapper, dialect, names, binder_of(dialect))
    if dialect.name == "postgresql" and postgresql.can_copy(shape, dialect):
        return postgresql.copying(shape, dialect)
    statement = compiled(with_placeholders(insert(shape.table), shape.columns), dialect)
    send = sending(statement, dialect)
    if dialect.name in ("mariadb", "mysql"):
        from unitofwork.adapters.sqlalchemy.bulk import mariadb_local  # which needs the driver

        if mariadb_local.can_load(shape, statement, dialect):
            return mariadb_local.loading(shape, statement, send, dialect)
    return by_statement(shape, statement, send)


def sending(statement: DriverStatement, dialect: Dialect) -> Send:
    """What sends rows by the statement, together where the database gains by that."""
    return _SENDING.get(dialect.name, _each)(statement)


def _each(statement: DriverStatement) -> Send:
    return statement.run


_SENDING: dict[str, Callable[[DriverStatement], Send]] = {
    "sqlite": sqlite.sending,
    "mariadb": mariadb.sending,
    "mysql": mariadb.sending,
}
"""What sends rows together, by database."""
