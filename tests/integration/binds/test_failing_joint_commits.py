"""Whatever call of a driver fails, two databases keep the same or the unit does not know; and nothing leaks."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import attrs
import psycopg
import pytest

from failing_driver import DRIVERS, Fault, Injection, _by_patching
from integration.binds.conftest import fresh
from integration.binds.shop import Line, Order, Shop, User, mapping
from integration.binds.test_binds import connections
from unitofwork import SqlAlchemyDatabase
from unitofwork.adapters.sqlalchemy import EngineOptions, engines
from unitofwork.domain.condition import ANYTHING
from unitofwork.domain.errors import CommitOutcomeUnknown, PersistenceError

OPTIONS = EngineOptions(lock_timeout=2, pool_size=1, max_overflow=0, pool_timeout=0.1, ping_after=0)
"""So that whoever would wait for what leaked fails soon."""


@attrs.frozen
class Tried:
    """A shop whose drivers fail on demand, and the same one by other connections."""

    kind: str
    database: SqlAlchemyDatabase
    outside: SqlAlchemyDatabase
    injection: Injection


@pytest.fixture(params=["sqlite", "postgresql"])
def tried(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tried]:
    """SQLite commits in one phase, PostgreSQL in two."""
    kind, injection, twophase = request.param, Injection(), request.param != "sqlite"
    with ExitStack() as ending:
        urls = [fresh(kind, tmp_path, name, ending) for name in ("users", "orders")]
        made = [engines.create(url, OPTIONS) for url in urls]
        outside = SqlAlchemyDatabase(urls[0], mapping(), binds={Order: urls[1], Line: urls[1]}, twophase=twophase)
        outside.create_schema()
        for engine in made if kind == "sqlite" else made[:1]:  # the others' driver is patched for all engines at once
            DRIVERS[kind].inject(engine, injection, monkeypatch)
        if twophase:
            _by_patching((psycopg.Connection, "tpc_begin tpc_prepare tpc_commit tpc_rollback"))(
                made[0], injection, monkeypatch
            )
        binds = {Order: made[1], Line: made[1]}
        database = SqlAlchemyDatabase(made[0], mapping(), options=OPTIONS, binds=binds, twophase=twophase)
        yield Tried(kind, database, outside, injection)
        injection.fault = Fault()
        database.dispose()
        outside.dispose()


def faults(tried: Tried) -> list[Fault]:
    driver = DRIVERS[tried.kind]
    kinds = [Fault(), Fault(after=True), Fault(error=driver.error)]
    return kinds if driver.lose is None else [*kinds, Fault(error=None, before=driver.lose)]


def commit(database: SqlAlchemyDatabase) -> None:
    with Shop(database) as uow:
        uow.users.add(User("sandy", [Order(1)]))
        uow.commit()


def left(tried: Tried) -> tuple[int, int]:
    """How many users and how many orders are kept once everything is resolved; they are then removed."""
    tried.injection.fault = Fault()
    if tried.kind != "sqlite":
        for each in tried.outside.in_doubt():
            tried.outside.resolve(each.id)
    with Shop(tried.outside) as uow:
        found = uow.users.delete_where(ANYTHING), uow.orders.delete_where(ANYTHING)
        uow.commit()
    return found


def test_two_databases_keep_the_same_or_the_unit_does_not_know(tried: Tried) -> None:
    for kind in faults(tried):
        number, hit = 0, True
        while hit:
            number += 1
            tried.injection.fault = attrs.evolve(kind, calls=0, hits=[])
            tried.injection.fault.at(number)
            error: BaseException | None = None
            try:
                commit(tried.database)
            except (PersistenceError, KeyboardInterrupt) as raised:
                error = raised
            hits = tried.injection.fault.hits
            hit, what = bool(hits), f"{kind}, call {number}: {hits} raised {error!r}"
            assert connections(tried.database) == 0, what
            users, orders = left(tried)
            if not isinstance(error, CommitOutcomeUnknown | KeyboardInterrupt):
                assert (users, orders) == ((1, 1) if error is None else (0, 0)), what
            elif tried.kind != "sqlite":
                assert users == orders, what
        assert number > 10
