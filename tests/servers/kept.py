"""Databases for tests that use the same tables: emptied rather than made anew, which takes several times as long."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import attrs
from sqlalchemy import URL, Engine, MetaData, create_engine, text
from sqlalchemy.exc import DBAPIError

from servers.private import Server


@attrs.frozen
class _Prepared:
    """A database that has these tables, and who empties it."""

    url: URL
    tables: MetaData
    engine: Engine


class Lender:
    """Lends a server's databases; the one that came back last is emptied and lent again, if its tables are asked for.

    A borrower may do as it likes with the rows, and may drop tables; others that it makes itself it drops itself.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._idle: _Prepared | None = None

    @contextmanager
    def lent(self, tables: MetaData, create: Callable[[URL], None]) -> Generator[URL]:
        """A database whose tables are empty, in a block.

        Args:
            tables: the tables.
            create: creates them, in a database that has none.
        """
        prepared = self._emptied(tables) or self._made(tables, create)
        try:
            yield prepared.url
        finally:
            self._drop_idle()
            self._idle = prepared

    def close(self) -> None:
        """Drop the database that is idle."""
        self._drop_idle()

    def _made(self, tables: MetaData, create: Callable[[URL], None]) -> _Prepared:
        url = self._server.create_database()
        create(url)
        return _Prepared(url, tables, create_engine(url, isolation_level="AUTOCOMMIT", pool_size=1))

    def _emptied(self, tables: MetaData) -> _Prepared | None:
        """The idle database, emptied; None if there is none with these tables, or somebody is still busy in it."""
        prepared, self._idle = self._idle, None
        if prepared is None:
            return None
        if prepared.tables is tables:
            try:
                self._empty(prepared)
            except DBAPIError:
                pass  # a table was dropped, or a connection that was not given back holds a lock
            else:
                return prepared
        self._idle = prepared
        self._drop_idle()
        return None

    def _empty(self, prepared: _Prepared) -> None:
        name = prepared.engine.dialect.identifier_preparer.format_table
        with prepared.engine.connect() as connection:
            for statement in self._server.empty([name(table) for table in prepared.tables.sorted_tables]):
                connection.execute(text(statement))

    def _drop_idle(self) -> None:
        if self._idle is not None:
            self._idle.engine.dispose()
            self._server.drop_database(self._idle.url)
            self._idle = None
