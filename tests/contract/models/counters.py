"""Counters that several increase at once: one that is bare, and one with a version."""

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from sqlalchemy import Column, Integer, Table
from sqlalchemy.orm import registry

from unitofwork import FOR_UPDATE, Isolation, Lock, UnitOfWork, entity, map_entity, repository


@entity
class Counter:
    value: int = 0
    id: int | None = None


@entity
class VersionedCounter:
    """Raises `StaleEntity` for who comes second."""

    value: int = 0
    version: int | None = None
    id: int | None = None


class Counters(UnitOfWork):
    counters = repository(Counter)
    versioned = repository(VersionedCounter)


NewUnit: TypeAlias = Callable[[], Counters]

Increase: TypeAlias = Callable[[Counters, Callable[[], None]], None]
"""Begins a unit, reads the counter, waits as it is told, and keeps what it read plus one."""


def _increase(
    uow: Counters,
    wait: Callable[[], None],
    *,
    entity_type: type[Counter] | type[VersionedCounter] = Counter,
    isolation: Isolation | None = None,
    lock: Lock | None = None,
) -> None:
    with uow.begin(isolation=isolation):
        counter = uow.repository(entity_type).get_one(1, lock=lock)
        value = counter.value
        wait()
        counter.value = value + 1
        uow.commit()


def with_version(uow: Counters, wait: Callable[[], None]) -> None:
    _increase(uow, wait, entity_type=VersionedCounter)


def with_lock(uow: Counters, wait: Callable[[], None]) -> None:
    _increase(uow, wait, lock=FOR_UPDATE)


def with_snapshot(uow: Counters, wait: Callable[[], None]) -> None:
    _increase(uow, wait, isolation=Isolation.SNAPSHOT)


def with_serializable(uow: Counters, wait: Callable[[], None]) -> None:
    _increase(uow, wait, isolation=Isolation.SERIALIZABLE)


def begin_counting(unit: NewUnit) -> None:
    """Keep one counter of each kind, at 0."""
    with unit() as uow:
        uow.counters.add(Counter(id=1))
        uow.versioned.add(VersionedCounter(id=1))
        uow.commit()


def counted(unit: NewUnit) -> int:
    """What both counters say together."""
    with unit().begin(read_only=True) as uow:
        return uow.counters.get_one(1).value + uow.versioned.get_one(1).value


@cache
def mapping() -> registry:
    """Map the counters, once."""
    made = registry()

    def table(name: str, *columns: Column[int]) -> Table:
        return Table(
            name,
            made.metadata,
            Column("id", Integer, primary_key=True),
            Column("value", Integer, nullable=False),
            *columns,
        )

    map_entity(made, Counter, table("counters"))
    versioned = table("versioned_counters", Column("version", Integer, nullable=False))
    map_entity(made, VersionedCounter, versioned, version_id_col=versioned.c.version)
    return made
