"""The mapping and the database that a command is about: the application's, or the mapping's at a URL."""

import os
from collections.abc import Collection, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy.orm import registry

from unitofwork.adapters.sqlalchemy import SqlAlchemyDatabase
from unitofwork.entrypoints.cli.application import Application
from unitofwork.entrypoints.cli.named import APP, find, is_container, made, refused, telling

if TYPE_CHECKING:
    from unitofwork.adapters.sqlalchemy.schema import Comparison

DATABASE = "--database"
URL_VARIABLE = "DATABASE_URL"


def mapping_at(name: str, hint: str = APP) -> registry:
    """The mapping of what is named: a registry, a database, an application or a container, or what makes one of these.

    Raises:
        click.BadParameter: it is not there, or none of these.
    """
    return _mapping_of(_found(name, hint), name, hint)


@contextmanager
def database_at(name: str, url: str | None) -> Generator[SqlAlchemyDatabase]:
    """The database at a URL with the mapping of what is named; without one its own, or else that of $DATABASE_URL.

    Raises:
        click.BadParameter: there is none, or the URL is none.
    """
    found = _found(name, APP)
    if url is None and isinstance(found, registry):
        url = os.environ.get(URL_VARIABLE)
    if url is None:
        database, close = _database_of(found, name)
    else:
        database = opened(url, _mapping_of(found, name, APP))
        close = database.dispose
    try:
        yield database
    finally:
        close()


def opened(url: str, mapping: registry) -> SqlAlchemyDatabase:
    """The database at a URL.

    Raises:
        click.BadParameter: it is no URL of a database, or the driver is missing. The text does not hold it.
    """
    try:
        return SqlAlchemyDatabase(url, mapping)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=DATABASE) from error


def refuse_missing_files(database: SqlAlchemyDatabase) -> None:
    """Refuse to make a file of SQLite by looking into it.

    Raises:
        click.ClickException: there is none.
    """
    for engine, _ in database.parts():
        file = engine.url.database
        if engine.dialect.name != "sqlite" or not file or file == ":memory:" or file.startswith("file:"):
            continue
        if not Path(file).exists():
            raise click.ClickException(f"there is no file {file}: make it by `unitofwork schema create`")


def compared(database: SqlAlchemyDatabase, ignored: Collection[str]) -> "Comparison":
    """The database's schema beside the mapping's.

    Raises:
        click.ClickException: alembic is not installed, or there is no file of SQLite.
    """
    try:
        from unitofwork.adapters.sqlalchemy.schema import compare
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    refuse_missing_files(database)
    return compare(database, ignored)


def _found(name: str, hint: str) -> Any:
    found = find(name, hint)
    with telling(f"making {name}", hint):
        return made(found, registry, SqlAlchemyDatabase, Application)


def _mapping_of(found: Any, name: str, hint: str) -> registry:
    if isinstance(found, Application):
        found = found.database
    elif is_container(found) and hasattr(found, "registry"):
        with telling(f"asking {name} for its registry", hint):
            found = found.registry()
    if isinstance(found, SqlAlchemyDatabase):
        return found.mapping
    if not isinstance(found, registry):
        text = (
            "is no registry and no database, no function that makes one, no container and no Application that has one"
        )
        raise refused(f"{name} {text}", hint)
    return found


def _database_of(found: Any, name: str) -> tuple[SqlAlchemyDatabase, Any]:
    close = getattr(found, "close", None)
    if isinstance(found, Application):
        found = found.database
    elif is_container(found) and hasattr(found, "database"):
        close = found.shutdown_resources
        with telling(f"asking {name} for its database"):
            found = found.database()  # and for no other resource, which may be what makes tables
    if not isinstance(found, SqlAlchemyDatabase):
        raise refused(f"{name} names no database: give {DATABASE} URL, or ${URL_VARIABLE}")
    return found, close or found.dispose
