"""MariaDB through PyMySQL, or a driver that is like it.

Each session has the same settings whatever the server's are: strict values, text compared exactly, no lost updates
under SNAPSHOT. A unit that only reads, in READ COMMITTED, runs without a transaction; the connection stays as its last
unit left it, so that units of one kind in a row cost nothing more. Nothing is sent to end a transaction that is none.
"""

from datetime import datetime
from math import ceil
from typing import Any

import attrs
from pymysql.err import MySQLError
from sqlalchemy import URL, AdaptedConnection, Connection, Dialect, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection, IsolationLevel
from sqlalchemy.pool import ConnectionPoolEntry

from unitofwork.adapters.sqlalchemy.engines.backend import Backend, TwoPhases, watch_commits
from unitofwork.adapters.sqlalchemy.engines.driver_calls import allow_driver_calls
from unitofwork.adapters.sqlalchemy.engines.making import make_engine
from unitofwork.adapters.sqlalchemy.engines.mariadb_connection import QuietConnection
from unitofwork.adapters.sqlalchemy.engines.mariadb_schema import ExactText
from unitofwork.adapters.sqlalchemy.engines.mariadb_types import TYPES, WideTypes
from unitofwork.adapters.sqlalchemy.engines.pooling import ping_idle, pool_arguments
from unitofwork.adapters.sqlalchemy.engines.reading import read_without_transaction
from unitofwork.adapters.sqlalchemy.errors.failure import taking_options
from unitofwork.adapters.sqlalchemy.errors.mariadb import classify, code_of
from unitofwork.adapters.sqlalchemy.options import EngineOptions
from unitofwork.domain.isolation import Isolation

_BEGIN = "unitofwork_begin"

_NAMES: dict[Isolation, IsolationLevel] = {
    Isolation.READ_COMMITTED: "READ COMMITTED",
    Isolation.SNAPSHOT: "REPEATABLE READ",
    Isolation.SERIALIZABLE: "SERIALIZABLE",
}

_MODES = (
    "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION,"
    "NO_AUTO_VALUE_ON_ZERO"
)

_KNOWS_SNAPSHOT = ((10, 6, 18), (10, 11, 8), (11, 0, 6), (11, 1, 5), (11, 2, 4), (11, 4, 2))
"""The first version of each series that has ``innodb_snapshot_isolation``."""

_LOST = frozenset({1047, 1053, 1927})
"""Not ready as a cluster's node, shutting down, killed: what SQLAlchemy does not take for a lost connection."""


@attrs.frozen
class _Begin:
    """How a transaction begins: by itself with the first statement, or never; and what is sent before."""

    autocommit: bool = False
    first: str = ""


_AS_USUAL = _Begin()


def _create(url: URL, options: EngineOptions) -> Engine:
    return make_engine(url.set(drivername=f"mariadb+{url.get_driver_name()}"), **pool_arguments(options))


def _prepare(engine: Engine, options: EngineOptions) -> None:
    def do_connect(_dialect: Dialect, _record: object, arguments: list[str], chosen: dict[str, Any]) -> QuietConnection:
        with taking_options():
            return QuietConnection(*arguments, **{**arguments_of(options), **chosen})

    event.listen(engine, "do_connect", do_connect)
    prepare(engine, options)


def prepare(engine: Engine, options: EngineOptions) -> None:
    """Give an engine all settings but those of its driver's connecting."""

    def connect(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        # Not before: SQLAlchemy first sets the character set, and with it the collation.
        _send(connection, "SET SESSION " + ", ".join(_settings(options, _driver(connection).version)))
        if options.isolation is not None:  # what a level that was chosen for one connection gives way to again
            engine.dialect.default_isolation_level = _NAMES[options.isolation]

    engine.dialect.ddl_compiler = ExactText
    engine.dialect.type_compiler_instance = engine.dialect.type_compiler = WideTypes(engine.dialect)  # Alembic's name
    engine.dialect.colspecs = {**engine.dialect.colspecs, **TYPES}
    engine.dialect.supports_sane_multi_rowcount = True  # PyMySQL adds up the rows of a statement for each parameter
    event.listen(engine, "connect", connect)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "begin_twophase", _begin)
    event.listen(engine, "checkin", _leave_no_transaction)
    event.listen(engine, "handle_error", _tell_lost)
    watch_commits(engine)
    allow_driver_calls(engine)
    ping_idle(engine, options.ping_after)


def arguments_of(options: EngineOptions) -> dict[str, Any]:
    """What a connection is made with, in the words of PyMySQL."""
    arguments: dict[str, Any] = {"charset": "utf8mb4"}
    if options.connect_timeout is not None:
        arguments["connect_timeout"] = max(1, options.connect_timeout)
    if options.network_timeout is not None:
        arguments["read_timeout"] = arguments["write_timeout"] = max(1, options.network_timeout)
    return arguments


