"""A connection that is gone: what that means depends on whether COMMIT was under way."""

from unitofwork.adapters.sqlalchemy.errors.failure import Failure
from unitofwork.domain.errors import CommitOutcomeUnknown, ConnectionLost, DatabaseUnavailable, PersistenceError


def lost(failure: Failure) -> PersistenceError:
    """The error for a connection that is gone."""
    if failure.connection is None:
        return DatabaseUnavailable("the database cannot be reached: see that it runs, and that its URL is right")
    if failure.committing:
        return CommitOutcomeUnknown(
            "the connection was lost during COMMIT: look whether the changes were kept before making them again",
            transaction=failure.transaction,
        )
    return lost_before_commit()


def lost_before_commit() -> ConnectionLost:
    """The error for a connection that was gone before COMMIT reached the database."""
    return ConnectionLost("the connection was lost, and nothing was kept: run the unit of work again")
