"""The adapters that need no server: the twin, and SQLite. Who builds on one of them can reuse what is here."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Engine, event
from sqlalchemy.orm import registry

from unitofwork import Database, MemoryDatabase, SqlAlchemyDatabase
from unitofwork.adapters.sqlalchemy import engines

from .adapters import Adapter, Open, Probe
from .outer import begin_in_memory


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


class MemoryProbe:
    """Watches a database in memory.

    Args:
        database: the database.
        statements: what its ``counting()`` gives.
    """

    def __init__(self, database: MemoryDatabase, statements: list[str]) -> None:
        self._database = database
        self._statements = statements

    def checked_out(self) -> int:
        return self._database.checked_out

    def statements(self) -> list[str]:
        sent = self._statements.copy()
        self._statements.clear()
        return sent


@contextmanager
def opened(url: str | URL, mapping: registry, *, create: bool) -> Generator[tuple[Database, Probe]]:
    """A SQL database, with its tables made if they are to be."""
    engine = engines.create(url)
    database = SqlAlchemyDatabase(engine, mapping)
    try:
        if create:
            database.create_schema()
        yield database, SqlProbe(engine)
    finally:
        database.dispose()


def in_folder(url: Callable[[Path], str]) -> Open:
    """A SQL database of its own for each test, which may keep files in the folder."""
    return lambda folder, mapping: opened(url(folder), mapping, create=True)


@contextmanager
def in_memory(_folder: Path, mapping: registry) -> Generator[tuple[Database, Probe]]:
    """The twin."""
    database = MemoryDatabase(mapping)
    with database.counting() as statements:
        yield database, MemoryProbe(database, statements)


SQL = frozenset({"savepoints", "outer_transaction", "statements", "threads", "interrupts"})
"""What every SQL database is capable of."""

CONCURRENT = SQL | {"concurrent_readers", "concurrent_writers", "read_committed", "row_locks"}
"""What a database is capable of where many units write at the same time."""

SQLITE_FILE = Adapter(
    "sqlite-file", in_folder(lambda folder: f"sqlite:///{folder / 'contract.db'}"), SQL | {"concurrent_readers"}
)
SQLITE_MEMORY = Adapter("sqlite-memory", in_folder(lambda _: "sqlite://"), SQL)
MEMORY = Adapter("memory", in_memory, CONCURRENT | {"never_waits"}, begin_in_memory)
EMBEDDED = (SQLITE_FILE, SQLITE_MEMORY, MEMORY)
