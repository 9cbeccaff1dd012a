"""SQLAlchemy's transaction of a session, with a shorter way through what most units of work do."""
# pyright: reportPrivateUsage=false

from typing import Any

from sqlalchemy.orm import InstanceState, Session, SessionTransaction, SessionTransactionOrigin
from sqlalchemy.orm.session import SessionTransactionState
from sqlalchemy.orm.state_changes import _StateChangeStates

ACTIVE, _PREPARED, _COMMITTED, _CLOSED = (
    SessionTransactionState.ACTIVE,
    SessionTransactionState.PREPARED,
    SessionTransactionState.COMMITTED,
    SessionTransactionState.CLOSED,
)
_AUTOBEGIN = SessionTransactionOrigin.AUTOBEGIN
_ANY, _IN_PROGRESS = _StateChangeStates.ANY, _StateChangeStates.CHANGE_IN_PROGRESS

_SNAPSHOT = frozenset({"_new", "_dirty", "_deleted", "_key_switches"})
"""What was flushed, by state: to be undone by a rollback."""


class PlainTransaction(SessionTransaction):
    """Begins, commits and closes as SQLAlchemy's own transaction does, without asking at each step whether it may.

    That is left to SQLAlchemy wherever another step is being taken, or has failed. What was flushed is kept by strong
    references to states, and by none to entities.
    """

    _parent: SessionTransaction | None = None
    nested = False
    origin = _AUTOBEGIN
    plain: Any = None
    """The connection that `connect` opened."""

    def __init__(self, session: Session) -> None:
        """Begin, as whatever is first done in a session does."""
        if session._trans_context_manager is not None:
            super().__init__(session, _AUTOBEGIN)
            return
        self.session = session
        self._connections = {}
        flushed: Any = ({}, {}, {}, {})
        self._new, self._dirty, self._deleted, self._key_switches = flushed
        self._state = ACTIVE
        session._transaction = self
        session.dispatch.after_transaction_create(session, self)

    def _take_snapshot(self) -> None:
        """Have nothing to undo yet."""

    def _restore_snapshot(self, dirty_only: bool = False) -> None:
        for name in _SNAPSHOT:
            states: dict[InstanceState[Any], object] = getattr(self, name)
            for gone in [state for state in states if state.obj() is None]:
                del states[gone]
        super()._restore_snapshot(dirty_only)

    def connect(self, engine: Any) -> Any:
        """Open the connection of the transaction; None where SQLAlchemy is to be asked for it."""
        session = self.session
        if session.execution_options:
            return None
        connection = engine.connect()
        try:
            held = (connection, connection.begin(), True, True)
        except BaseException:
            connection.close()
            raise
        self._connections[connection] = self._connections[engine] = held
        self.plain = connection
        session.dispatch.after_begin(session, self, connection)
        return connection

    def commit(self, _to_root: bool = False) -> None:
        """Flush, and keep what was done."""
        session = self.session
        if (
            self._state is not ACTIVE
            or self._next_state is not _ANY
            or session._transaction is not self
            or session._flushing
        ):
            super().commit(_to_root)
            return
        self._next_state = _IN_PROGRESS  # so that nobody ends it meanwhile
        try:
            told = session.dispatch
            told.before_commit(session)
            if session._new or session.identity_map._modified or session._deleted:
                session.flush()
                if session._new or session.identity_map._modified or session._deleted:
                    self._next_state = _ANY
                    super().commit(_to_root)
                    return
            self._state = _PREPARED
            held = set(self._connections.values())  # each is there by its engine, too
            for _, transaction, should_commit, _ in held:
                if should_commit:
                    transaction.commit()
            self._state = _COMMITTED
            told.after_commit(session)
            if session.expire_on_commit:
                self._remove_snapshot()
            session._transaction = None
            for connection, _, _, autoclose in held:
                if autoclose:
                    connection.close()
            self._state = _CLOSED
            told.after_transaction_end(session, self)
        finally:
            self._next_state = _ANY

    def close(self, invalidate: bool = False) -> None:
        """Undo what was not committed, and give the connection back."""
        session = self.session
        if (
            self._state is ACTIVE
            and self._next_state is _ANY
            and session._transaction is self
            and not session._flushing
            and not invalidate
        ):
            session._transaction = None
            for connection, transaction, should_commit, autoclose in set(self._connections.values()):
                if should_commit and transaction.is_active:
                    transaction.close()
                if autoclose:
                    connection.close()
            self._state = _CLOSED
            session.dispatch.after_transaction_end(session, self)
        else:
            super().close(invalidate)


def has_only_read(transaction: SessionTransaction) -> bool:
    """Whether it is a plain transaction that has nothing to undo."""
    return transaction.__class__ is PlainTransaction and not (
        transaction._new or transaction._dirty or transaction._deleted or transaction._key_switches
    )
