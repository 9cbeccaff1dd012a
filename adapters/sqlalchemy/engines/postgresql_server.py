"""What PostgreSQL's server is asked for and told, whatever the driver."""

from collections.abc import Iterator
from datetime import datetime
from typing import NoReturn

from sqlalchemy import URL, Connection, Engine, text

from unitofwork.adapters.sqlalchemy.engines.making import make_engine
from unitofwork.adapters.sqlalchemy.engines.pooling import pool_arguments
from unitofwork.adapters.sqlalchemy.options import EngineOptions
from unitofwork.domain.errors import NeedsRollback
from unitofwork.domain.isolation import Isolation
from unitofwork.domain.outcome import Outcome

NAMES = {
    Isolation.READ_COMMITTED: "READ COMMITTED",
    Isolation.SNAPSHOT: "REPEATABLE READ",
    Isolation.SERIALIZABLE: "SERIALIZABLE",
}
"""The names of the levels in SQL."""

CHANNEL = "unitofwork_outbox"
"""What news of the outbox are told on."""

_TELL = text("SELECT pg_notify(:channel, :news)")


def create(url: URL, options: EngineOptions) -> Engine:
    """Make an engine."""
    return make_engine(url, **pool_arguments(options))


def settings_of(options: EngineOptions) -> Iterator[tuple[str, str]]:
    """The server's settings for a session; the least time is a millisecond, because 0 would mean for ever."""
    times = {
        "lock_timeout": options.lock_timeout,
        "statement_timeout": options.statement_timeout,
        "idle_in_transaction_session_timeout": options.idle_in_transaction_timeout,
    }
    for name, time in times.items():
        if time is not None:
            yield name, f"{max(1, round(1000 * time))}ms"
    if options.isolation is not None:
        yield "default_transaction_isolation", NAMES[options.isolation].lower()


def refuse_broken() -> NoReturn:
    """Refuse what PostgreSQL would take for ROLLBACK without a word: COMMIT after an error that was passed over."""
    raise NeedsRollback("an earlier error ended the transaction, so that COMMIT would keep nothing: call rollback()")


_OUTCOMES = {"committed": Outcome.COMMITTED, "aborted": Outcome.ROLLED_BACK, "in progress": Outcome.IN_PROGRESS}


def outcome(connection: Connection, transaction: str) -> Outcome:
    """What became of a transaction; the server forgets what is long ago."""
    status = connection.scalar(text("SELECT pg_xact_status(CAST(:id AS xid8))"), {"id": transaction})
    return _OUTCOMES.get(status or "", Outcome.UNKNOWN)


def prepared(connection: Connection) -> list[tuple[str, datetime | None]]:
    """The names of the prepared transactions of the connection's database, each with its time."""
    listing = "SELECT gid, prepared FROM pg_prepared_xacts WHERE database = current_database()"
    return [(name, moment) for name, moment in connection.execute(text(listing))]


def finish(connection: Connection, name: str, commit: bool) -> None:
    """End a prepared transaction."""
    end = connection.commit_prepared if commit else connection.rollback_prepared
    end(name, recover=True)


def telling(statement: str, place: str) -> str:
    """The INSERT, such that it also lets those who listen know of news: one more parameter, which has this place."""
    return f"WITH written AS ({statement}) SELECT pg_notify('{CHANNEL}', {place})"


def tell(connection: Connection, news: str) -> None:
    """Let those who listen know of news, once the transaction is committed."""
    connection.execute(_TELL, {"channel": CHANNEL, "news": news})