def _settings(options: EngineOptions, version: tuple[int, ...]) -> list[str]:
    settings = [f"sql_mode = '{_MODES}'", "collation_connection = 'utf8mb4_nopad_bin'", "time_zone = '+00:00'"]
    if options.lock_timeout is not None:
        seconds = ceil(options.lock_timeout)
        settings += [f"innodb_lock_wait_timeout = {seconds}", f"lock_wait_timeout = {seconds}"]
    if options.statement_timeout is not None:
        settings.append(f"max_statement_time = {max(0.001, options.statement_timeout)}")
    if options.idle_in_transaction_timeout is not None:
        settings.append(f"idle_transaction_timeout = {max(1, ceil(options.idle_in_transaction_timeout))}")
    if options.isolation is not None:
        settings.append(f"tx_isolation = '{_NAMES[options.isolation].lower().replace(' ', '-')}'")
    if _knows_snapshot(version):
        settings.append("innodb_snapshot_isolation = 1")
    return settings


def _knows_snapshot(version: tuple[int, ...]) -> bool:
    """Whether SNAPSHOT can refuse a change to what changed since: without, updates are lost silently."""
    series = [first for first in _KNOWS_SNAPSHOT if first[:2] == version[:2]]
    return version >= series[0] if series else version > _KNOWS_SNAPSHOT[-1]


def _bind(engine: Engine, read_only: bool, isolation: Isolation | None, options: EngineOptions) -> Engine:
    if read_only and (isolation or options.isolation) is Isolation.READ_COMMITTED:
        reading = engine.execution_options(**{_BEGIN: _Begin(autocommit=True)})
        read_without_transaction(reading, _begin_reading)
        return reading
    if read_only and (isolation or options.isolation) is Isolation.SERIALIZABLE:
        isolation = Isolation.SNAPSHOT  # one order of those that write: a snapshot is how it was between two of them
    how = [f"ISOLATION LEVEL {_NAMES[isolation]}"] if isolation is not None else []
    how += ["READ ONLY"] if read_only else []
    return engine.execution_options(**{_BEGIN: _Begin(first=f"SET TRANSACTION {', '.join(how)}" if how else "")})


def _begin(connection: Connection, *_: object) -> None:
    begin: _Begin = connection.get_execution_options().get(_BEGIN, _AS_USUAL)
    driver: Any = connection.connection.driver_connection
    if driver.get_autocommit() is not begin.autocommit:
        connection.exec_driver_sql(f"SET autocommit = {int(begin.autocommit)}")
    if begin.first:
        connection.exec_driver_sql(begin.first)


def _leave_no_transaction(connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    """Roll back what a failed COMMIT left open, or the connection's next user would commit it."""
    if connection is not None and _driver(connection).in_transaction:
        try:
            connection.rollback()
        except MySQLError:
            record.invalidate()


def _begin_reading(connection: Connection) -> None:
    there = connection.connection.dbapi_connection
    if there is None or _driver(there).in_transaction:
        return
    try:
        _send(there, "START TRANSACTION READ ONLY")
    except BaseException:
        connection.invalidate()  # nobody knows how far it has come
        raise


def _driver(connection: DBAPIConnection) -> Any:
    """The driver's own connection, which knows its transaction."""
    return connection.driver_connection if isinstance(connection, AdaptedConnection) else connection


def _send(connection: DBAPIConnection, statement: str) -> None:
    """Send a statement that is no part of a unit's work, without a cursor."""
    if isinstance(connection, AdaptedConnection):
        connection.run_async(lambda driver: driver.query(statement))
    else:
        _driver(connection).query(statement)


def _tell_lost(context: ExceptionContext) -> None:
    if code_of(context.original_exception) in _LOST:
        context.is_disconnect = True


def _prepared(connection: Connection) -> list[tuple[str, datetime | None]]:
    rows = connection.exec_driver_sql("XA RECOVER")
    return [(bytes(data[:length]).decode(errors="replace"), None) for _, length, _, data in rows]


def _finish(connection: Connection, name: str, commit: bool) -> None:
    connection.exec_driver_sql("SET autocommit = 1")  # or a transaction of its own would be in the way
    connection.exec_driver_sql(f"XA {'COMMIT' if commit else 'ROLLBACK'} '{name}'")


BACKEND = Backend(
    create=_create,
    prepare=_prepare,
    bind=_bind,
    classify=classify,
    two_phases=TwoPhases(_prepared, _finish),
)
