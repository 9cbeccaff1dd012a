"""The tables in a database: made in an empty one, and not mistaken for those of another application."""

from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, inspect
from sqlalchemy.orm import registry

from accounts.domain.errors import Refused
from unitofwork import SqlAlchemyDatabase
from unitofwork.domain.errors import MappingError


def prepare(database: SqlAlchemyDatabase, mapping: registry) -> None:
    """Make the tables of the mapping, unless they are there.

    Raises:
        Refused: the database holds other tables; it was left as it is.
        DatabaseUnavailable: it cannot be read, or is no database.
    """
    url = _for_reading(database.engine.url)
    if url is None or _is_empty(url, mapping):
        database.create_schema()


def _is_empty(url: URL, mapping: registry) -> bool:
    """Whether there are no tables; the tables that there are must be ours."""
    database = SqlAlchemyDatabase(url, mapping)
    session = database.session(read_only=True, autoflush=False, expire_on_commit=False)
    try:
        connection = session.raw.connection()
        if not inspect(connection).get_table_names():
            return True
        for table in mapping.metadata.sorted_tables:
            connection.execute(table.select().limit(0))
    except MappingError as error:
        raise Refused("the database holds other tables than those of accounts; it was left as it is") from error
    finally:
        session.close()
        database.dispose()
    return False


def _for_reading(url: URL) -> URL | None:
    """The URL for a look that changes nothing; None where there is nothing yet, and connecting would make a file."""
    if url.get_backend_name() != "sqlite" or "uri" in url.query:
        return url
    if not url.database or not Path(url.database).exists():
        return None
    return url.set(database=f"file:{quote(url.database)}", query={"mode": "ro", "uri": "true"})
