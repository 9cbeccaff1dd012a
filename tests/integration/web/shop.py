"""A shop that is served by each framework: things, of which one may be part of another, and what tests watch of it."""

import threading
from collections.abc import Callable
from functools import cache

import attrs
from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import registry

from unitofwork import AsyncDatabase, AsyncUnitOfWork, Database, UnitOfWork, awaited, entity, map_entity, repository
from unitofwork.domain.errors import ConnectionLost

CONNECTIONS = 5
"""Of each pool."""

PATIENCE = 20
"""Seconds that anything may take."""


@entity
class Thing:
    name: str
    part_of: int | None = None
    version: int | None = None
    id: int | None = None


class Shop(UnitOfWork):
    things = repository(Thing)


class AsyncShop(AsyncUnitOfWork[Shop]):
    things = awaited(Shop.things)


@cache
def mapping() -> registry:
    """Map the things, once. What they are part of is looked at by COMMIT alone."""
    made = registry()
    things = Table(
        "things",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(60), nullable=False, unique=True),
        Column("part_of", ForeignKey("things.id", deferrable=True, initially="DEFERRED")),
        Column("version", Integer, nullable=False),
    )
    map_entity(made, Thing, things, version_id_col=things.c.version)
    return made


def add(uow: Shop, name: str, part_of: int | None) -> Thing:
    """A service that commits."""
    with uow:
        thing = Thing(name, part_of)
        uow.things.add(thing)
        uow.commit()
        return thing


def rename(uow: Shop, id: int, name: str) -> Thing:
    with uow:
        thing = uow.things.get_one(id)
        thing.name = name
        uow.commit()
        return thing


@attrs.define
class World:
    """What the applications serve at the moment, and what they tell of it."""

    database: Database | None = None
    awaited_database: AsyncDatabase | None = None
    told: list[str] = attrs.field(factory=list[str])
    """What happened in the applications."""
    produced: int = 0
    """Of a stream."""
    breaks_at: int = 0
    meanwhile: Callable[[], object] = lambda: None
    """Called between an application's look at a thing and its change."""
    entered: threading.Event = attrs.field(factory=threading.Event)
    """Set once a unit of work is held."""
    gate: threading.Event = attrs.field(factory=threading.Event)
    """Lets it go."""

    def serve(self, database: Database, awaited_database: AsyncDatabase) -> None:
        """Begin afresh with another database."""
        self.database, self.awaited_database = database, awaited_database
        self.told.clear()
        self.produced = self.breaks_at = 0
        self.meanwhile = lambda: None
        self.gate.clear()
        self.entered.clear()

    def unit(self) -> Shop:
        assert self.database is not None
        return Shop(self.database)

    def awaited_unit(self) -> AsyncShop:
        assert self.awaited_database is not None
        return AsyncShop(self.awaited_database)

    def hold(self) -> None:
        """Wait at the gate."""
        self.entered.set()
        assert self.gate.wait(PATIENCE)

    def line(self, thing: Thing) -> bytes:
        """A long line of a stream; the database may be gone at one of them."""
        self.produced += 1
        if self.produced == self.breaks_at:
            raise ConnectionLost("the connection was lost")
        return thing.name.encode().ljust(LINE - 1, b".") + b"\n"


LINE = 16_384
"""Bytes."""
