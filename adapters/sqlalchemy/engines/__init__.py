"""Engines with each database's settings, one module a database."""

from importlib import import_module

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from unitofwork.adapters.sqlalchemy.engines.backend import Backend
from unitofwork.adapters.sqlalchemy.options import EngineOptions

_SUPPORTED = {
    "sqlite": ("pysqlite", "sqlite"),
    "postgresql": ("psycopg", "postgresql"),
    "mariadb": ("pymysql", "mariadb"),
    "mysql": ("pymysql", "mariadb"),
}
"""For each name in a URL the driver, and the module here, which is imported when it is needed."""

_NO_URL = (
    "that is no URL of a database: write one such as sqlite:///accounts.db, or postgresql://user:password@host/name"
    " with %40 for each @ in the password, and so on for what is not a letter or a digit there"
)


def create(url: str | URL, options: EngineOptions | None = None) -> Engine:
    """Make an engine; it connects when it is first used.

    Raises:
        ValueError: the URL is none, or names a database that is not supported, or whose driver is not installed. The
            text does not hold the URL, which may hold a password.
    """
    parsed = parsed_url(url)
    database, _, driver = parsed.drivername.partition("+")
    backend = _backend(database, driver)
    try:
        return backend.create(parsed, options or EngineOptions())
    except ArgumentError:
        raise ValueError(_NO_URL) from None


def parsed_url(url: str | URL) -> URL:
    """The parts of a URL.

    Raises:
        ValueError: it is none. The text does not hold it.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # the latter of a port, which may be a part of the password
        raise ValueError(_NO_URL) from None
    if "@" in (parsed.host or ""):  # which is the rest of the password
        raise ValueError(_NO_URL)
    return _with_hidden_password(parsed)


def _with_hidden_password(url: URL) -> URL:
    """The URL with a password that stands among its options where SQLAlchemy knows that it is one, and hides it."""
    for name in ("password", "passwd"):
        password = url.query.get(name)
        if isinstance(password, str):
            return url.difference_update_query([name]).set(password=password)
    return url


def backend_of(engine: Engine) -> Backend:
    """The database of an engine.

    Raises:
        ValueError: it is not supported.
    """
    return _backend(engine.dialect.name, engine.dialect.driver)


def _backend(database: str, driver: str) -> Backend:
    if database not in _SUPPORTED:
        raise ValueError(f"{database} is not supported: use one of {', '.join(_SUPPORTED)}")
    supported, module = _SUPPORTED[database]
    if driver not in ("", supported):
        raise ValueError(f"{database} by {driver} is not supported: use {database}, which is by {supported}")
    try:
        backend: Backend = import_module(f"{__name__}.{module}").BACKEND
    except ModuleNotFoundError as error:
        raise ValueError(f"{database} needs a driver that is not installed: install {error.name}") from error
    return backend
