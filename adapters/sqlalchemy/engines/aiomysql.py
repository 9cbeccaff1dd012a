"""MariaDB through aiomysql.

What is said of PyMySQL's engines holds for these, whose driver is made of it, but that rows are inserted rather than
loaded as local data. A statement that is cancelled is killed at the server, by a connection that is opened for that.
"""

from typing import Any

import attrs
import pymysql
from sqlalchemy import AdaptedConnection, Dialect, Engine, event
from sqlalchemy.util.concurrency import await_, in_greenlet

from unitofwork.adapters.sqlalchemy.engines import mariadb
from unitofwork.adapters.sqlalchemy.engines.aiomysql_connection import QuietConnection
from unitofwork.adapters.sqlalchemy.engines.finishing import closed_if_cancelled, uninterrupted
from unitofwork.adapters.sqlalchemy.errors.failure import taking_options
from unitofwork.adapters.sqlalchemy.options import EngineOptions


def _prepare(engine: Engine, options: EngineOptions) -> None:
    connect = closed_if_cancelled(_connected, QuietConnection.ensure_closed)
    # Made once: the event loop waits while the machine's certificates, which are many, are read.
    tls: dict[str, Any] = {}

    def do_connect(_dialect: Dialect, _record: object, _arguments: list[str], chosen: dict[str, Any]) -> None:
        asked = {name: chosen.pop(name) for name in list(chosen) if name.startswith("ssl")}
        if not tls:
            tls.update(_tls(asked))
        chosen.update({**mariadb.arguments_of(options), **chosen, **tls, "async_creator_fn": connect})

    event.listen(engine, "do_connect", do_connect)
    engine.dialect.do_terminate = _terminate  # type: ignore[method-assign,assignment]  # the dialect's own kills nothing
    mariadb.prepare(engine, options)


async def _connected(**options: Any) -> QuietConnection:
    with taking_options():
        connection = QuietConnection(**options)
    await connection.connect()
    return connection


def _tls(asked: dict[str, Any]) -> dict[str, Any]:
    """The driver's options for TLS, of those of PyMySQL, as PyMySQL understands them."""
    understood: Any = pymysql.connections.Connection(defer_connect=True, **asked)
    context = understood.ctx if understood.ssl else None
    return {"ssl": context, "tls_required": context is not None and bool(asked)}


def _terminate(adapted: AdaptedConnection) -> None:
    """Throw a connection away, also where nothing can be awaited, and kill what was cancelled on it."""
    driver: Any = adapted.driver_connection
    try:
        if in_greenlet():
            uninterrupted(lambda: await_(driver.leave()))
    finally:
        driver.close()


BACKEND = attrs.evolve(mariadb.BACKEND, prepare=_prepare)
