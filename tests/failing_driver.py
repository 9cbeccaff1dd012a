"""Drivers whose calls fail when a test says so, as a network, a server or an interrupt may make them."""

import os
import socket
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias

import attrs
import psycopg
import pymysql
import pymysql.cursors
import pytest
from sqlalchemy import Engine, event

from unitofwork.domain.errors import DatabaseUnavailable, PersistenceError, StatementTimeout

Error: TypeAlias = Callable[[], BaseException]


@attrs.define
class Fault:
    """Decides which calls of a driver fail, and how.

    Attributes:
        fails: tells by its number and its name whether a call does.
        error: what it raises; None lets the driver find out by itself what is wrong.
        before: what is done to the connection first.
        after: whether the call is done before it raises.
        calls: how many there were.
        hits: the names of those that failed.
    """

    fails: Callable[[int, str], bool] = lambda number, name: False
    error: Error | None = KeyboardInterrupt
    before: Callable[[Any], None] = lambda connection: None
    after: bool = False
    calls: int = 0
    hits: list[str] = attrs.Factory(list)

    def at(self, chosen: int) -> None:
        """Let one call fail, by its number."""
        self.fails = lambda number, _: number == chosen

    def call(self, name: str, connection: Any, do: Callable[[], Any]) -> Any:
        """Do it, or fail."""
        self.calls += 1
        if not self.fails(self.calls, name):
            return do()
        self.hits.append(name)
        self.before(connection)
        if self.error is None:
            return do()
        if self.after:
            do()
        raise self.error()


@attrs.define
class Injection:
    """A driver under a test's control: ``fault`` is what the test sets."""

    fault: Fault = attrs.Factory(Fault)

    def call(self, name: str, statement: object, connection: Any, do: Callable[[], Any]) -> Any:
        text = statement.decode() if isinstance(statement, bytes) else str(statement)
        first = text.split(maxsplit=1)[0].upper() if name in ("execute", "query") else ""
        return self.fault.call(f"{name} {first}".strip(), connection, do)


@attrs.frozen
class Driver:
    """How one driver is made to fail.

    Attributes:
        inject: lets the driver of an engine, which has not connected yet, ask the injection before each call.
        error: an error of its own that does not end the connection.
        ours: what that is to a unit of work.
        lose: cuts a connection off from its server; None if there is none to be cut off from.
        open_transactions: counts the transactions that others hold open in the same database; None if nobody tells.
    """

    inject: Callable[[Engine, Injection, pytest.MonkeyPatch], None]
    error: Error
    ours: type[PersistenceError]
    lose: Callable[[Any], None] | None = None
    open_transactions: str | None = None


def _into_sqlite(engine: Engine, injection: Injection, _monkeypatch: pytest.MonkeyPatch) -> None:
    class FailingCursor(sqlite3.Cursor):
        def execute(self, *arguments: Any) -> Any:
            return injection.call("execute", arguments[0], None, lambda: super(FailingCursor, self).execute(*arguments))

        def executemany(self, *arguments: Any) -> Any:
            do = super().executemany
            return injection.call("executemany", "", None, lambda: do(*arguments))

        def fetchone(self) -> Any:
            return injection.call("fetchone", "", None, super().fetchone)

        def fetchmany(self, size: int | None = 1) -> Any:
            do = super().fetchmany
            return injection.call("fetchmany", "", None, lambda: do(size))

        def fetchall(self) -> Any:
            return injection.call("fetchall", "", None, super().fetchall)

    class FailingConnection(sqlite3.Connection):
        def cursor(self, factory: Any = None) -> Any:
            do = super().cursor
            return injection.call("cursor", "", None, lambda: do(FailingCursor))

        def commit(self) -> None:
            injection.call("commit", "", None, super().commit)

        def rollback(self) -> None:
            injection.call("rollback", "", None, super().rollback)

    def do_connect(_dialect: object, _record: object, _arguments: list[str], options: dict[str, Any]) -> None:
        options["factory"] = FailingConnection

    event.listen(engine, "do_connect", do_connect)


def _by_patching(*places: tuple[type, str]) -> Callable[[Engine, Injection, pytest.MonkeyPatch], None]:
    """Inject into a driver in Python: into each method of its classes that talks to the server."""

    def inject(_engine: Engine, injection: Injection, monkeypatch: pytest.MonkeyPatch) -> None:
        for owner, names in places:
            for name in names.split():
                monkeypatch.setattr(owner, name, _failing(injection, name, getattr(owner, name)))

    return inject


def _failing(injection: Injection, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, *arguments: Any, **options: Any) -> Any:
        connection = getattr(self, "connection", self)
        statement = arguments[0] if arguments else ""
        return injection.call(name, statement, connection, lambda: method(self, *arguments, **options))

    return call


def _cut(number: int) -> None:
    with socket.socket(fileno=os.dup(number)) as cut_off:
        cut_off.shutdown(socket.SHUT_RDWR)


def _cut_postgresql(connection: Any) -> None:
    with suppress(psycopg.OperationalError, OSError):  # it may be closed by now
        _cut(connection.fileno())


def _cut_mariadb(connection: Any) -> None:
    with suppress(AttributeError, OSError):  # it may be closed by now
        _cut(connection._sock.fileno())


def _sqlite_error() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("injected")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return error


DRIVERS = {
    "sqlite": Driver(_into_sqlite, _sqlite_error, DatabaseUnavailable),
    "postgresql": Driver(
        _by_patching(
            (psycopg.Cursor, "execute executemany fetchone fetchmany fetchall copy"),
            (psycopg.ServerCursor, "execute fetchone fetchmany fetchall"),
            (psycopg.Copy, "write write_row"),
            (psycopg.Connection, "commit rollback"),
        ),
        lambda: psycopg.errors.QueryCanceled("injected"),
        StatementTimeout,
        _cut_postgresql,
        """
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
        AND pid <> pg_backend_pid() AND (xact_start IS NOT NULL OR pid IN (SELECT pid FROM pg_locks))
        """,
    ),
    "mariadb": Driver(
        _by_patching(
            (pymysql.cursors.Cursor, "fetchone fetchmany fetchall"),
            (pymysql.connections.Connection, "query commit rollback"),
        ),
        lambda: pymysql.err.OperationalError(1317, "injected"),
        StatementTimeout,
        _cut_mariadb,
        """
        SELECT count(*) FROM information_schema.innodb_trx JOIN information_schema.processlist
        ON id = trx_mysql_thread_id WHERE db = database() AND id <> connection_id()
        """,
    ),
}
