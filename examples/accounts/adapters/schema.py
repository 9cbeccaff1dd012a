"""The tables in a database: made in an empty one, and not mistaken for those of another application."""

from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Inspector, Table, UniqueConstraint, inspect
from sqlalchemy.orm import registry
from sqlalchemy.schema import CreateColumn

from accounts.domain.errors import Refused
from unitofwork import SqlAlchemyDatabase

Form = dict[str, tuple[set[str], set[tuple[str, ...]]]]
"""Columns and unique constraints of each table; a view has none."""


APPLICATION_ID = int.from_bytes(b"acct")
"""Written into a database that we made, where SQLite keeps a number for that."""

_UNMARKED = [0, 0]

_LATER = ("outbox_messages", "outbox_buckets")
"""The tables that databases of the first version do not have."""

_VERSION = "version"
"""The column that databases of the first and the second version do not have."""

_MIGRATED = "alembic_version"
"""The table of a database that Alembic keeps up to date: then its scripts alone change the tables."""


def prepare(database: SqlAlchemyDatabase, mapping: registry) -> None:
    """Make the tables of the mapping, unless they are there.

    Raises:
        Refused: the database is another application's, or Alembic's and not up to date; it was left as it is.
        DatabaseUnavailable: it cannot be read, or is no database.
    """
    url = _for_reading(database.engine.url)
    found = {} if url is None else _found(url, mapping)
    if found != _form_of(mapping):
        with database.engine.begin() as connection:
            if found:
                _add_column(connection, mapping.metadata.tables["users"], *found["users"])
            mapping.metadata.create_all(connection)
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


def _add_column(connection: Connection, users: Table, columns: set[str], _: object) -> None:
    """Give the users of an earlier version their versions."""
    if _VERSION not in columns:
        column = CreateColumn(users.columns[_VERSION]).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE users ADD COLUMN {column}")


def _found(url: URL, mapping: registry) -> Form:
    """What there is in the database: nothing, our tables, or those that an earlier version made.

    Raises:
        Refused: it is something else.
    """
    database = SqlAlchemyDatabase(url, mapping)
    session = database.session(read_only=True, isolation=None, autoflush=False, expire_on_commit=False)
    try:
        connection = session.raw.connection()
        marks = _marks(connection)
        found = _form(inspect(connection))
    finally:
        session.close()
        database.dispose()
    if marks == _UNMARKED and not found:
        return found
    # Nothing was written into the databases that we made at first.
    ours = _form_of(mapping)
    if found.pop(_MIGRATED, None) and found != ours:
        raise Refused("the tables are not those of this version: run alembic upgrade head")
    if marks not in ([APPLICATION_ID, 0], _UNMARKED) or found not in (ours, *_earlier(ours)):
        raise Refused("the database is that of another application; it was left as it is")
    return found


def _earlier(ours: Form) -> tuple[Form, Form]:
    """What the second version made, and what the first one made."""
    columns, unique = ours["users"]
    second = {**ours, "users": (columns - {_VERSION}, unique)}
    return second, {name: form for name, form in second.items() if name not in _LATER}


def _marks(connection: Connection) -> list[int]:
    """What applications write into a file of SQLite to tell whose it is, and of which version; a server has no such."""
    if connection.dialect.name != "sqlite":
        return _UNMARKED
    return [connection.exec_driver_sql(f"PRAGMA {mark}").scalar_one() for mark in ("application_id", "user_version")]


def _form(seen: Inspector) -> Form:
    """What a database holds."""
    tables = {
        name: (
            {column["name"] for column in seen.get_columns(name)},
            {tuple(each["column_names"]) for each in seen.get_unique_constraints(name)},
        )
        for name in seen.get_table_names()
    }
    return tables | {name: (set(), set()) for name in seen.get_view_names()}


def _form_of(mapping: registry) -> Form:
    """What a database with the tables of the mapping holds."""
    return {
        table.name: (set(table.columns.keys()), {tuple(unique.columns.keys()) for unique in _unique_constraints(table)})
        for table in mapping.metadata.tables.values()
    }


def _unique_constraints(table: Table) -> list[UniqueConstraint]:
    return [each for each in table.constraints if isinstance(each, UniqueConstraint)]


def _for_reading(url: URL) -> URL | None:
    """The URL for a look that changes nothing; None where there is nothing yet, and connecting would make a file."""
    if url.get_backend_name() != "sqlite" or "uri" in url.query:
        return url
    if not url.database or not Path(url.database).exists():
        return None
    return url.set(database=f"file:{quote(url.database)}", query={"mode": "ro", "uri": "true"})
