"""How connections are made, kept and used: what an application may choose, with the defaults."""

from typing import Any

import attrs

from unitofwork.domain.isolation import Isolation


def _not_negative(_options: object, attribute: "attrs.Attribute[Any]", value: float | None) -> None:
    if value is not None and value < 0:
        raise ValueError(f"{attribute.name} is a number of {_UNITS.get(attribute.name, 'seconds')}, not negative")


_UNITS = {"pool_size": "connections", "max_overflow": "connections"}


@attrs.frozen(kw_only=True)
class EngineOptions:
    """How a database's connections are made, kept and used. All times are in seconds.

    Where None is allowed, it leaves the matter to the server or the driver. The settings go along with the connecting
    itself, so that they cost a unit of work nothing.

    Attributes:
        pool_size: connections that stay open when nobody uses them (5).
        max_overflow: connections that may be open beyond those while all are in use (10).
        pool_timeout: how long a unit waits for a connection to come free before it is `DatabaseUnavailable` (10).
        recycle: a connection older than this is replaced before its next use; None keeps it for as long as it
            works (None).
        ping_after: a connection that nobody used for longer than this is tried before its next use, and replaced if it
            is dead; 0 tries every time, which costs a round trip each; None never (30).
        connect_timeout: how long connecting may take (10).
        lock_timeout: how long a statement waits for another transaction's lock before it raises `LockTimeout` (5).
        statement_timeout: how long a statement may run before it raises `StatementTimeout` (None: for ever).
        network_timeout: how long the network or the server may be silent before the connection is given up for lost.
            On MariaDB it must be longer than the longest statement (300).
        idle_in_transaction_timeout: how long a unit may hold a transaction open between two statements before the
            server ends its connection, so that a client that hangs does not hold locks for ever (None: for ever).

        settle_commits: whether a unit that may write asks PostgreSQL for its transaction's id as it begins, in the same
            round trip, so that ``database.outcome()`` can tell what became of a COMMIT that was not answered (True). It
            uses up an id even if nothing is written, so units that only read should say so.
        isolation: of units that ask for none (READ COMMITTED). SQLite has one level, which is SERIALIZABLE.

    SQLite has no network, and nobody cancels its statements: there, only ``lock_timeout`` and the pool's options count.
    """

    pool_size: int = attrs.field(default=5, validator=_not_negative)
    max_overflow: int = attrs.field(default=10, validator=_not_negative)
    pool_timeout: float = attrs.field(default=10.0, validator=_not_negative)
    recycle: float | None = attrs.field(default=None, validator=_not_negative)
    ping_after: float | None = attrs.field(default=30.0, validator=_not_negative)
    connect_timeout: float | None = attrs.field(default=10.0, validator=_not_negative)
    lock_timeout: float | None = attrs.field(default=5.0, validator=_not_negative)
    statement_timeout: float | None = attrs.field(default=None, validator=_not_negative)
    network_timeout: float | None = attrs.field(default=300.0, validator=_not_negative)
    idle_in_transaction_timeout: float | None = attrs.field(default=None, validator=_not_negative)
    settle_commits: bool = True
    isolation: Isolation | None = Isolation.READ_COMMITTED
