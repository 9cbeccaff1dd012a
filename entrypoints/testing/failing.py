"""Failures on demand on a SQL database: at the port, where every adapter has the same operations."""

from collections.abc import Sequence

from unitofwork.adapters.memory import Faults, Operation
from unitofwork.domain.isolation import Isolation
from unitofwork.domain.outbox import Envelope
from unitofwork.domain.ports import Database, Savepoint, Session

AT_THE_PORT: tuple[Operation, ...] = ("flush", "savepoint", "commit")
"""What can be made to fail on every database."""


class FailingDatabase:
    """A database whose operations fail as planned."""

    def __init__(self, database: Database, faults: Faults) -> None:
        self._database = database
        self._faults = faults

    def session(
        self, *, read_only: bool, isolation: Isolation | None, autoflush: bool, expire_on_commit: bool
    ) -> Session:
        """Open a session, whose own methods are replaced: who looks behind it finds what is there otherwise."""
        session = self._database.session(
            read_only=read_only, isolation=isolation, autoflush=autoflush, expire_on_commit=expire_on_commit
        )
        failing = _Failing(session, self._faults)
        for name in ("flush", "savepoint", "commit"):
            setattr(session, name, getattr(failing, name))
        return session

    def dispose(self) -> None:
        """Close idle connections."""
        self._database.dispose()


class _Failing:
    """Does what a session did, and fails when it is to."""

    def __init__(self, session: Session, faults: Faults) -> None:
        self._fail = session.fail
        self._flush, self._savepoint, self._commit = session.flush, session.savepoint, session.commit
        self._faults = faults

    def flush(self) -> None:
        self._flush()
        self._meet("flush")

    def commit(self, messages: Sequence[Envelope] = (), tell: bool = False) -> None:
        if not self._faults.watching:
            self._commit(messages, tell)
            return
        self.flush()
        failure = self._faults.due("commit")
        if failure is None or failure.kept:
            self._commit(messages, tell)
        if failure is not None:
            self._fail(failure.error)
            raise failure.error

    def savepoint(self) -> Savepoint:
        self._meet("savepoint")
        return self._savepoint()

    def _meet(self, operation: Operation) -> None:
        if not self._faults.watching:
            return
        failure = self._faults.due(operation)
        if failure is not None:
            self._fail(failure.error)
            raise failure.error
