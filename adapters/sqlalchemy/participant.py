"""One database that takes part in units of work: its engine with this library's settings, its errors, its tables."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import URL, Dialect, Engine, Table, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.orm import registry
from sqlalchemy.pool import ConnectionPoolEntry

from unitofwork.adapters.sqlalchemy import engines
from unitofwork.adapters.sqlalchemy.branches import BranchName, take_names
from unitofwork.adapters.sqlalchemy.engines.backend import READ_ONLY, is_committing, transaction_of
from unitofwork.adapters.sqlalchemy.errors.failure import Failure, Parameters
from unitofwork.adapters.sqlalchemy.options import EngineOptions
from unitofwork.adapters.sqlalchemy.telling import tell_failure, tell_statements
from unitofwork.domain.errors import CommitOutcomeUnknown, UnsupportedQuery
from unitofwork.domain.isolation import Isolation
from unitofwork.domain.observing import LISTENING
from unitofwork.domain.outcome import Outcome


class Participant:
    """A database of its own, whatever others the unit of work uses.

    Args:
        url_or_engine: a URL, or an engine that has not connected yet.
        place: its number among those that a unit may use.
        mapping: knows the tables and the constraints' names.
        options: how connections are made, kept and used.

    Raises:
        ValueError: the URL is none, the database is not supported, or its driver is not installed.
    """

    def __init__(
        self, url_or_engine: str | URL | Engine, place: int, mapping: registry, options: EngineOptions
    ) -> None:
        self._place = place
        self._mapping = mapping
        self._options = options
        engine = url_or_engine if isinstance(url_or_engine, Engine) else engines.create(url_or_engine, options)
        self._backend = engines.backend_of(engine)
        self._backend.prepare(engine, options)
        self._shared = engine
        self._is_own = engine is not url_or_engine
        if self._is_own:
            engine.update_execution_options(**{READ_ONLY: False})
        self._bound: dict[tuple[bool, Isolation | None], Engine] = {}
        self.engine = self.bind(read_only=False, isolation=None)
        """The engine of units that may write."""
        event.listen(engine, "handle_error", self._typed)
        LISTENING.prepare(tell_statements)

    @property
    def dialect(self) -> Dialect:
        """How the database is spoken to."""
        return self._shared.dialect

    def bind(self, read_only: bool, isolation: Isolation | None) -> Engine:
        """The engine of units of one kind, over the pool that all share."""
        kind = (read_only, isolation)
        bound = self._bound.get(kind)
        if bound is None:
            shared = self._shared
            if read_only or not self._is_own:  # events pass through each engine that is made of another, which costs
                shared = shared.execution_options(**{READ_ONLY: read_only})
            bound = self._bound.setdefault(kind, self._backend.bind(shared, read_only, isolation, self._options))
        return bound

    def get_ready(self) -> None:
        """Open a connection, for the units that come, and find out what the first of them would have to.

        Raises:
            DatabaseUnavailable, ConnectionLost: the database cannot be reached.
        """
        with self.engine.connect() as connection:
            self._backend.get_ready(connection)

    def owns(self, engine: Engine | None) -> bool:
        """Whether the engine is one of those that `bind` gives."""
        return any(engine is bound for bound in self._bound.values())

    def create(self, tables: Sequence[Table]) -> None:
        """Create those of the tables that are missing."""
        self._mapping.metadata.create_all(self.engine, tables)

    def drop(self, tables: Sequence[Table]) -> None:
        """Drop those of the tables that are there."""
        self._mapping.metadata.drop_all(self.engine, tables)

    def outcome(self, transaction: str | None) -> Outcome:
        """What became of a transaction; None is one whose id is not known.

        Raises:
            UnsupportedQuery: this database keeps no record of transactions.
            DatabaseUnavailable: it cannot be reached.
        """
        ask = self._backend.outcome
        if ask is None:
            raise UnsupportedQuery(
                f"{self.dialect.name} keeps no record of transactions: look whether what was to be kept is there"
            )
        if transaction is None:
            return Outcome.UNKNOWN
        with self.bind(read_only=True, isolation=Isolation.READ_COMMITTED).connect() as connection:
            return ask(connection, transaction)

    def use_two_phases(self) -> None:
        """Get ready for transactions in two phases.

        Raises:
            ValueError: the database has none.
        """
        if self._backend.two_phases is None:
            raise ValueError(f"{self.dialect.name} has no commit in two phases: use twophase=True without it")
        take_names(self.dialect)

    def prepared(self) -> list[tuple[BranchName, datetime | None]]:
        """The prepared branches, each with the time, if that is known; those of other applications are left out.

        Raises:
            DatabaseUnavailable: the database cannot be reached.
        """
        assert self._backend.two_phases is not None
        with self.engine.connect() as connection:
            all_there = self._backend.two_phases.prepared(connection)
        listed = [(BranchName.parse(name), moment) for name, moment in all_there]
        return [(name, moment) for name, moment in listed if name is not None and name.place == self._place]

    def finish(self, name: BranchName, *, commit: bool) -> None:
        """End a prepared branch.

        Raises:
            PersistenceError: it could not be ended, and is still prepared.
        """
        assert self._backend.two_phases is not None
        with self.engine.connect() as connection:
            try:
                self._backend.two_phases.finish(connection, str(name), commit)
            except self.dialect.loaded_dbapi.Error as error:  # SQLAlchemy passes the driver's own errors on here
                failure = Failure(error=error, mapping=self._mapping, connection=connection)
                raise self._backend.classify(failure) or error from error

    def dispose(self) -> None:
        """Close idle connections; a unit of work that is open keeps its own until it is closed."""
        pool = self.engine.pool
        self.engine.dispose()
        event.listen(pool, "checkin", _close)  # nobody takes what comes back to a pool that was replaced

    def _typed(self, context: ExceptionContext) -> BaseException | None:
        engine = context.engine
        if engine is None or not self.owns(engine) or _expected(context):
            return None
        failure = Failure(
            error=context.original_exception,
            mapping=self._mapping,
            connection=context.connection,
            statement=context.statement,
            parameters=cast(Parameters, context.parameters),
            read_only=bool(engine.get_execution_options().get(READ_ONLY)),
            lost=context.is_disconnect,
            committing=context.statement is None and is_committing(context.connection),
            transaction=transaction_of(context.connection),
        )
        ours = self._backend.classify(failure)
        if isinstance(ours, CommitOutcomeUnknown) and ours.transaction is not None:
            ours.transaction = f"{self._place}:{ours.transaction}"
        tell_failure(ours or context.original_exception)
        return ours

    def __repr__(self) -> str:
        return self.engine.url.set(query={}).render_as_string(hide_password=True)  # where passwords may stand, too


def _expected(context: ExceptionContext) -> bool:
    """Whether SQLAlchemy runs the statement to see if it fails, as when it looks whether a table is there."""
    running = context.execution_context
    return running is not None and bool(running.execution_options.get("skip_user_error_events"))


def _close(_connection: object, record: ConnectionPoolEntry) -> None:
    record.invalidate()
