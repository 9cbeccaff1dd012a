"""Lists that units of work read and append to, and a run of many such transactions at once."""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count
from queue import Empty, SimpleQueue
from threading import Barrier
from typing import TypeAlias

import attrs
from sqlalchemy import JSON, Column, Integer, Table
from sqlalchemy.orm import registry

from properties.isolation.history import Append, History, Operation, Read
from unitofwork import ANYTHING, Database, Isolation, UnitOfWork, entity, map_entity, repository
from unitofwork.domain.errors import PersistenceError

KEYS = 4
WORKERS = 4
ATTEMPTS = 1000

Wish: TypeAlias = tuple[str, int]
"""``("append", key)`` or ``("read", key)``."""


@entity
class Numbers:
    values: list[int]
    id: int | None = None


@entity
class VersionedNumbers:
    """Raises `StaleEntity` for who comes second."""

    values: list[int]
    version: int | None = None
    id: int | None = None


class Lists(UnitOfWork):
    plain = repository(Numbers)
    versioned = repository(VersionedNumbers)


@cache
def mapping() -> registry:
    """Map the lists, once."""
    made = registry()

    def table(name: str, *more: Column[int]) -> Table:
        key = Column("id", Integer, primary_key=True)
        return Table(name, made.metadata, key, Column("values", JSON, nullable=False), *more)

    map_entity(made, Numbers, table("numbers"))
    version = Column("version", Integer, nullable=False)
    map_entity(made, VersionedNumbers, table("versioned_numbers", version), version_id_col=version)
    return made


@attrs.frozen
class Experiment:
    """How the transactions of a history are run."""

    isolation: Isolation
    versioned: bool = False

    @property
    def kind(self) -> type[Numbers] | type[VersionedNumbers]:
        """The class of the lists."""
        return VersionedNumbers if self.versioned else Numbers


def wishes(chance: random.Random, transactions: int) -> list[list[Wish]]:
    """What the transactions are to do."""
    return [
        [(chance.choice(["append", "read"]), chance.randrange(1, KEYS + 1)) for _ in range(chance.randint(2, 4))]
        for _ in range(transactions)
    ]


def run(database: Database, experiment: Experiment, wanted: Sequence[list[Wish]]) -> History:
    """Run the transactions by several threads, each until it commits, and see what was there in the end."""
    with Lists(database) as uow:
        lists = uow.repository(experiment.kind)
        lists.delete_where(ANYTHING)
        lists.add_all(experiment.kind([], id=key) for key in range(1, KEYS + 1))
        uow.commit()
    waiting: SimpleQueue[list[Wish]] = SimpleQueue()
    for each in wanted:
        waiting.put(each)
    run = _Run(database, experiment, waiting)
    with ThreadPoolExecutor(WORKERS) as workers:
        for worker in [workers.submit(run.work) for _ in range(WORKERS)]:
            worker.result()
    with Lists(database).begin(read_only=True) as uow:
        final = {key: tuple(uow.repository(experiment.kind).get_one(key).values) for key in range(1, KEYS + 1)}
    return History(tuple(run.committed), frozenset(run.undone), final)


@attrs.define
class _Run:
    database: Database
    experiment: Experiment
    waiting: SimpleQueue[list[Wish]]
    committed: list[tuple[Operation, ...]] = attrs.field(factory=list)
    undone: list[int] = attrs.field(factory=list)
    numbers: Iterator[int] = attrs.field(factory=lambda: count(1))
    start: Barrier = attrs.field(factory=lambda: Barrier(WORKERS))

    def work(self) -> None:
        """Do what waits, one after the other."""
        self.start.wait(60)
        while True:
            try:
                wanted = self.waiting.get_nowait()
            except Empty:
                return
            self._until_kept(wanted)

    def _until_kept(self, wanted: list[Wish]) -> None:
        for _ in range(ATTEMPTS):
            done: list[Operation] = []
            try:
                self._try(wanted, done)
            except PersistenceError as error:
                if not error.retryable:
                    raise
                self.undone += [each.value for each in done if isinstance(each, Append)]
            else:
                self.committed.append(tuple(done))
                return
        raise AssertionError(f"a transaction did not commit in {ATTEMPTS} attempts")

    def _try(self, wanted: list[Wish], done: list[Operation]) -> None:
        with Lists(self.database).begin(isolation=self.experiment.isolation) as uow:
            lists = uow.repository(self.experiment.kind)
            for what, key in wanted:
                found = lists.get_one(key)
                if what == "append":
                    value = next(self.numbers)
                    done.append(Append(key, value))
                    found.values = [*found.values, value]
                else:
                    done.append(Read(key, tuple(found.values)))
            uow.commit()
