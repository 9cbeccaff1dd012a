"""PostgreSQL through asyncpg.

What is said of psycopg's engines holds for these, but for two things. A transaction's id costs a round trip of its
own, because the driver sends one statement at a time. And a network that is silent is not noticed by the driver.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import attrs
from sqlalchemy import AdaptedConnection, Connection, Engine, event
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.engine import ExceptionContext, ExecutionContext
from sqlalchemy.pool import ConnectionPoolEntry

from unitofwork.adapters.sqlalchemy.engines.backend import TRANSACTION, Backend, TwoPhases, watch_commits
from unitofwork.adapters.sqlalchemy.engines.driver_calls import allow_driver_calls
from unitofwork.adapters.sqlalchemy.engines.finishing import closed_if_cancelled
from unitofwork.adapters.sqlalchemy.engines.pooling import ping_idle
from unitofwork.adapters.sqlalchemy.engines.postgresql_server import (
    create,
    finish,
    outcome,
    prepared,
    refuse_broken,
    settings_of,
    tell,
)
from unitofwork.adapters.sqlalchemy.engines.reading import read_without_transaction
from unitofwork.adapters.sqlalchemy.errors.by_asyncpg import classify
from unitofwork.adapters.sqlalchemy.errors.failure import taking_options
from unitofwork.adapters.sqlalchemy.options import EngineOptions
from unitofwork.domain.isolation import Isolation

_BEGIN = "unitofwork_begin"

_LEVELS = {
    Isolation.READ_COMMITTED: "read_committed",
    Isolation.SNAPSHOT: "repeatable_read",
    Isolation.SERIALIZABLE: "serializable",
}

_NO_ID = "unitofwork_no_id"
"""In the ``info`` of a connection to a server that gives transactions no id as they begin, as a standby."""

_BROKEN = "unitofwork_broken"
"""In the ``info`` of a connection whose transaction an error has ended; the driver does not tell."""


@attrs.frozen
class _Begin:
    """How a transaction begins: at an isolation level (None leaves it to the server), and asking for its id or not."""

    level: str | None = None
    read_only: bool = False
    settling: bool = False


_AS_USUAL = _Begin()
_WITHOUT = _Begin("autocommit")


def _prepare(engine: Engine, options: EngineOptions) -> None:
    settings = dict(settings_of(options))

    def do_connect(_dialect: object, _record: object, _arguments: list[str], chosen: dict[str, Any]) -> None:
        chosen["async_creator_fn"] = closed_if_cancelled(_connect)
        if options.connect_timeout is not None:
            chosen.setdefault("timeout", options.connect_timeout)
        chosen["server_settings"] = {**settings, **chosen.get("server_settings", {})}

    engine.dialect.supports_sane_multi_rowcount = True  # as `_add_up` sees to
    event.listen(engine, "do_connect", do_connect)
    event.listen(engine, "connect", _configure)
    event.listen(engine, "do_executemany", _add_up)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "begin_twophase", _begin_two_phases)
    event.listen(engine, "commit", _refuse_broken)
    event.listen(engine, "rollback", _mended)
    event.listen(engine, "rollback_savepoint", _mended)
    event.listen(engine, "rollback_twophase", _mended)
    event.listen(engine, "handle_error", _note_broken)
    event.listen(engine, "checkin", _begin_as_usual)
    watch_commits(engine)
    allow_driver_calls(engine)
    ping_idle(engine, options.ping_after)


async def _connect(*arguments: Any, **options: Any) -> Any:
    """Connect, with an error of the driver's where nothing can be reached."""
    try:
        with taking_options():
            return await asyncpg.connect(*arguments, **options)
    except (OSError, TimeoutError) as error:
        raise _unreachable(error) from error


def _configure(adapted: AdaptedConnection, _record: ConnectionPoolEntry) -> None:
    """Have UUIDs of Python's own class, of which the driver's is a subclass."""
    adapted.run_async(
        lambda driver: driver.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=UUID, format="text")
    )


