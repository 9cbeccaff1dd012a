"""PyMySQL's connection, which says no more than it must."""

import re
from typing import Any, cast

from pymysql.connections import Connection
from pymysql.constants import SERVER_STATUS

_IN_TRANSACTION: int = SERVER_STATUS.SERVER_STATUS_IN_TRANS


class QuietConnection(Connection):
    """Sends COMMIT and ROLLBACK only where there may be something to end; PyMySQL always sends them."""

    _used = False

    @property
    def version(self) -> tuple[int, ...]:
        """The server's version; what stands before it is for replicas that know no ten."""
        told = str(self.get_server_info())  # type: ignore[no-untyped-call]  # the stubs say nothing of it
        return tuple(map(int, re.findall(r"\d+", told.removeprefix("5.5.5-"))[:3]))

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun, by itself or by statement, and not ended."""
        status = cast(int, self.server_status)  # type: ignore[attr-defined]  # the stubs lack it
        return self._used and (not self.get_autocommit() or status & _IN_TRANSACTION != 0)

    def query(self, sql: Any, unbuffered: bool = False) -> int:
        """Run a statement."""
        self._used = True
        return super().query(sql, unbuffered)  # pyright: ignore[reportUnknownMemberType]  # the driver has no types

    def commit(self) -> None:
        """Commit, if there is a transaction."""
        if self.in_transaction:
            super().commit()
        self._used = False

    def rollback(self) -> None:
        """Roll back, if there is a transaction."""
        if self.in_transaction:
            super().rollback()
        self._used = False
