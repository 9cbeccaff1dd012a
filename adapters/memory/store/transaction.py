"""A transaction: its statements, and how it ends; READ COMMITTED by itself."""

import attrs

from unitofwork.adapters.memory.store.statements import StatementWriter


@attrs.define(eq=False, repr=False)
class Transaction(StatementWriter):
    """Reads what is committed, and what itself has written; every statement sees it afresh."""

    def commit(self) -> None:
        """Keep what was done; on an error nothing is kept.

        Raises:
            ConstraintViolation: of a constraint that is checked as late as that.
            LockTimeout: another transaction is in the way of such a check.
            SerializationConflict: no order of this transaction and others would have come to the same.
        """
        try:
            if self._deferred:
                self._queue.extend(self._deferred)
                self.end_statement()
            self.check_commit()
        except BaseException:
            self.rollback()
            raise
        if self._changes:
            self.store.publish(self, self.written)
        self._end()

    def rollback(self) -> None:
        """Undo what was done."""
        if self._changes or self._locks or self._queue or self._deferred:
            self.abort(None)
        self._end()

    def _end(self) -> None:
        if self.written or self._locks:
            self.release()
        if self._deferred:
            self._deferred.clear()
        self.forget()

    def forget(self) -> None:
        """Be forgotten by those that had to know of this transaction while it was open."""

    def check_commit(self) -> None:
        """Refuse to commit what no order of transactions would have come to."""
