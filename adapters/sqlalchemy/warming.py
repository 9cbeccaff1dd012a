"""Warming up: what makes the first unit of a process slow, done before."""

from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import Column, Dialect, Integer, String, Table
from sqlalchemy.orm import Mapper, registry

from unitofwork.adapters.orm.values import checks
from unitofwork.adapters.session.orm_session import OrmSession
from unitofwork.adapters.sqlalchemy.keys import StatementLookup
from unitofwork.adapters.sqlalchemy.private import compile_update, flush_nothing
from unitofwork.domain.entity import entity
from unitofwork.domain.errors import ConnectionLost, DatabaseUnavailable, PersistenceError
from unitofwork.domain.ports import Database

_TIMES = 20
"""After so many times the interpreter has specialized what it runs."""


@entity
class Rehearsed:
    """An entity for `rehearse` alone."""

    text: str
    id: int | None = None


class Kept(Database, Protocol):
    """A database whose schema can be created."""

    def create_schema(self) -> None:
        """Create it."""
        ...


def rehearse(open_database: Callable[[str, registry], Kept]) -> None:
    """Let the interpreter run all code of a small unit, on a database in memory that nobody else sees."""
    mapping = registry()
    columns = (Column("id", Integer, primary_key=True), Column("text", String))
    mapping.map_imperatively(Rehearsed, Table("rehearsed", mapping.metadata, *columns))
    database = open_database("sqlite://", mapping)
    try:
        database.create_schema()
        for step in range(_TIMES):
            session = database.session(read_only=False, isolation=None, autoflush=True, expire_on_commit=False)
            if step == 0:
                session.add(Rehearsed("first", 1))
            else:
                found = session.get(Rehearsed, 1, None)
                assert found is not None
                found.text = str(step)
            session.commit()
            session.close()
    finally:
        database.dispose()
        mapping.dispose()


def compile_updates(mapper: Mapper[object], dialect: Dialect) -> None:
    """Compile the UPDATE of each single attribute, which is what most small units send."""
    for attribute in mapper.column_attrs:
        for column in attribute.columns:
            table = column.table if isinstance(column, Column) else None
            if isinstance(table, Table) and not column.primary_key:
                compile_update(mapper, table, column, dialect)


def work_in_vain(session: OrmSession, mapper: Mapper[Any], lookup: StatementLookup[Any]) -> None:
    """Ask for an entity by a key that none has, and flush none, which both work out what is kept for the next time."""
    checks(mapper, session.get_bind(mapper).dialect)
    flush_nothing(session, mapper)
    try:
        lookup.load(session, (None,) * len(lookup.names), None)
    except (DatabaseUnavailable, ConnectionLost):
        raise
    except PersistenceError:  # its table is not there yet
        session.rollback()
