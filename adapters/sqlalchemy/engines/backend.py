"""What differs between databases, as one value for each."""

from collections.abc import Callable

import attrs
from sqlalchemy import URL, Connection, Engine, event

from unitofwork.adapters.sqlalchemy.errors.failure import Failure
from unitofwork.adapters.sqlalchemy.options import EngineOptions
from unitofwork.domain.errors import PersistenceError
from unitofwork.domain.isolation import Isolation

READ_ONLY = "unitofwork_read_only"
"""The execution option of a unit's connections: whether it only reads. Others' connections do not have it."""

_COMMITTING = "unitofwork_committing"
"""In a connection's ``info`` while COMMIT is the last thing that was sent."""


@attrs.frozen(kw_only=True)
class Backend:
    """One database, as the engines need to know it.

    Attributes:
        drivers: the drivers that it is used by, the preferred one first.
        create: makes an engine; it connects when it is first used.
        prepare: gives an engine, which has not connected yet, the database's settings.
        bind: the engine for units of work that only read or not, with an isolation level or the options' own; it
            shares the pool of the engine that it is given.
        classify: makes our error of the driver's, or None if it is not one.
    """

    drivers: tuple[str, ...]
    create: Callable[[URL, EngineOptions], Engine]
    prepare: Callable[[Engine, EngineOptions], None]
    bind: Callable[[Engine, bool, Isolation | None, EngineOptions], Engine]
    classify: Callable[[Failure], PersistenceError | None]


def watch_commits(engine: Engine) -> None:
    """Note which connections are committing, so that one that is lost then is told from one that is lost before."""
    event.listen(engine, "begin", _end_commit)
    event.listen(engine, "rollback", _end_commit)
    event.listen(engine, "commit", _start_commit)


def is_committing(connection: Connection | None) -> bool:
    """Whether COMMIT is the last thing that was sent, of a transaction that may have written."""
    return connection is not None and not connection.invalidated and _COMMITTING in connection.info


def _start_commit(connection: Connection) -> None:
    if not connection.get_execution_options().get(READ_ONLY, False):
        connection.info[_COMMITTING] = True


def _end_commit(connection: Connection) -> None:
    connection.info.pop(_COMMITTING, None)
