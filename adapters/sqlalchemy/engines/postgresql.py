"""PostgreSQL through psycopg 3.

Settings travel with the connection's start-up, and a transaction's level and id with its BEGIN, so that neither costs a
round trip. A unit that only reads, in READ COMMITTED, runs without a transaction, which is the same there and saves two
of three round trips.
"""

from typing import Any

import attrs
import psycopg
from psycopg.pq import ExecStatus, TransactionStatus
from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from unitofwork.adapters.sqlalchemy.engines.backend import TRANSACTION, Backend, TwoPhases, watch_commits
from unitofwork.adapters.sqlalchemy.engines.driver_calls import allow_driver_calls
from unitofwork.adapters.sqlalchemy.engines.finishing import closed_if_cancelled
from unitofwork.adapters.sqlalchemy.engines.pooling import ping_idle
from unitofwork.adapters.sqlalchemy.engines.postgresql_server import (
    NAMES,
    create,
    finish,
    outcome,
    prepared,
    refuse_broken,
    settings_of,
    tell,
)
from unitofwork.adapters.sqlalchemy.engines.psycopg_driver import QuietCursor, answer_of, execute_many
from unitofwork.adapters.sqlalchemy.engines.reading import read_without_transaction
from unitofwork.adapters.sqlalchemy.errors.by_psycopg import classify
from unitofwork.adapters.sqlalchemy.options import EngineOptions
from unitofwork.domain.isolation import Isolation

_BEGIN = "unitofwork_begin"

_LEVELS = {Isolation.READ_COMMITTED: 2, Isolation.SNAPSHOT: 3, Isolation.SERIALIZABLE: 4}  # psycopg's numbers

_PROBES = 3
"""How often a silent network is asked whether it is still there."""

_NO_ID = "unitofwork_no_id"
"""In the ``info`` of a connection to a server that gives transactions no id as they begin, as a standby."""


@attrs.frozen
class _Begin:
    """How a transaction begins: by the driver with its first statement, never (autocommit alone), or by ``settling``.

    None leaves it to the server.
    """

    autocommit: bool = False
    read_only: bool | None = None
    isolation: int | None = None
    settling: bytes = b""
    """What begins it and asks for its id, in one round trip."""


_AS_USUAL = _Begin()


def _prepare(engine: Engine, options: EngineOptions) -> None:
    network, settings = _network(options), " ".join(_setting(*each) for each in settings_of(options))

    def do_connect(_dialect: object, _record: object, _arguments: list[str], chosen: dict[str, Any]) -> None:
        for name, value in network.items():
            chosen.setdefault(name, value)
        if engine.dialect.is_async:
            chosen["async_creator_fn"] = closed_if_cancelled(psycopg.AsyncConnection.connect)
        if settings:
            chosen["options"] = f"{settings} {chosen.get('options', '')}".strip()  # of two, the later one counts

    event.listen(engine, "do_connect", do_connect)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "begin_twophase", _begin_two_phases)
    event.listen(engine, "commit", _refuse_broken)
    event.listen(engine, "checkin", _begin_as_usual)
    if engine.dialect.is_async:
        event.listen(engine, "connect", _configure)
        event.listen(engine, "do_executemany", execute_many)
        engine.dialect.do_terminate = _terminate  # type: ignore[method-assign,assignment]  # SQLAlchemy's own would wait
    watch_commits(engine)
    allow_driver_calls(engine)
    ping_idle(engine, options.ping_after)


def _configure(adapted: Any, _record: ConnectionPoolEntry) -> None:
    adapted.driver_connection.server_cursor_factory = QuietCursor


def _terminate(adapted: Any) -> None:
    """Throw a connection away, also where nothing can be awaited."""
    adapted.driver_connection.pgconn.finish()


