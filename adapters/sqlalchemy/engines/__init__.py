"""Engines with each database's settings, one module a database."""

from importlib import import_module

from sqlalchemy import URL, Engine
from sqlalchemy.exc import ArgumentError

from unitofwork.adapters.sqlalchemy.engines.backend import Backend
from unitofwork.adapters.sqlalchemy.engines.urls import NO_URL, UrlError
from unitofwork.adapters.sqlalchemy.engines.urls import parsed_url as parsed_url
from unitofwork.adapters.sqlalchemy.errors.failure import BAD_OPTION
from unitofwork.adapters.sqlalchemy.options import EngineOptions

_MARIADB = {"pymysql": "mariadb", "aiomysql": "aiomysql"}
_SUPPORTED = {
    "sqlite": {"pysqlite": "sqlite", "aiosqlite": "sqlite"},
    "postgresql": {"psycopg": "postgresql", "psycopg_async": "postgresql", "asyncpg": "asyncpg"},
    "mariadb": _MARIADB,
    "mysql": _MARIADB,
}
"""For each name in a URL its drivers, and for each of those the module here, which is imported when it is needed. The
first one is meant where a URL names none."""

_AWAITED = {
    "sqlite": {"": "aiosqlite"},
    "postgresql": {"": "psycopg_async", "psycopg": "psycopg_async"},
    "mariadb": {"": "aiomysql"},
    "mysql": {"": "aiomysql"},
}
"""What the drivers of a URL are called, or which is meant where it names none, on asyncio."""

_FOR_ASYNCIO = frozenset({"aiomysql", "aiosqlite", "asyncpg", "psycopg_async"})


def create(url: str | URL, options: EngineOptions | None = None) -> Engine:
    """Make an engine; it connects when it is first used.

    Raises:
        ValueError: the URL is none, or names a database that is not supported, or whose driver is not installed. The
            text does not hold the URL, which may hold a password.
    """
    parsed = parsed_url(url)
    database, _, driver = parsed.drivername.partition("+")
    backend, driver = _backend(database, driver)
    try:
        url = parsed if driver == "pysqlite" else parsed.set(drivername=f"{database}+{driver}")
        return backend.create(url, options or EngineOptions())
    except ImportError as error:
        raise _without_driver(database, driver, error) from error
    except ArgumentError:
        raise UrlError(NO_URL) from None
    except ValueError:  # of an option that is to be a number
        raise UrlError(BAD_OPTION) from None


def awaited_url(url: str | URL) -> URL:
    """The parts of a URL, with the name of a driver for asyncio.

    Raises:
        ValueError: it is none, or names a driver that is not for asyncio. The text does not hold it.
    """
    parsed = parsed_url(url)
    database, _, driver = parsed.drivername.partition("+")
    return parsed.set(drivername=f"{database}+{_AWAITED.get(database, {}).get(driver, driver)}")


def is_awaited(address: URL | Engine) -> bool:
    """Whether a database is reached by a driver for asyncio."""
    if isinstance(address, Engine):
        return address.dialect.is_async
    return address.drivername.partition("+")[2] in _FOR_ASYNCIO


def named(address: URL | Engine) -> str:
    """The database and the driver, for a text that does not hold the URL."""
    if isinstance(address, Engine):
        return f"{address.dialect.name} by {address.dialect.driver}"
    return " by ".join(address.drivername.split("+"))


def backend_of(engine: Engine) -> Backend:
    """The database of an engine.

    Raises:
        ValueError: it is not supported.
    """
    return _backend(engine.dialect.name, engine.dialect.driver)[0]


def _backend(database: str, driver: str) -> tuple[Backend, str]:
    if database not in _SUPPORTED:
        raise UrlError(f"{database} is not supported: use one of {', '.join(_SUPPORTED)}")
    modules = _SUPPORTED[database]
    driver = driver or next(iter(modules))
    if driver not in modules:
        raise UrlError(f"{database} by {driver} is not supported: use {database}, which is by {next(iter(modules))}")
    try:
        backend: Backend = import_module(f"{__name__}.{modules[driver]}").BACKEND
    except ImportError as error:
        raise _without_driver(database, driver, error) from error
    return backend, driver


def _without_driver(database: str, driver: str, error: ImportError) -> UrlError:
    """The error for a driver that is not there, or not whole, as psycopg is without libpq."""
    extra = _EXTRAS.get(driver)
    cure = f"install {error.name}" if extra is None else f"pip install unitofwork[{extra}]"
    return UrlError(f"{database} needs {driver.removesuffix('_async')}, which is not installed: {cure}")


_EXTRAS = {
    "aiosqlite": "asyncio",
    "psycopg": "postgresql",
    "psycopg_async": "postgresql",
    "asyncpg": "asyncpg",
    "pymysql": "mariadb",
    "aiomysql": "aiomysql",
}
"""What installs a driver."""
