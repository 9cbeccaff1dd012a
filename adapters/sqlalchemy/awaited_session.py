"""SQLAlchemy's session over drivers for asyncio, inside SQLAlchemy's greenlets."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.util.concurrency import in_greenlet

from unitofwork.adapters.sqlalchemy.engine_session import EngineSession
from unitofwork.adapters.sqlalchemy.engines.finishing import refuse_cancelled, uninterrupted
from unitofwork.adapters.sqlalchemy.joining import JoinedSession
from unitofwork.adapters.sqlalchemy.joint_session import JointSession


class AwaitedSession(EngineSession):
    """A session that waits for the database inside SQLAlchemy's greenlets alone, and ends transactions as a whole.

    What is flushed or asked can be cancelled, which ends the transaction and throws its connection away. COMMIT,
    ROLLBACK and closing go on to their end; so whether a cancelled commit was kept is known, unless the connection is
    lost meanwhile.
    """

    may_wait = staticmethod(in_greenlet)

    def get_bind(self, mapper: Any = None, **asked: Any) -> Any:
        """The engine, which is asked for wherever something is to be sent."""
        self.refuse_outside_run()
        refuse_cancelled()
        return super().get_bind(mapper, **asked)

    def commit(self) -> None:
        """Flush, and commit."""
        self.flush()
        self._end_transaction(super().commit)

    def rollback(self) -> None:
        """Roll back."""
        self._end_transaction(super().rollback)

    def close(self) -> None:
        """Close; where nothing can be awaited, as when a unit was dropped, the connection is thrown away instead."""
        if self.in_transaction() and not in_greenlet():
            self.invalidate()
        else:
            self._end_transaction(super().close)

    def _end_transaction(self, end: Callable[[], None]) -> None:
        if self.in_transaction():
            uninterrupted(end)
        else:
            end()


class AwaitedJointSession(AwaitedSession, JointSession):
    """The same over several databases, all of which are ended before the task is cancelled."""


class AwaitedJoinedSession(AwaitedSession, JoinedSession):
    """The same on a connection that is somebody else's."""
