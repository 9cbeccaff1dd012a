"""What it costs to observe units of work, beside the same units while nobody does.

A small unit begins, gets by key, changes a column and commits. Both sides do it on the same database, and what observes
comes and goes between the rounds. What is left of observation while nobody observes is measured by ``overhead.py``,
as a part of every unit.

Run it by ``make bench``; ``--help`` lists what can be chosen.
"""

import logging
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count

from alternately import Comparison, Figures, Side, main
from databases import fresh
from sqlalchemy import Column, Integer, String, Table
from sqlalchemy.orm import registry

from unitofwork import (
    Database,
    LogUnits,
    MemoryDatabase,
    Observer,
    SqlAlchemyDatabase,
    UnitOfWork,
    entity,
    map_entity,
    observe,
    repository,
)


@entity
class User:
    name: str
    id: int | None = None


class Accounts(UnitOfWork):
    users = repository(User)


class Watching:
    """Is told of everything, and does nothing with it."""

    def begun(self, *_: object) -> None:
        """Nothing."""

    step = ended = begun


class Observed:
    """Whether somebody observes, which is changed between the rounds."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._observing = ExitStack()

    def begin(self) -> None:
        self.end()
        self._observing.enter_context(observe(self._observer))

    def end(self) -> None:
        self._observing.close()


def small_unit(database: Database) -> Callable[[], object]:
    """Begin, get by key, change a column, commit."""
    names = map(str, count())
    with Accounts(database) as uow:
        uow.users.add(User("sandy", 1))
        uow.commit()

    def work() -> None:
        with Accounts(database) as uow:
            uow.users.get_one(1).name = next(names)
            uow.commit()

    return work


@contextmanager
def mapped() -> Generator[registry]:
    made = registry()
    columns = Column("id", Integer, primary_key=True), Column("name", String(30), nullable=False)
    map_entity(made, User, Table("users", made.metadata, *columns))
    yield made
    made.dispose()


@contextmanager
def on_sqlite(observer: Observer, at_most: float) -> Generator[Comparison]:
    with mapped() as mapping, fresh("sqlite") as url:
        database = SqlAlchemyDatabase(url, mapping)
        database.create_schema()
        work, observed = small_unit(database), Observed(observer)
        yield Comparison(
            Side("observed", work, database.engine, observed.begin),
            Side("not observed", work, database.engine, observed.end),
            at_most,
        )
        observed.end()
        database.dispose()


@contextmanager
def on_the_twin(observer: Observer, at_most: float) -> Generator[Comparison]:
    with mapped() as mapping:
        database = MemoryDatabase(mapping)
        work, observed = small_unit(database), Observed(observer)
        yield Comparison(
            Side("observed", work, database, observed.begin),
            Side("not observed", work, database, observed.end),
            at_most,
            pieces=200,
        )
        observed.end()


def logging_nowhere() -> LogUnits:
    """Everything of logging but where it is written to."""
    logger = logging.getLogger("unitofwork.units")
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return LogUnits()


FIGURES: Figures = {
    "recorded, SQLite": partial(on_sqlite, Watching(), 1.6),
    "logged, SQLite": partial(on_sqlite, logging_nowhere(), 1.8),
    "recorded, twin": partial(on_the_twin, Watching(), 2.5),
}

if __name__ == "__main__":
    sys.exit(main(__doc__, FIGURES))
