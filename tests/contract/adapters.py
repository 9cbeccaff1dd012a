"""What an adapter is to the contract: how it is opened, what it can do, and what a test sees of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeAlias

import attrs
from sqlalchemy.orm import registry

from unitofwork import Database

from .outer import BeginOuter, begin_on_connection


class Probe(Protocol):
    """What a test may ask of a database from outside of any unit of work."""

    def checked_out(self) -> int:
        """How many connections are in use."""
        ...

    def statements(self) -> list[str]:
        """What was sent since this was last asked, in the database's language; empty where there is none."""
        ...


Open: TypeAlias = Callable[[Path, registry], AbstractContextManager[tuple[Database, Probe]]]
"""Opens an empty database with the schema of a mapping, which may keep files in the folder."""

CAPABILITIES = {
    "savepoints": "undoes a part of a transaction",
    "outer_transaction": "joins a transaction that somebody else began, which `begin_outer` begins",
    "statements": "the probe tells what was sent",
    "threads": "several threads may use one database",
    "interrupts": "goes on after KeyboardInterrupt",
    "concurrent_readers": "one unit reads what another has written and not committed, as it was before",
    "concurrent_writers": "two units write at the same time, to different rows",
    "read_committed": "a transaction sees what others commit meanwhile",
    "row_locks": "locks rows, not the whole database",
    "waits": "a unit waits for another one's lock",
    "never_waits": "what would wait raises LockTimeout at once",
}
"""What not every adapter can do; a test that needs what an adapter lacks is skipped there."""


def _refuse_unknown(_adapter: object, _attribute: object, capabilities: frozenset[str]) -> None:
    if unknown := capabilities - CAPABILITIES.keys():
        raise ValueError(f"no such capability: {', '.join(sorted(unknown))}; there are {', '.join(CAPABILITIES)}")


@attrs.frozen
class Adapter:
    """One way of keeping entities.

    Attributes:
        name: tells it from others in the results.
        open: opens an empty database.
        capabilities: some of `CAPABILITIES`.
        begin_outer: begins a transaction for units to join.
    """

    name: str
    open: Open
    capabilities: frozenset[str] = attrs.field(validator=_refuse_unknown)
    begin_outer: BeginOuter = begin_on_connection
