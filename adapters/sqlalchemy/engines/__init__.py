"""Engines with each database's settings, one module a database."""

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from unitofwork.adapters.sqlalchemy.engines import sqlite


def create(url: str | URL) -> Engine:
    """Make an engine; it connects when it is first used.

    Raises:
        ValueError: the URL is none, or names a database that is not supported. The text does not hold the URL, which
            may hold a password.
    """
    try:
        parsed = make_url(url)
        _check_supported(parsed.get_backend_name(), parsed.get_driver_name())
        return sqlite.create(parsed)
    except ArgumentError:
        raise ValueError("that is no URL of a database: write one such as sqlite:///accounts.db") from None


def prepare(engine: Engine) -> None:
    """Give an engine its database's settings; it must not have connected yet.

    Raises:
        ValueError: its database is not supported.
    """
    _check_supported(engine.dialect.name, engine.dialect.driver)
    sqlite.prepare(engine)


def _check_supported(database: str, driver: str) -> None:
    if (database, driver) != ("sqlite", "pysqlite"):
        raise ValueError(f"{database} by {driver} is not supported: use sqlite, which is by pysqlite")
