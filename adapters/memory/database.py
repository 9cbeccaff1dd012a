"""The database port over rows in memory."""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from random import Random

from sqlalchemy.orm import registry
from sqlalchemy.orm.session import JoinTransactionMode

from unitofwork.adapters.memory.awaiting import AwaitedInMemory
from unitofwork.adapters.memory.engine import MemoryEngine
from unitofwork.adapters.memory.faults import Faults
from unitofwork.adapters.memory.joining import JoinedDatabase
from unitofwork.adapters.memory.log import Log
from unitofwork.adapters.memory.mapping import prepared
from unitofwork.adapters.memory.observing import committed, too_many
from unitofwork.adapters.memory.outer import OuterTransaction
from unitofwork.adapters.memory.rows_session import RowsSession
from unitofwork.adapters.memory.session import MemorySession
from unitofwork.adapters.memory.store import Frozen, Store
from unitofwork.adapters.orm.names import mapper_of
from unitofwork.adapters.orm.tables import tables_of
from unitofwork.adapters.session.reuse import Sessions
from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.isolation import Isolation


class MemoryDatabase(AwaitedInMemory):
    """A twin of a SQL database, in memory and without SQL, for tests.

    Its entities are those of the application's mapping, and its rows obey that mapping as PostgreSQL would make them.

    Args:
        mapping: the registry that the application's classes were mapped with. It is checked here.
        shuffle: whether answers without an order come in any order, so that no test relies on one.

    Raises:
        MappingError: the mapping does not fit the classes, or has what the twin can neither keep nor enforce.
    """

    def __init__(self, mapping: registry, *, shuffle: bool = False) -> None:
        self._keys = prepared(mapping).keys
        self.mapping = mapping
        """The registry that the entities are mapped with."""
        self.store = Store(tables_of(mapping), mapping)
        self.faults = Faults(mapping)
        """What is to fail, and when."""
        self._log = Log(self.faults)
        self._shuffle = Random() if shuffle else None
        self._engines: dict[Isolation | None, MemoryEngine] = {}
        self._sessions: dict[tuple[bool, Isolation | None], Sessions[RowsSession]] = {}

    def session(
        self, *, read_only: bool, isolation: Isolation | None, autoflush: bool, expire_on_commit: bool
    ) -> MemorySession:
        """Open a session."""
        sessions = self._sessions.get((read_only, isolation))
        if sessions is None:
            make = partial(
                RowsSession, self._engine(isolation), read_only=read_only, autoflush=True, expire_on_commit=False
            )
            sessions = self._sessions.setdefault((read_only, isolation), Sessions(make))
        return MemorySession(sessions.take(autoflush, expire_on_commit), self._keys, sessions.give_back)

    # What a test sees from outside

    def committed(self, entity_type: type) -> list[dict[str, object]]:
        """What is committed of a type and its subclasses, in the order in which the rows were made.

        Each entity is a dictionary from its attributes that have columns to their values, and belongs to no unit.

        Raises:
            MappingError: the type is not mapped, or not by the database's registry.
        """
        self._keys.of(entity_type)
        return committed(self.store, mapper_of(entity_type))

    @property
    def commits(self) -> int:
        """How many transactions that changed something were committed."""
        return self.store.commits

    def counting(self) -> AbstractContextManager[list[str]]:
        """Take down what SQL would have sent inside a block, by all units, in a list that grows with it.

        Each text names the tables and the columns that are written, and leaves out the rest.
        """
        return self._log.counting()

    @contextmanager
    def assert_statements(self, *, at_most: int) -> Generator[list[str]]:
        """Fail at the end of a block inside which SQL would have sent more statements, as for each row of a question.

        Raises:
            AssertionError: listing the statements, each with how often it would have been sent.
        """
        with self._log.counting() as statements:
            yield statements
        if len(statements) > at_most:
            raise AssertionError(too_many(statements, at_most))

    def freeze(self) -> Frozen:
        """Keep what is committed, to `restore` it later; that takes microseconds, however many rows there are.

        Raises:
            UnitOfWorkError: something is not committed.
        """
        with self.store.lock:
            return self.store.freeze()

    def restore(self, frozen: Frozen) -> None:
        """Go back to what was kept, as often as one likes.

        Raises:
            UnitOfWorkError: something is not committed, or a unit of work looks at a snapshot.
        """
        with self.store.lock:
            self.store.restore(frozen)

    # A transaction outside of any unit of work

    @contextmanager
    def transaction(self, isolation: Isolation | None = None) -> Generator[OuterTransaction]:
        """Begin a transaction for units to run in, which is undone at the end of the block if it is still open."""
        outer = OuterTransaction(self._engine(isolation))
        try:
            yield outer
        finally:
            outer.close()

    def joined(
        self, outer: OuterTransaction, *, join_transaction_mode: JoinTransactionMode = "create_savepoint"
    ) -> JoinedDatabase:
        """A database whose units of work run inside a transaction.

        So a test undoes code that commits::

            with database.transaction() as outer:
                service(Accounts(database.joined(outer)))

        The modes are those of SQLAlchemy's session, and do what they do in `SqlAlchemyDatabase.joined`.

        Args:
            outer: what `transaction` gave, still open.
            join_transaction_mode: what a unit's commit and rollback do to it.

        Raises:
            UnitOfWorkError: the transaction is another database's, or has ended.
            ValueError: there is no such mode.
        """
        if outer.connection.engine not in self._engines.values():
            raise UnitOfWorkError("the transaction is another database's: get it from database.transaction()")
        return JoinedDatabase(outer, join_transaction_mode, self._keys, self._shuffle)

    def _engine(self, isolation: Isolation | None) -> MemoryEngine:
        engine = self._engines.get(isolation)
        if engine is None:
            engine = self._engines.setdefault(isolation, MemoryEngine(self.store, self._log, isolation, self._shuffle))
        return engine

    @property
    def checked_out(self) -> int:
        """How many units of work are in a transaction."""
        return sum(len(engine.open) for engine in self._engines.values())

    def dispose(self) -> None:
        """Do nothing: there are no connections to close."""
