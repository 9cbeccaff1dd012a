"""SQLite as a careful server: foreign keys, real transactions and savepoints, no lost updates.

Python's driver begins transactions by itself, too late and not for savepoints; here it begins none, and each unit has a
BEGIN of its own. A unit that may write takes the write lock at once (BEGIN IMMEDIATE): one that first reads and then
writes could otherwise fail at any write.
"""

import os
import sqlite3
from contextlib import suppress
from uuid import uuid4

from sqlalchemy import URL, AsyncAdaptedQueuePool, Connection, Engine, QueuePool, event, types
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from unitofwork.adapters.sqlalchemy.engines.backend import READ_ONLY, Backend
from unitofwork.adapters.sqlalchemy.engines.making import make_engine
from unitofwork.adapters.sqlalchemy.engines.pooling import pool_arguments
from unitofwork.adapters.sqlalchemy.engines.sqlite_driver import (
    TrackedConnection,
    in_driver,
    is_in_transaction,
    terminate,
)
from unitofwork.adapters.sqlalchemy.engines.sqlite_types import ExactNumeric, UtcDateTime
from unitofwork.adapters.sqlalchemy.errors.sqlite import classify
from unitofwork.adapters.sqlalchemy.json_values import spelled
from unitofwork.adapters.sqlalchemy.options import EngineOptions
from unitofwork.domain.errors import DatabaseUnavailable
from unitofwork.domain.isolation import Isolation

_WRITE_AHEAD = "unitofwork_write_ahead"

_QUERY_ONLY = "unitofwork_query_only"
"""In a connection's ``info`` while it refuses to write."""

_SETTINGS = (
    "PRAGMA synchronous = normal",
    "PRAGMA foreign_keys = on",
    "PRAGMA case_sensitive_like = on",
)

# The driver's dialect has an entry of its own for TIMESTAMP, which would otherwise be found before DateTime's.
_TYPES = {types.Numeric: ExactNumeric, types.DateTime: UtcDateTime, types.TIMESTAMP: UtcDateTime}


def _create(url: URL, options: EngineOptions) -> Engine:
    """Make an engine for a file, or for a database in memory that all of the engine's connections share."""
    if url.database in (None, "", ":memory:"):
        return _in_memory(url, options)
    return make_engine(url, connect_args={"check_same_thread": False}, **pool_arguments(options))


def _prepare(engine: Engine, options: EngineOptions) -> None:
    engine.dialect.colspecs = {**engine.dialect.colspecs, **_TYPES}

    def do_connect(_dialect: object, _record: object, arguments: list[str], chosen: dict[str, object]) -> None:
        if options.lock_timeout is not None:
            chosen.setdefault("timeout", options.lock_timeout)
        _make_private(arguments, chosen)
        if engine.dialect.is_async:
            chosen["factory"] = TrackedConnection

    event.listen(engine, "do_connect", do_connect)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", _give_back)
    if engine.dialect.is_async:
        engine.dialect.do_terminate = terminate  # type: ignore[method-assign,assignment]  # the dialect's own leaves locks
    else:
        event.listen(engine, "invalidate", _let_go_of_locks)


def _bind(engine: Engine, _read_only: bool, _isolation: Isolation | None, _options: EngineOptions) -> Engine:
    """Every transaction is serializable, which satisfies the weaker levels too."""
    return engine


def _in_memory(url: URL, options: EngineOptions) -> Engine:
    """A plain ``:memory:`` database belongs to one connection; this one to the engine, until it is disposed of."""
    name = f"/unitofwork-{uuid4().hex}"
    shared = url.set(database=f"file:{name}", query={"vfs": "memdb", "uri": "true"})
    anchor = sqlite3.connect(f"file:{name}?vfs=memdb", uri=True, check_same_thread=False)
    pool = AsyncAdaptedQueuePool if url.get_dialect().is_async else QueuePool
    arguments = {"check_same_thread": False, "uri": True}
    engine = make_engine(shared, connect_args=arguments, poolclass=pool, **pool_arguments(options))

    def let_go(_engine: Engine) -> None:
        anchor.close()

    event.listen(engine, "engine_disposed", let_go)
    return engine


def _make_private(arguments: list[str], options: dict[str, object]) -> None:
    """Create a database file that is missing with access for its owner alone; SQLite gives its side files the same."""
    if not options.get("uri") and arguments and arguments[0] not in ("", ":memory:"):
        # A file that is there keeps its mode, and what cannot be created is reported by SQLite itself.
        try:
            os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as error:
            folder = os.path.dirname(arguments[0])
            if folder and not os.path.lexists(folder):
                raise DatabaseUnavailable(
                    f"there is no folder {folder} for the file of the database: make it"
                ) from error


def _configure(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    in_driver(connection, _set_up)


def _set_up(connection: sqlite3.Connection) -> None:
    connection.isolation_level = None
    if isinstance(connection, TrackedConnection):
        connection.can_be_stopped()
    for setting in _SETTINGS:
        connection.execute(setting).close()
    connection.create_function("unitofwork_lower", 1, _lower, deterministic=True)
    connection.create_function("unitofwork_json", 1, spelled, deterministic=True)


def _lower(text: str | None) -> str | None:
    """Lower the case of every letter; SQLite's own ``lower`` knows those of ASCII only."""
    return None if text is None else text.lower()


def _begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY)
    writing = read_only is False
    if read_only:
        _set_query_only(connection.connection.dbapi_connection, True)
        connection.info[_QUERY_ONLY] = True
    if writing and _WRITE_AHEAD not in connection.info:
        _use_write_ahead_log(connection)
        connection.info[_WRITE_AHEAD] = True
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _set_query_only(connection: DBAPIConnection | None, on: bool) -> None:
    in_driver(connection, lambda driver: driver.execute(f"PRAGMA query_only = {int(on)}").close())


def _use_write_ahead_log(connection: Connection) -> None:
    """Let readers and a writer work side by side. The file remembers it, so that only who may write asks for it."""
    if connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete":
        connection.exec_driver_sql("PRAGMA journal_mode = wal")


def _get_ready(connection: Connection) -> None:
    """Note that the file has its log already, without a transaction: that would wait for another writer."""
    with suppress(sqlite3.Error):  # who writes asks again
        if in_driver(connection.connection.dbapi_connection, _journal_mode) == ("wal",):
            connection.info[_WRITE_AHEAD] = True


def _journal_mode(driver: sqlite3.Connection) -> object:
    return driver.execute("PRAGMA journal_mode").fetchone()


def _give_back(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    """Roll back what a failed COMMIT left open, or the next user would commit it; and let that one write."""
    if connection is None:
        return
    if is_in_transaction(connection):
        in_driver(connection, sqlite3.Connection.rollback)
    if record.info.pop(_QUERY_ONLY, False):
        _set_query_only(connection, False)


def _let_go_of_locks(
    connection: sqlite3.Connection, _record: ConnectionPoolEntry, _error: BaseException | None
) -> None:
    """Roll back before a connection is thrown away: closed in the middle of a SELECT, as by Ctrl-C, it keeps a lock."""
    with suppress(sqlite3.Error):
        connection.rollback()


BACKEND = Backend(
    create=_create, prepare=_prepare, bind=_bind, classify=classify, locks_rows=False, get_ready=_get_ready
)
