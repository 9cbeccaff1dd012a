"""A transaction over several databases: how it commits, in one phase or in two, and what it leaves when that fails.

In one phase the databases commit one after the other: what the first ones kept stays kept when a later one fails.

In two phases every database first promises that it can commit (PREPARE), and only then do they commit. The branch that
was begun first is the *deciding* one: it is prepared last, and it commits last. So whoever finds branches that were
left prepared knows what to do with them: if the deciding one is among them, all had promised, and all are to commit; if
not, one may never have promised, none has committed, and all are to be rolled back.
"""

from contextlib import suppress

import attrs
from sqlalchemy import Connection, Transaction, TwoPhaseTransaction

from unitofwork.domain.errors import CommitOutcomeUnknown


@attrs.define(eq=False)
class Branch:
    """What one database does in the transaction."""

    connection: Connection
    transaction: Transaction
    ended: bool = False

    def prepare(self) -> None:
        """Let the database promise that it can commit, whatever happens."""
        assert isinstance(self.transaction, TwoPhaseTransaction)
        self.transaction.prepare()

    def commit(self) -> None:
        """Commit."""
        self.transaction.commit()
        self.ended = True

    def rollback(self) -> None:
        """Roll back."""
        self.transaction.rollback()
        self.ended = True

    def abandon(self) -> None:
        """Throw the connection away, if it is still needed: what was prepared stays so, the rest is rolled back."""
        if not self.ended:
            self.ended = True
            with suppress(Exception):
                self.connection.invalidate()


class JointTransaction:
    """Stands in for the transaction of each of its databases: whichever is told to commit first, all do, in order.

    Args:
        id: by which the branches that a failure leaves prepared are found again.
    """

    def __init__(self, id: str) -> None:
        self.id = id
        self.branches: list[Branch] = []
        """In the order in which they were begun; the first one decides."""
        self._prepared = False
        self._decided = False

    def take_part(self, connection: Connection, transaction: Transaction) -> None:
        """Add a database's transaction."""
        self.branches.append(Branch(connection, transaction))

    @property
    def is_active(self) -> bool:
        """Whether any branch has not ended."""
        return any(not branch.ended for branch in self.branches)

    def prepare(self) -> None:
        """Prepare all, the deciding branch last; if one refuses, roll all back. One alone needs no promise.

        Raises:
            CommitOutcomeUnknown: the answer of the deciding branch was lost. All are left as they are.
        """
        if self._prepared or len(self.branches) == 1:
            return
        for branch in reversed(self.branches):
            try:
                branch.prepare()
            except BaseException as error:
                if branch is self.branches[0] and not _is_answered(branch, error):
                    self._leave(error)
                branch.abandon()
                with suppress(Exception):
                    self.rollback()
                raise
        self._prepared = True

    def commit(self) -> None:
        """Commit all, the deciding branch last.

        Raises:
            CommitOutcomeUnknown: one failed after another had committed, or after all were prepared; or its answer was
                lost.
        """
        self._decided = self._prepared
        for branch in reversed(self.branches):
            if branch.ended:
                continue
            try:
                branch.commit()
            except BaseException as error:
                unanswered = isinstance(branch.transaction, TwoPhaseTransaction) and not _is_answered(branch, error)
                if self._decided or unanswered:
                    self._leave(error)
                if self._may_be_half_done(error):
                    raise CommitOutcomeUnknown(
                        "of several databases some may have kept the changes, and one has not: look before making them"
                        " again, or use twophase=True"
                    ) from error
                raise

    def rollback(self) -> None:
        """Roll back what has not ended, the deciding branch first; once the commit was decided, leave it."""
        first: BaseException | None = None
        for branch in self.branches:
            if branch.ended:
                continue
            if self._decided:
                branch.abandon()
                continue
            try:
                branch.rollback()
            except BaseException as error:
                if self._prepared and branch is self.branches[0]:
                    self._leave(error)
                branch.abandon()
                first = first or error
        if first is not None:
            raise first

    def close(self) -> None:
        """Roll back what has not ended."""
        self.rollback()

    def _may_be_half_done(self, error: BaseException) -> bool:
        if len(self.branches) == 1 or not isinstance(error, Exception):
            return False
        return isinstance(error, CommitOutcomeUnknown) or any(branch.ended for branch in self.branches)

    def _leave(self, error: BaseException) -> None:
        """Leave the branches to whoever resolves them: ending one now could undo half of what another keeps."""
        self._decided = True
        for branch in self.branches:
            branch.abandon()
        what = f"the transaction {self.id} is in doubt: resolve() it before making its changes again"
        if isinstance(error, Exception):
            raise CommitOutcomeUnknown(what, transaction=self.id) from error
        error.add_note(what)
        raise error


def _is_answered(branch: Branch, error: BaseException) -> bool:
    """Whether the error is the database's own."""
    return isinstance(error, Exception) and not branch.connection.invalidated
