"""The database port over rows in memory."""

from functools import partial
from random import Random
from typing import cast

from sqlalchemy.orm import registry

from unitofwork.adapters.memory.engine import MemoryEngine
from unitofwork.adapters.memory.keys import RowLookups
from unitofwork.adapters.memory.log import Log
from unitofwork.adapters.memory.mapping import check_mapping
from unitofwork.adapters.memory.rows_session import RowsSession
from unitofwork.adapters.memory.session import MemorySession
from unitofwork.adapters.memory.store import Store
from unitofwork.adapters.orm import check_registry
from unitofwork.adapters.session.lazy_loading import guard
from unitofwork.adapters.session.reuse import Sessions
from unitofwork.domain.isolation import Isolation


class MemoryDatabase:
    """A twin of a SQL database, in memory and without SQL, for tests.

    Its entities are those of the application's mapping, and its rows obey that mapping as PostgreSQL would make them.

    Args:
        mapping: the registry that the application's classes were mapped with. It is checked here.
        shuffle: whether answers without an order come in any order, so that no test relies on one.

    Raises:
        MappingError: the mapping does not fit the classes, or has what the twin can neither keep nor enforce.
    """

    def __init__(self, mapping: registry, *, shuffle: bool = False) -> None:
        check_registry(mapping)
        guard(mapping)
        check_mapping(mapping)
        self.mapping = mapping
        """The registry that the entities are mapped with."""
        self.store = Store(mapping.metadata, mapping)
        self.log = Log()
        """What SQL would have needed."""
        self._shuffle = Random() if shuffle else None
        self._engines: dict[Isolation | None, MemoryEngine] = {}
        self._sessions: dict[tuple[bool, Isolation | None], Sessions] = {}
        self._keys = RowLookups(mapping)

    def session(
        self, *, read_only: bool, isolation: Isolation | None, autoflush: bool, expire_on_commit: bool
    ) -> MemorySession:
        """Open a session."""
        sessions = self._sessions.get((read_only, isolation))
        if sessions is None:
            make = partial(
                RowsSession, self._engine(isolation), read_only=read_only, autoflush=True, expire_on_commit=False
            )
            sessions = self._sessions.setdefault((read_only, isolation), Sessions(make))
        raw = sessions.take(autoflush=autoflush, expire_on_commit=expire_on_commit)
        return MemorySession(cast(RowsSession, raw), self._keys, sessions.give_back)

    def _engine(self, isolation: Isolation | None) -> MemoryEngine:
        engine = self._engines.get(isolation)
        if engine is None:
            engine = self._engines.setdefault(isolation, MemoryEngine(self.store, self.log, isolation, self._shuffle))
        return engine

    @property
    def checked_out(self) -> int:
        """How many units of work are in a transaction."""
        return sum(engine.checked_out for engine in self._engines.values())

    def dispose(self) -> None:
        """Do nothing: there are no connections to close."""
