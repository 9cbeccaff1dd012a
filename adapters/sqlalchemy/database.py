"""The database port over a SQLAlchemy engine."""

from typing import cast

from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.orm import registry
from sqlalchemy.orm.session import JoinTransactionMode
from sqlalchemy.pool import ConnectionPoolEntry

from unitofwork.adapters.orm import check_registry
from unitofwork.adapters.sqlalchemy import engines
from unitofwork.adapters.sqlalchemy.engines.backend import READ_ONLY, is_committing, transaction_of
from unitofwork.adapters.sqlalchemy.errors.failure import Failure, Parameters
from unitofwork.adapters.sqlalchemy.joining import JoinedDatabase
from unitofwork.adapters.sqlalchemy.keys import KeyLookups
from unitofwork.adapters.sqlalchemy.lazy_loading import guard
from unitofwork.adapters.sqlalchemy.options import EngineOptions
from unitofwork.adapters.sqlalchemy.orm_session import OrmSession
from unitofwork.adapters.sqlalchemy.session import SqlAlchemySession
from unitofwork.domain.errors import CommitOutcomeUnknown, UnitOfWorkError, UnsupportedQuery
from unitofwork.domain.isolation import Isolation
from unitofwork.domain.outcome import Outcome


class SqlAlchemyDatabase:
    """A SQL database that keeps the entities of a registry.

    Args:
        url_or_engine: a URL, for which an engine is made with this library's settings; or an engine that has not
            connected yet, which is given them. Nothing connects before a unit of work asks for something.
        mapping: the registry that the application's classes were mapped with. It is checked here.
        options: how connections are made, kept and used. An engine that is given has its own pool, so that those of
            the pool count for a URL only.

    Raises:
        ValueError: the URL is none, the database is not supported, or its driver is not installed.
        MappingError: the mapping does not fit the classes.
    """

    def __init__(
        self, url_or_engine: str | URL | Engine, mapping: registry, *, options: EngineOptions | None = None
    ) -> None:
        check_registry(mapping)
        guard(mapping)
        self.mapping = mapping
        """The registry that the entities are mapped with."""
        self.options = options or EngineOptions()
        """How connections are made, kept and used."""
        engine = url_or_engine if isinstance(url_or_engine, Engine) else engines.create(url_or_engine, self.options)
        self._backend = engines.backend_of(engine)
        self._backend.prepare(engine, self.options)
        self._shared = engine
        self._bound: dict[tuple[bool, Isolation | None], Engine] = {}
        self.engine = self._bind(read_only=False, isolation=None)
        """The engine of units that may write. Others may share its pool; what runs on this one raises our errors."""
        self._keys = KeyLookups(mapping, engine.dialect)
        event.listen(engine, "handle_error", self._typed)

    def session(
        self, *, read_only: bool, isolation: Isolation | None, autoflush: bool, expire_on_commit: bool
    ) -> SqlAlchemySession:
        """Open a session; it takes a connection from the pool with its first operation."""
        return SqlAlchemySession(
            OrmSession(
                self._bind(read_only, isolation),
                read_only=read_only,
                autoflush=autoflush,
                expire_on_commit=expire_on_commit,
            ),
            self._keys,
        )

    def joined(
        self, connection: Connection, *, join_transaction_mode: JoinTransactionMode = "create_savepoint"
    ) -> JoinedDatabase:
        """A database whose units of work run on this connection, inside the transaction that is open there.

        So a test undoes code that commits::

            with database.engine.connect() as connection, connection.begin() as outer:
                service(Accounts(database.joined(connection)))
                outer.rollback()

        The modes are those of SQLAlchemy's session:

        ======================= ============================ =========================================================
        mode                    a unit's commit              a unit's rollback
        ======================= ============================ =========================================================
        create_savepoint        keeps it for the outer one   undoes what the unit did
        rollback_only           keeps it for the outer one   rolls the outer transaction back, or its savepoint
        control_fully           commits the outer one        rolls the outer transaction back, or its savepoint
        conditional_savepoint   as create_savepoint inside a savepoint of the outer transaction, else as rollback_only
        ======================= ============================ =========================================================

        Closing a unit rolls back what it wrote and did not commit, and leaves the connection with its owner. A unit
        that wrote nothing leaves the outer transaction as it is, but in full control.

        Args:
            connection: of this database's ``engine``, with a transaction that its owner began and will end.
            join_transaction_mode: what a unit's commit and rollback do to that transaction.

        Raises:
            UnitOfWorkError: the connection is another engine's, or in no transaction.
            ValueError: there is no such mode.
        """
        if not self._is_bound(connection.engine):
            raise UnitOfWorkError("the connection is another engine's: get it from database.engine.connect()")
        return JoinedDatabase(connection, join_transaction_mode, self._keys)

    def create_schema(self) -> None:
        """Create the mapping's tables that are missing."""
        self.mapping.metadata.create_all(self.engine)

    def drop_schema(self) -> None:
        """Drop the mapping's tables, with all that is in them."""
        self.mapping.metadata.drop_all(self.engine)

    def outcome(self, error: CommitOutcomeUnknown) -> Outcome:
        """What became of the transaction whose COMMIT raised ``error``; the same database must be asked.

        Raises:
            UnsupportedQuery: this database keeps no record of transactions, as PostgreSQL does.
            DatabaseUnavailable: it cannot be reached.
        """
        ask = self._backend.outcome
        if ask is None:
            raise UnsupportedQuery(
                f"{self.engine.dialect.name} keeps no record of transactions: look whether what was to be kept is there"
            )
        if error.transaction is None:
            return Outcome.UNKNOWN
        with self._bind(read_only=True, isolation=Isolation.READ_COMMITTED).connect() as connection:
            return ask(connection, error.transaction)

    def dispose(self) -> None:
        """Close idle connections; a unit of work that is open keeps its own until it is closed."""
        pool = self.engine.pool
        self.engine.dispose()
        event.listen(pool, "checkin", _close)  # nobody takes what comes back to a pool that was replaced

    def _bind(self, read_only: bool, isolation: Isolation | None) -> Engine:
        """The engine of units of one kind, over the pool that all share."""
        kind = (read_only, isolation)
        bound = self._bound.get(kind)
        if bound is None:
            shared = self._shared.execution_options(**{READ_ONLY: read_only})
            bound = self._bound.setdefault(kind, self._backend.bind(shared, read_only, isolation, self.options))
        return bound

    def _is_bound(self, engine: Engine | None) -> bool:
        return any(engine is bound for bound in self._bound.values())

    def _typed(self, context: ExceptionContext) -> BaseException | None:
        if not self._is_bound(context.engine) or _expected(context):
            return None
        failure = Failure(
            error=context.original_exception,
            mapping=self.mapping,
            connection=context.connection,
            statement=context.statement,
            parameters=cast(Parameters, context.parameters),
            lost=context.is_disconnect,
            committing=context.statement is None and is_committing(context.connection),
            transaction=transaction_of(context.connection),
        )
        return self._backend.classify(failure)

    def __repr__(self) -> str:
        return f"<SqlAlchemyDatabase {self.engine.url.render_as_string(hide_password=True)}>"


def _expected(context: ExceptionContext) -> bool:
    """Whether SQLAlchemy runs the statement to see if it fails, as when it looks whether a table is there."""
    running = context.execution_context
    return running is not None and bool(running.execution_options.get("skip_user_error_events"))


def _close(_connection: object, record: ConnectionPoolEntry) -> None:
    record.invalidate()
