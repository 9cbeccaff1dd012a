"""PyMySQL's connection, which says no more than it must."""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any, cast

from pymysql.connections import Connection, MySQLResult
from pymysql.constants import CLIENT
from pymysql.err import OperationalError

from unitofwork.adapters.sqlalchemy.engines.mariadb_transaction import TransactionKnown

LOCAL_DATA = "unitofwork"
"""The name under which a statement asks for local data."""
NO_LOCAL_DATA = 4166
"""The server's own number for local data that is not allowed."""

_PACKET = 1 << 20
"""Bytes of local data that are sent at once: the server takes some more."""
_NULL = 251
"""Stands where the length of a value would be, in one byte."""
_WIDTHS = {252: 2, 253: 3, 254: 8}
"""How many bytes the length has that follows one of these."""


class QuietConnection(TransactionKnown, Connection):
    """Sends COMMIT and ROLLBACK only where there may be something to end; PyMySQL always sends them.

    A server may answer any statement by asking for any file of this machine. It never gets one: only what was given for
    the statement that runs, by `local_data`, and only once.
    """

    _local: Iterable[bytes] | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Connect."""
        options["local_infile"] = False  # the driver's own way, which opens the file that the server names
        options["client_flag"] = options.get("client_flag", 0) | CLIENT.LOCAL_FILES
        super().__init__(*arguments, **options)

    def query(self, sql: Any, unbuffered: bool = False) -> int:
        """Run a statement."""
        self.used = True
        return super().query(sql, unbuffered)  # pyright: ignore[reportUnknownMemberType]  # the driver has no types

    @contextmanager
    def local_data(self, pieces: Iterable[bytes]) -> Generator[None]:
        """Answer the server's request of the block's statement by these pieces."""
        self._local = pieces
        try:
            yield
        finally:
            self._local = None

    def answer(self, name: bytes) -> bool:
        """Send what the server asks for, if it was given; tell whether it was."""
        pieces, self._local = self._local, None
        write: Callable[[bytes], None] = cast(Any, self).write_packet
        try:
            if pieces is not None and name == LOCAL_DATA.encode():
                for piece in pieces:
                    for start in range(0, len(piece), _PACKET):
                        write(piece[start : start + _PACKET])
                return True
            return False
        finally:
            write(b"")

    def _read_query_result(self, unbuffered: bool = False) -> int:
        """As the driver does it, with another kind of result."""
        self._result: Any = None
        result: Any = _Result(self)
        if unbuffered:
            result.init_unbuffered_query()
        else:
            result.read()
        self._result = result
        if result.server_status is not None:
            self.server_status = result.server_status
        return cast(int, result.affected_rows)

    def commit(self) -> None:
        """Commit, if there is a transaction."""
        if self.in_transaction:
            super().commit()
        self.used = False

    def rollback(self) -> None:
        """Roll back, if there is a transaction."""
        if self.in_transaction:
            super().rollback()
        self.used = False


class _Result(MySQLResult):
    """What a statement answered, if it does not ask for a file."""

    def _read_row_from_packet(self, packet: Any) -> tuple[Any, ...]:
        """As the driver does it, but for its three calls for each value, which took a third of reading much."""
        said: bytes = packet.get_all_data()
        place, end, row = 0, len(said), list[Any]()
        for encoding, converter in cast(Any, self).converters:
            if place == end:
                break  # some answers have fewer values than columns
            length = said[place]
            place += 1
            if length == _NULL:
                row.append(None)
                continue
            if length > _NULL:
                width = _WIDTHS[length]
                length = int.from_bytes(said[place : place + width], "little")
                place += width
            value: Any = said[place : place + length]
            place += length
            if encoding is not None:
                value = str(value, encoding)
            row.append(value if converter is None else converter(value))
        return tuple(row)

    def _read_load_local_packet(self, first_packet: Any) -> None:
        connection: Any = self.connection
        name = first_packet.get_all_data()[1:]
        answered = False
        try:
            answered = connection.answer(name)
        finally:  # in any case the server says what it made of that
            done = connection._read_packet()
        if not answered:
            raise OperationalError(NO_LOCAL_DATA, "the server asked for a file, and got none")
        cast(Any, self)._read_ok_packet(done)
