"""The run's servers, as adapters."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.orm import registry

from contract.adapters import Adapter, Open, Probe
from contract.embedded import CONCURRENT, opened
from servers.plugin import lender
from unitofwork import Database

SERVER = CONCURRENT | {"waits"}
"""What a server is capable of."""


def create(url: URL, mapping: registry) -> None:
    """Make the mapping's tables."""
    with opened(url, mapping, create=True):
        pass


def _served(database: str) -> Open:
    """A database of the run's server, which one test after the other uses."""

    @contextmanager
    def open_database(_folder: Path, mapping: registry) -> Generator[tuple[Database, Probe]]:
        with (
            lender(database).lent(mapping.metadata, lambda url: create(url, mapping)) as url,
            opened(url, mapping, create=False) as database_and_probe,
        ):
            yield database_and_probe

    return open_database


POSTGRESQL = Adapter("postgresql", _served("postgresql"), SERVER)
MARIADB = Adapter("mariadb", _served("mariadb"), SERVER)
