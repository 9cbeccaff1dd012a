"""Units of work inside a transaction that somebody else began and will end, as a test does that undoes what commits."""

from collections.abc import Callable
from typing import get_args

from sqlalchemy import Connection, Transaction, event
from sqlalchemy.orm import SessionTransaction, UOWTransaction
from sqlalchemy.orm.session import JoinTransactionMode

from unitofwork.adapters.sqlalchemy.engine_session import EngineSession
from unitofwork.adapters.sqlalchemy.keys import KeyLookups
from unitofwork.adapters.sqlalchemy.private import left_to_others
from unitofwork.adapters.sqlalchemy.session import SqlAlchemySession
from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.isolation import Isolation


class JoinedDatabase:
    """A database whose units of work all run on one connection, inside the transaction that is open there.

    `SqlAlchemyDatabase.joined` makes it, and says what is promised. Units use it one after the other, or one inside
    another.
    """

    def __init__(
        self,
        connection: Connection,
        mode: JoinTransactionMode,
        keys: KeyLookups,
        session_type: "type[JoinedSession] | None" = None,
    ) -> None:
        if mode not in get_args(JoinTransactionMode):
            raise ValueError(f"there is no such mode: use one of {', '.join(get_args(JoinTransactionMode))}")
        self._outer = connection.get_transaction()
        if self._outer is None:
            raise UnitOfWorkError("the connection is in no transaction that could be joined: begin one first")
        self._connection = connection
        self._mode: JoinTransactionMode = mode
        self._keys = keys
        self._session_type = session_type or JoinedSession

    def session(
        self, *, read_only: bool, isolation: Isolation | None, autoflush: bool, expire_on_commit: bool
    ) -> SqlAlchemySession:
        """Open a session inside the outer transaction.

        Raises:
            UnitOfWorkError: the outer transaction has ended; or an isolation level is asked for, which only who began
                it could choose.
        """
        if isolation is not None:
            raise UnitOfWorkError("the isolation of an outer transaction is chosen by whoever begins it")
        raw = self._session_type(
            self._connection, self._mode, read_only=read_only, autoflush=autoflush, expire_on_commit=expire_on_commit
        )
        self._refuse_other_transactions(raw)
        event.listen(raw, "after_begin", self._begun)
        return SqlAlchemySession(raw, self._keys)

    def dispose(self) -> None:
        """Do nothing: the connection is its owner's."""

    def _begun(self, session: "JoinedSession", _transaction: SessionTransaction, _connection: Connection) -> None:
        self._refuse_other_transactions(session)

    def _refuse_other_transactions(self, session: "JoinedSession") -> None:
        """Refuse what nobody could undo any more: after the outer transaction, a commit would be for good."""
        if self._mode != "control_fully" and self._connection.get_transaction() is not self._outer:
            raise session.failed(UnitOfWorkError("the outer transaction has ended: begin another one, and join that"))


class JoinedSession(EngineSession):
    """A session on a connection that is somebody else's."""

    def __init__(
        self,
        connection: Connection,
        mode: JoinTransactionMode,
        *,
        read_only: bool,
        autoflush: bool,
        expire_on_commit: bool,
    ) -> None:
        super().__init__(connection, read_only=read_only, autoflush=autoflush, expire_on_commit=expire_on_commit)
        self.join_transaction_mode = mode

        self.wrote = False
        """Whether something was written that is not committed."""

    def commit(self) -> None:
        """Commit, as far as the mode says."""
        super().commit()
        self.wrote = False

    def rollback(self) -> None:
        """Roll back, as far as the mode says."""
        super().rollback()
        self.wrote = False

    def refuse_to_write(self) -> None:
        """Refuse what would change rows, or note that it is about to."""
        super().refuse_to_write()
        self.wrote = True

    def _end(self, end: Callable[[], None]) -> None:
        """End; what was written and not committed is undone even where SQLAlchemy would leave it to the others."""
        undone = left_to_others(self) if self.wrote or self.failure is not None else []
        try:
            super()._end(end)
        finally:
            for transaction in undone:
                self._undo(transaction)

    def _undo(self, transaction: Transaction) -> None:
        try:
            if transaction.is_active:
                transaction.rollback()
        except BaseException:
            self.give_up([transaction.connection])
            raise


@event.listens_for(JoinedSession, "after_flush")
def _note_flush(session: JoinedSession, _context: UOWTransaction) -> None:
    session.wrote = True
