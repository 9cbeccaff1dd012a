"""The pool of connections to a server: its size, and who looks whether a connection still works."""

from time import monotonic
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from unitofwork.adapters.sqlalchemy.options import EngineOptions

_IDLE_SINCE = "unitofwork_idle_since"


def pool_arguments(options: EngineOptions) -> dict[str, Any]:
    """The arguments of ``create_engine`` for the pool."""
    return {
        "pool_size": options.pool_size,
        "max_overflow": options.max_overflow,
        "pool_timeout": options.pool_timeout,
        "pool_recycle": -1 if options.recycle is None else options.recycle,
    }


def ping_idle(engine: Engine, after: float | None) -> None:
    """Try a connection that was idle for longer than ``after`` seconds before its next use, and replace a dead one."""
    if after is None:
        return
    dialect = engine.dialect

    def checkin(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[_IDLE_SINCE] = monotonic()

    def checkout(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        since = record.info.get(_IDLE_SINCE)
        if since is None or monotonic() - since < after:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError("an idle connection was dead") from error

    event.listen(engine, "checkin", checkin)
    event.listen(engine, "checkout", checkout)
