"""Which faults of the database pass by themselves."""

import sqlite3

from unitofwork.domain.errors import PersistenceError

_PASSING = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_SHMSIZE}
"""No room on the disk, in a file, or in the index of the write-ahead log."""


def waiting_may_help(error: PersistenceError) -> bool:
    """Whether the same may succeed later: somebody else was at it, or the disk is full."""
    return error.retryable or getattr(error.__cause__, "sqlite_errorcode", None) in _PASSING
