"""Which faults of the database pass by themselves."""

import sqlite3

from unitofwork.domain.errors import PersistenceError

_PASSING = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}


def waiting_may_help(error: PersistenceError) -> bool:
    """Whether the same may succeed later: somebody else was at it, or the disk is full."""
    code = getattr(error.__cause__, "sqlite_errorcode", 0)
    return error.retryable or code & 0xFF in _PASSING
