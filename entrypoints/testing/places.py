"""The run's databases: each is made by the first test that needs it, with its tables, and is gone when the run ends."""

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL
from sqlalchemy.orm import registry

from unitofwork.adapters.sqlalchemy import SqlAlchemyDatabase
from unitofwork.domain.errors import LockTimeout, PersistenceError
from unitofwork.domain.ports import Database
from unitofwork.entrypoints.testing.own_database import database_in_place, own_database
from unitofwork.entrypoints.testing.settings import url_of

SQLITE = "sqlite"
"""A file of the run's own, which needs no URL."""


class Place:
    """A database with the tables of a mapping, which one test after the other uses."""

    def __init__(self, url: URL, mapping: registry) -> None:
        self.url = url
        self.mapping = mapping
        self.database = SqlAlchemyDatabase(url, mapping)

    @contextmanager
    def undone(self) -> Generator[Database]:
        """The database, for a block whose commits are undone."""
        with self.database.engine.connect() as connection:
            outer = connection.begin()
            try:
                yield self.database.joined(connection)
            finally:
                if outer.is_active:
                    outer.rollback()

    @contextmanager
    def emptied(self) -> Generator[SqlAlchemyDatabase]:
        """The database, for a block whose commits are real, and whose tables are made anew after it."""
        try:
            yield self.database
        finally:
            self.renew()

    def renew(self) -> None:
        """Drop the tables, and create them again, so that generated keys start anew too."""
        try:
            self.database.drop_schema()
        except LockTimeout:
            pytest.fail("the tables cannot be emptied: the test has left a unit of work open", pytrace=False)
        self.database.create_schema()


class Places:
    """The databases of one run, or of one of its workers.

    Args:
        config: pytest's.
        folder: where files are kept.
    """

    def __init__(self, config: pytest.Config, folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._made: dict[tuple[str, registry], Place] = {}
        self._failed: dict[tuple[str, registry], PersistenceError] = {}
        self._open = ExitStack()

    def of(self, name: str, mapping: registry) -> Place:
        """The database of a name, for a mapping; without a URL the test is skipped, or fails if it is required."""
        key = name, mapping
        if key not in self._made and key not in self._failed:
            try:
                self._made[key] = self._open.enter_context(self._opened(name, mapping))
            except PersistenceError as error:
                self._failed[key] = error
        if key in self._failed:
            pytest.fail(f"{name}: {self._failed[key]}", pytrace=False)
        return self._made[key]

    def close(self) -> None:
        """Drop what was made."""
        self._open.close()

    @contextmanager
    def _opened(self, name: str, mapping: registry) -> Generator[Place]:
        with ExitStack() as opened:
            place = Place(opened.enter_context(self._located(name, mapping)), mapping)
            opened.callback(place.database.dispose)
            place.database.create_schema()
            if self._config.getini("uow_in_place"):
                opened.callback(place.database.drop_schema)
            yield place

    @contextmanager
    def _located(self, name: str, mapping: registry) -> Generator[URL]:
        if name == SQLITE:
            yield URL.create("sqlite", database=str(self._folder / f"{len(self._made)}.sqlite"))
            return
        url = url_of(self._config, name)
        in_place = bool(self._config.getini("uow_in_place"))
        with database_in_place(url, mapping) if in_place else own_database(url) as own:
            yield own