def _network(options: EngineOptions) -> dict[str, int]:
    """What the client does about a network that is silent, in whole seconds: 0 would mean for ever."""
    arguments: dict[str, int] = {}
    if options.connect_timeout is not None:
        arguments["connect_timeout"] = max(1, round(options.connect_timeout))
    if options.network_timeout is not None:
        half = max(1, round(options.network_timeout / 2))
        arguments["keepalives_idle"] = half
        arguments["keepalives_interval"] = max(1, half // _PROBES)
        arguments["keepalives_count"] = _PROBES
        arguments["tcp_user_timeout"] = 2000 * half
    return arguments


def _setting(name: str, value: str) -> str:
    value = value.replace(" ", r"\ ")
    return f"-c {name}={value}"


def _bind(engine: Engine, read_only: bool, isolation: Isolation | None, options: EngineOptions) -> Engine:
    if read_only and (isolation or options.isolation) is Isolation.READ_COMMITTED:
        reading = engine.execution_options(**{_BEGIN: _Begin(autocommit=True)})
        read_without_transaction(reading, _begin_reading)
        return reading
    level = None if isolation is None else _LEVELS[isolation]
    begin = _Begin(read_only=read_only or None, isolation=level)
    if options.settle_commits and not read_only:
        wanted = "" if isolation is None else f" ISOLATION LEVEL {NAMES[isolation]}"
        begin = attrs.evolve(begin, settling=f"BEGIN{wanted}; SELECT pg_current_xact_id()".encode())
    return engine.execution_options(**{_BEGIN: begin})


def _begin(connection: Connection) -> None:
    begin: _Begin = connection.get_execution_options().get(_BEGIN, _AS_USUAL)
    adapted: Any = connection.connection.dbapi_connection
    driver: Any = connection.connection.driver_connection
    _set(adapted, driver, begin)
    connection.info.pop(TRANSACTION, None)
    if begin.settling and _NO_ID not in connection.info:
        try:
            answer = answer_of(driver, begin.settling)
        except BaseException:
            connection.invalidate()  # nobody knows how far it has come
            raise
        if answer.status == ExecStatus.TUPLES_OK:
            connection.info[TRANSACTION] = (answer.get_value(0, 0) or b"").decode()
        else:
            _begin_without_id(connection, adapted, driver)


def _begin_two_phases(connection: Connection, _name: object) -> None:
    connection.info.pop(TRANSACTION, None)
    there = connection.connection
    _set(there.dbapi_connection, there.driver_connection, connection.get_execution_options().get(_BEGIN, _AS_USUAL))


def _begin_without_id(connection: Connection, adapted: Any, driver: Any) -> None:
    """Let the driver begin with the first statement, which also raises what is wrong with the connection, if it is."""
    if driver.info.transaction_status != TransactionStatus.UNKNOWN:
        adapted.rollback()
        connection.info[_NO_ID] = True


def _refuse_broken(connection: Connection) -> None:
    """Refuse what PostgreSQL would take for ROLLBACK without a word: COMMIT after an error that was passed over."""
    driver: Any = connection.connection.driver_connection
    if driver.pgconn.transaction_status == TransactionStatus.INERROR:
        refuse_broken()


def _begin_as_usual(adapted: Any, record: ConnectionPoolEntry) -> None:
    """Let nobody who takes the connection from the pool find how another one began, or what it left open."""
    if adapted is None or adapted.closed:
        return
    driver: Any = record.driver_connection
    try:
        if driver.pgconn.transaction_status != TransactionStatus.IDLE:
            adapted.rollback()
        _set(adapted, driver, _AS_USUAL)
    except psycopg.Error:
        record.invalidate()


def _set(adapted: Any, driver: Any, wanted: _Begin) -> None:
    """Set what is different; the driver keeps it, and sends nothing.

    Args:
        adapted: the connection as SQLAlchemy has it, whose methods wait for what the driver's of asyncio give.
        driver: the driver's own.
        wanted: how the next transaction begins.
    """
    if driver.autocommit is not wanted.autocommit:
        adapted.set_autocommit(wanted.autocommit)
    if driver.read_only is not wanted.read_only:
        adapted.set_read_only(wanted.read_only)
    if driver.isolation_level != wanted.isolation:
        adapted.set_isolation_level(wanted.isolation)


def _begin_reading(connection: Connection) -> None:
    adapted: Any = connection.connection.dbapi_connection
    if adapted.info.transaction_status == TransactionStatus.IDLE:
        adapted.execute("BEGIN READ ONLY")


BACKEND = Backend(
    create=create,
    prepare=_prepare,
    bind=_bind,
    classify=classify,
    outcome=outcome,
    two_phases=TwoPhases(prepared, finish),
    tell=tell,
)
