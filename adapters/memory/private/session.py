"""SQLAlchemy's session, with shorter ways through what most units of work do."""
# pyright: reportPrivateUsage=false

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import SessionTransaction

from unitofwork.adapters.memory.private import cascades
from unitofwork.adapters.memory.private.states import State
from unitofwork.adapters.memory.private.transaction import ACTIVE, PlainTransaction, has_only_read
from unitofwork.adapters.session.orm_session import OrmSession, notice_attached

_who_hears = attrgetter("persistent_to_detached", "deleted_to_detached", "pending_to_transient")


class ShorterSession(OrmSession):
    """Begins, adds, deletes and lets go as SQLAlchemy's session does, without looking at everything each time."""

    def __init__(self, bind: Any, *, read_only: bool, autoflush: bool, expire_on_commit: bool, **more: Any) -> None:
        super().__init__(bind, read_only=read_only, autoflush=autoflush, expire_on_commit=expire_on_commit, **more)
        self._nobody = _who_hears(self.dispatch)  # as long as nobody listens to this one session
        self._hearing_all = tuple(each.parent_listeners for each in self._nobody)

    def plain_connection(self, engine: Any) -> Any:
        """The connection to the only engine; None where SQLAlchemy is to be asked for it, as in a savepoint."""
        transaction: Any = self._transaction
        if transaction is None:
            transaction = PlainTransaction(self)
        if transaction.__class__ is not PlainTransaction or transaction._state is not ACTIVE:
            return None
        held = transaction.plain
        if held is not None:
            return held
        known = transaction._connections.get(engine)
        return transaction.connect(engine) if known is None else known[0]

    def _autobegin_t(self, begin: bool = False) -> SessionTransaction:
        transaction = self._transaction
        if transaction is not None:
            return transaction
        return super()._autobegin_t(begin) if begin else PlainTransaction(self)

    holds_on = False
    """Whether an entity that the session has let go of, such as a deleted one, may take it for its own."""

    def let_go(self) -> bool:
        """Close, if no transaction is open that has flushed anything or failed; whether that was so."""
        transaction: Any = self._transaction
        if self.failure or self.written_behind or not (transaction is None or has_only_read(transaction)):
            return False
        if self.recording:
            self.recording.clear()
        self.expunge_all()
        if transaction is not None:
            try:
                transaction.close()
            except BaseException:
                self.give_up([connection for connection, *_ in transaction._connections.values()])
                raise
        return True

    def leave(self) -> None:
        """Let no entity that the session ever had take it for its own again."""
        if self.holds_on:
            del self.holds_on
            super().leave()

    def _is_clean(self) -> bool:
        return not (self._new or self._deleted or self.identity_map._modified)

    def _remove_newly_deleted(self, states: Iterable[State]) -> None:
        self.holds_on = True
        if self.dispatch.persistent_to_deleted or self._transaction is None:
            super()._remove_newly_deleted(states)
            return
        identities: Any = self.identity_map
        known, gone, unsent = identities._dict, self._transaction._deleted, self._deleted
        for state in states:
            gone[state] = True
            key = state.key
            if known.get(key) is state:
                del known[key], state._instance_dict
                if state.modified:
                    identities._modified.discard(state)
            unsent.pop(state, None)
            state._deleted = True

    def _register_persistent(self, states: set[State]) -> None:
        self.holds_on = True
        super()._register_persistent(states)

    def commit(self) -> None:
        """Commit."""
        transaction = self._transaction
        (PlainTransaction(self) if transaction is None else transaction).commit(_to_root=True)
        if self.written_behind:
            self.written_behind.clear()

    def expunge_all(self) -> None:
        """Let go of every entity."""
        if any(self._hearing_all) or _who_hears(self.dispatch) != self._nobody:
            super().expunge_all()
            return
        identities: Any = self.identity_map
        if identities._dict or self._new or self._deleted:
            states = [*identities._dict.values(), *self._new]
            identities._kill()
            self.identity_map = type(identities)()
            self._new, self._deleted = {}, {}
            for state in states:
                state.session_id = state._strong_obj = None

    def _save_or_update_state(self, state: State) -> None:
        cascades.add(self, state, notice_attached)

    def _delete_impl(self, state: State, obj: object, head: bool) -> None:
        if head and state.key is not None:
            cascades.delete(self, state, obj)
        else:
            super()._delete_impl(state, obj, head)