def _add_up(cursor: Any, statement: str, parameters: Sequence[Any], context: ExecutionContext) -> bool | None:
    """Change rows one by one, to know how many there were: the driver does not tell of those that it changes together.

    Otherwise a flush would take an entity whose row is gone for kept.
    """
    if not (context.isupdate or context.isdelete):  # type: ignore[attr-defined]  # the default context has them
        return None
    found = 0
    for each in parameters:
        cursor.execute(statement, each)
        found += cursor.rowcount
    cursor._rowcount = found  # what `rowcount` reads
    return True


def _unreachable(error: Exception) -> Exception:
    made: Callable[[str, Exception], Exception] = AsyncAdapt_asyncpg_dbapi.OperationalError
    return made("the server cannot be reached", error)


def _bind(engine: Engine, read_only: bool, isolation: Isolation | None, options: EngineOptions) -> Engine:
    if read_only and (isolation or options.isolation) is Isolation.READ_COMMITTED:
        reading = engine.execution_options(**{_BEGIN: _WITHOUT})
        read_without_transaction(reading, _begin_reading)
        return reading
    level = None if isolation is None else _LEVELS[isolation]
    settling = options.settle_commits and not read_only
    return engine.execution_options(**{_BEGIN: _Begin(level, read_only, settling)})


def _begin(connection: Connection) -> None:
    begin: _Begin = connection.get_execution_options().get(_BEGIN, _AS_USUAL)
    adapted: Any = connection.connection.dbapi_connection
    _set(adapted, begin)
    connection.info.pop(TRANSACTION, None)
    connection.info.pop(_BROKEN, None)
    if begin.settling and _NO_ID not in connection.info:
        try:
            ((transaction,),) = adapted.execute("SELECT CAST(pg_current_xact_id() AS text)").fetchall()
            connection.info[TRANSACTION] = transaction
        except AsyncAdapt_asyncpg_dbapi.Error:
            _begin_without_id(connection, adapted)
        except BaseException:
            connection.invalidate()  # the driver does not know how far it has come
            raise


def _begin_two_phases(connection: Connection, _name: object) -> None:
    connection.info.pop(TRANSACTION, None)
    _set(connection.connection.dbapi_connection, connection.get_execution_options().get(_BEGIN, _AS_USUAL))


def _begin_without_id(connection: Connection, adapted: Any) -> None:
    """Let the driver begin with the first statement, which also raises what is wrong with the connection, if it is."""
    if not adapted.driver_connection.is_closed():
        adapted.rollback()
        connection.info[_NO_ID] = True


def _note_broken(context: ExceptionContext) -> None:
    if context.connection is not None and not context.is_disconnect and not context.connection.invalidated:
        context.connection.info[_BROKEN] = True


def _mended(connection: Connection, *_: object) -> None:
    if not connection.invalidated:
        connection.info.pop(_BROKEN, None)


def _refuse_broken(connection: Connection) -> None:
    if _BROKEN in connection.info:
        refuse_broken()


def _begin_as_usual(adapted: Any, record: ConnectionPoolEntry) -> None:
    """Let nobody who takes the connection from the pool find how another one began, or what it left open."""
    if adapted is None or adapted.driver_connection.is_closed():
        return
    record.info.pop(_BROKEN, None)
    try:
        adapted.rollback()
        if adapted.driver_connection.is_in_transaction():
            adapted.isolation_level = "autocommit"  # or the driver would begin another one
            adapted.execute("ROLLBACK")
        _set(adapted, _AS_USUAL)
    except AsyncAdapt_asyncpg_dbapi.Error:
        record.invalidate()


def _set(adapted: Any, wanted: _Begin) -> None:
    adapted.isolation_level = wanted.level
    adapted.readonly = wanted.read_only


def _begin_reading(connection: Connection) -> None:
    adapted: Any = connection.connection.dbapi_connection
    if not adapted.driver_connection.is_in_transaction():
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
