"""The adapters that the contract is run on. To add one, add it to `ADAPTERS`; no test names a database."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import attrs
from sqlalchemy import Engine, event
from sqlalchemy.orm import registry

from unitofwork import Database, SqlAlchemyDatabase
from unitofwork.adapters.sqlalchemy import engines


class Probe(Protocol):
    """What a test may ask of a database from outside of any unit of work."""

    def checked_out(self) -> int:
        """How many connections are in use."""
        ...

    def statements(self) -> list[str]:
        """What was sent since this was last asked, in the database's language; empty where there is none."""
        ...


@attrs.frozen
class Adapter:
    """One way of keeping entities."""

    name: str
    open: Callable[[Path, registry], tuple[Database, Probe]]
    capabilities: frozenset[str]


class SqlProbe:
    """Watches a SQL database."""

    def __init__(self, engine: Engine) -> None:
        self._checked_out = 0
        self._sent: list[str] = []
        event.listen(engine, "checkout", self._count_out)
        event.listen(engine, "checkin", self._count_in)
        event.listen(engine, "before_cursor_execute", self._note)

    def checked_out(self) -> int:
        return self._checked_out

    def statements(self) -> list[str]:
        sent, self._sent = self._sent, []
        return sent

    def _count_out(self, *_: object) -> None:
        self._checked_out += 1

    def _count_in(self, *_: object) -> None:
        self._checked_out -= 1

    def _note(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self._sent.append(statement)


def _sql(url: Callable[[Path], str]) -> Callable[[Path, registry], tuple[Database, Probe]]:
    def open_database(folder: Path, mapping: registry) -> tuple[Database, Probe]:
        engine = engines.create(url(folder))
        database = SqlAlchemyDatabase(engine, mapping)
        database.create_schema()
        return database, SqlProbe(engine)

    return open_database


ADAPTERS = (
    Adapter(
        "sqlite-file",
        _sql(lambda folder: f"sqlite:///{folder / 'contract.db'}"),
        frozenset({"savepoints", "concurrent_readers", "statements"}),
    ),
    Adapter(
        "sqlite-memory",
        _sql(lambda _: "sqlite://"),
        frozenset({"savepoints", "statements"}),
    ),
)
