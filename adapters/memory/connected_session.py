"""A session on a connection to a store, whose errors it knows, and whose log it tells what SQL would do."""

from collections.abc import Callable, Collection
from typing import TypeVar, cast

from sqlalchemy import Table

from unitofwork.adapters.memory.engine import MemoryConnection, MemoryEngine
from unitofwork.adapters.memory.faults import Operation
from unitofwork.adapters.memory.log import Log
from unitofwork.adapters.memory.private.session import ShorterSession
from unitofwork.adapters.memory.store import Transaction
from unitofwork.adapters.session.private import connections
from unitofwork.domain.errors import CommitOutcomeUnknown, ConnectionLost, PersistenceError

T = TypeVar("T")


class ConnectedSession(ShorterSession):
    """A session that reads and writes rows on a connection of its engine's."""

    def __init__(self, engine: MemoryEngine, *, read_only: bool, autoflush: bool, expire_on_commit: bool) -> None:
        super().__init__(engine, read_only=read_only, autoflush=autoflush, expire_on_commit=expire_on_commit)
        self.engine = engine
        self._refusal: BaseException | None = None

    def is_of_database(self, error: BaseException) -> bool:
        """Whether the store refused something."""
        return error is self._refusal or self.engine.faults.has_raised(error)

    def failed(self, error: BaseException) -> BaseException:
        """Note an error that ended the transaction; a connection that it says is lost has done nothing."""
        ours = super().failed(error)
        if isinstance(ours, ConnectionLost | CommitOutcomeUnknown):
            for connection in connections(self):
                cast(MemoryConnection, connection).lose()
        return ours

    def close(self) -> None:
        """Close; what the open transaction wrote is as if it had been rolled back."""
        try:
            if not self.let_go():
                super().close()
        finally:
            self._refusal = None  # it leads back to the session, which would not be as it was made

    def _end(self, end: Callable[[], None]) -> None:
        try:
            super()._end(end)
        finally:
            self._refusal = None  # it leads back to the session, which would not be as it was made

    @property
    def log(self) -> Log:
        """Takes what SQL would have been sent; where that is to fail, the transaction has begun."""
        engine = self.engine
        if engine.faults.watching:
            self.connected()
        return engine.log

    def read(self, ask: Callable[[Transaction], T]) -> T:
        """Ask something of the rows while nobody else changes them; a failure ends the transaction."""
        connection = self.connected()
        try:
            return self.run(connection, ask)
        except BaseException:
            connection.abort()
            raise

    def run(self, connection: MemoryConnection, ask: Callable[[Transaction], T]) -> T:
        """Do something to the rows on a connection of the session, while nobody else does: all of it, or nothing."""
        with self.engine.store.lock:
            try:
                return ask(connection.transaction)
            except BaseException as error:
                self.note(error)
                raise

    def note(self, error: BaseException) -> None:
        """Note an error that came from the store."""
        self._refusal = error

    def connected(self) -> MemoryConnection:
        """The connection, in a transaction.

        Raises:
            PersistenceError: there is none to be had.
        """
        if self.may_wait is not None:
            self.refuse_outside_run()
        try:
            connection: MemoryConnection | None = self.plain_connection(self.engine)
            return cast(MemoryConnection, self.connection()) if connection is None else connection
        except PersistenceError as error:
            self._refusal = error
            raise

    def meet(self, operation: Operation, tables: Collection[Table] = ()) -> None:
        """Fail if an operation is to."""
        if self.engine.faults.watching:
            self.engine.faults.meet(operation, tables)
