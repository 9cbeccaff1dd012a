"""What differs between databases, as one value for each."""

from collections.abc import Callable, Sequence
from datetime import datetime

import attrs
from sqlalchemy import URL, Connection, Engine, event

from unitofwork.adapters.sqlalchemy.errors.failure import Failure
from unitofwork.adapters.sqlalchemy.options import EngineOptions
from unitofwork.domain.errors import PersistenceError
from unitofwork.domain.isolation import Isolation
from unitofwork.domain.outcome import Outcome

READ_ONLY = "unitofwork_read_only"
"""The execution option of a unit's connections: whether it only reads. Others' connections do not have it."""

TRANSACTION = "unitofwork_transaction"
"""In a connection's ``info``: the id of the transaction that was begun last."""

_COMMITTING = "unitofwork_committing"
"""In a connection's ``info`` while COMMIT is the last thing that was sent."""


@attrs.frozen
class TwoPhases:
    """How prepared transactions are found and ended, from another connection than theirs.

    Attributes:
        prepared: the names of those in the connection's database, or on its server, each with the time, if it is known.
        finish: ends the one of that name, by a commit or not.
    """

    prepared: Callable[[Connection], Sequence[tuple[str, datetime | None]]]
    finish: Callable[[Connection, str, bool], None]


@attrs.frozen(kw_only=True)
class Backend:
    """One database, as the engines need to know it.

    Attributes:
        create: makes an engine; it connects when it is first used.
        prepare: gives an engine, which has not connected yet, the database's settings.
        bind: the engine for units of work that only read or not, with an isolation level or the options' own; it
            shares the pool of the engine that it is given.
        classify: makes our error of the driver's, or None if it is not one.
        outcome: tells what became of a transaction by its id; None where the database keeps no record.
        two_phases: how what a crash left between two phases is found and ended; None where there are no two phases.
        locks_rows: whether transactions lock single rows; otherwise one that writes has the whole database.
        tell: lets those who listen know of news, once the transaction is committed; None where nobody can listen.
        get_ready: finds out, on a connection without a transaction, what its first unit would have to.
    """

    create: Callable[[URL, EngineOptions], Engine]
    prepare: Callable[[Engine, EngineOptions], None]
    bind: Callable[[Engine, bool, Isolation | None, EngineOptions], Engine]
    classify: Callable[[Failure], PersistenceError | None]
    outcome: Callable[[Connection, str], Outcome] | None = None
    two_phases: TwoPhases | None = None
    locks_rows: bool = True
    tell: Callable[[Connection, str], None] | None = None
    get_ready: Callable[[Connection], None] = lambda _: None


def watch_commits(engine: Engine) -> None:
    """Note which connections are committing, so that one that is lost then is told from one that is lost before."""
    event.listen(engine, "begin", _end_commit)
    event.listen(engine, "rollback", _end_commit)
    event.listen(engine, "commit", _start_commit)
    event.listen(engine, "begin_twophase", _end_commit)
    event.listen(engine, "rollback_twophase", _end_commit)
    event.listen(engine, "commit_twophase", _start_commit)


def is_committing(connection: Connection | None) -> bool:
    """Whether COMMIT is the last thing that was sent, of a transaction that may have written."""
    return connection is not None and not connection.invalidated and _COMMITTING in connection.info


def transaction_of(connection: Connection | None) -> str | None:
    """The id of the connection's transaction, where the database gave one."""
    return None if connection is None or connection.invalidated else connection.info.get(TRANSACTION)


def _start_commit(connection: Connection, *_: object) -> None:
    if not connection.get_execution_options().get(READ_ONLY, False):
        connection.info[_COMMITTING] = True


def _end_commit(connection: Connection, *_: object) -> None:
    if not connection.invalidated:
        connection.info.pop(_COMMITTING, None)
