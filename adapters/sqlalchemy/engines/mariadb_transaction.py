"""What a connection to MariaDB knows of its server and of its transaction, whatever the driver."""

import re
from typing import Any, cast

from pymysql.constants import SERVER_STATUS

_IN_TRANSACTION: int = SERVER_STATUS.SERVER_STATUS_IN_TRANS


class TransactionKnown:
    """Mixed into a driver's connection, before it."""

    used = False
    """Whether a statement was sent since a transaction was ended last."""

    @property
    def version(self) -> tuple[int, ...]:
        """The server's version; what stands before it is for replicas that know no ten."""
        told = str(cast(Any, self).get_server_info())
        return tuple(map(int, re.findall(r"\d+", told.removeprefix("5.5.5-"))[:3]))

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction was begun, by itself or by statement, and not ended."""
        driver = cast(Any, self)
        status: int = driver.server_status
        return self.used and (not driver.get_autocommit() or status & _IN_TRANSACTION != 0)
