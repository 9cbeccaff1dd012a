"""Each database's settings, in a module of its own that offers the names of `Dialect`."""

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
    except ArgumentError:
        raise ValueError("that is no database URL: write one such as sqlite:///accounts.db") from None
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(f"{parsed.get_backend_name()} is not supported: use sqlite")
    return sqlite.create(parsed)
