"""aiomysql's connection, which says no more than it must, and ends at the server what is cancelled here.

Besides what `_Connection` declares, nothing is used of the driver's; what begins with an underscore is not public.
"""

import asyncio
import socket
from collections.abc import Awaitable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from pymysql.constants import CLIENT, CR
from pymysql.err import Error, OperationalError

from unitofwork.adapters.sqlalchemy.engines.mariadb_transaction import TransactionKnown

if TYPE_CHECKING:

    class _Connection:
        """The driver's; it has no types."""

        loop: asyncio.AbstractEventLoop
        connect_timeout: float | None
        server_capabilities: int
        _reader: asyncio.StreamReader | None
        _writer: asyncio.StreamWriter | None

        def __init__(self, **options: Any) -> None: ...
        def escape(self, obj: object) -> str: ...
        def thread_id(self) -> int: ...
        def cursor(self) -> Awaitable[Any]: ...
        def close(self) -> None: ...
        async def ensure_closed(self) -> None: ...
        async def query(self, sql: str, unbuffered: bool = False) -> int: ...
        async def commit(self) -> None: ...
        async def rollback(self) -> None: ...
        async def ping(self, reconnect: bool = True) -> None: ...
        async def _connect(self) -> None: ...
        async def _get_server_information(self) -> None: ...
        def _close_on_cancel(self) -> None: ...

else:
    from aiomysql.connection import Connection as _Connection

R = TypeVar("R")

_LEAVING = 5.0
"""How long, in seconds, it may take to leave the server."""


class QuietConnection(TransactionKnown, _Connection):
    """Sends COMMIT and ROLLBACK only where there may be something to end; aiomysql always sends them.

    Args:
        tls_required: whether a server without TLS is refused.
        read_timeout: as of PyMySQL: how long, in seconds, an answer may take before the connection is lost.
        write_timeout: as of PyMySQL, and never used: what is written is not waited for.
        options: the driver's own.
    """

    _writer: asyncio.StreamWriter | None = None

    def __init__(
        self,
        *,
        tls_required: bool = False,
        read_timeout: float | None = None,
        write_timeout: float | None = None,
        **options: Any,
    ) -> None:
        """Connect nowhere yet."""
        self._another = partial(QuietConnection, tls_required=tls_required, read_timeout=read_timeout, **options)
        self._tls_required = tls_required
        self._read_timeout = read_timeout
        self._broken_off = False
        self._server: object = None
        super().__init__(**{**options, "local_infile": False})  # or any file here could be asked for by a server

    async def connect(self) -> None:
        """Connect."""
        try:
            async with asyncio.timeout(self.connect_timeout):
                await self._connect()
                self._server = await self._identity()
        except TimeoutError as error:
            raise OperationalError(CR.CR_CONN_HOST_ERROR, "the server did not let the client in, in time") from error
        finally:
            if self._server is None:
                self.close()

    async def leave(self) -> None:
        """Say goodbye; or end what was cancelled, and its transaction, which the server would go on with and its locks.

        Nothing more is done where the server cannot be reached, or not in time.
        """
        with suppress(Error, OSError):  # a TimeoutError is one
            async with asyncio.timeout(_LEAVING):
                await (self._kill() if self._broken_off else self.ensure_closed())

    async def _kill(self) -> None:
        other = self._another()
        try:
            await other.connect()
            if other._server == self._server:  # of several behind one address, each counts its connections for itself
                await other.query(f"KILL {self.thread_id()}")
        finally:
            other.close()

    async def _identity(self) -> object:
        """What tells the server from others behind the same address."""
        cursor = await self.cursor()
        await cursor.execute("SELECT @@hostname, @@port, @@datadir")
        told: object = await cursor.fetchone()
        await cursor.close()
        self.used = False
        return told

    def escape(self, obj: object) -> str:
        """Make a value text of SQL; for bytes the driver's own way needs what PyMySQL has no more."""
        return f"X'{obj.hex()}'" if isinstance(obj, bytes | bytearray) else super().escape(obj)

    async def query(self, sql: str, unbuffered: bool = False) -> int:
        """Run a statement."""
        self.used = True
        return await self._answered(super().query(sql, unbuffered))

    async def commit(self) -> None:
        """Commit, if there is a transaction."""
        if self.in_transaction:
            await self._answered(super().commit())
        self.used = False

    async def rollback(self) -> None:
        """Roll back, if there is a transaction."""
        if self.in_transaction:
            await self._answered(super().rollback())
        self.used = False

    async def ping(self, reconnect: bool = True) -> None:
        """See that the server is there."""
        await self._answered(super().ping(reconnect))

    def close(self) -> None:
        """Close, also where the event loop is no more."""
        if self._writer is None or not self.loop.is_closed():
            super().close()
            return
        with suppress(OSError):  # the other side was first
            self._writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._writer = self._reader = None

    async def _answered(self, answer: Awaitable[R]) -> R:
        """Wait for the server no longer than it may be silent."""
        try:
            async with asyncio.timeout(self._read_timeout):
                return await answer
        except TimeoutError as error:
            raise OperationalError(CR.CR_SERVER_LOST, "the server was silent for too long") from error

    async def _get_server_information(self) -> None:
        """Hear what the server can do, before anything is told to it."""
        await super()._get_server_information()
        if self._tls_required and not self.server_capabilities & CLIENT.SSL:
            raise OperationalError(CR.CR_SSL_CONNECTION_ERROR, "the server has no TLS")

    def _close_on_cancel(self) -> None:
        """Close, as the driver does where an answer is waited for no more."""
        self._broken_off = True
        super()._close_on_cancel()
