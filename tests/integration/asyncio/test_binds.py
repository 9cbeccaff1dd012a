"""One unit over several databases, on asyncio: each keeps its part, and they end together, whoever is cancelled."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from integration.asyncio.cancelling import WHEN, Cancelling, When
from integration.binds.conftest import Place, Places, fresh
from integration.binds.shop import Line, Order, Shop, User, mapping
from unitofwork import AsyncSqlAlchemyDatabase, AsyncUnitOfWork, awaited
from unitofwork.domain.errors import OutsideRun


class AsyncShop(AsyncUnitOfWork[Shop]):
    users = awaited(Shop.users)


@pytest.fixture(params=["sqlite+sqlite", "postgresql+postgresql", "mariadb+postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    users, orders = request.param.split("+")
    with ExitStack() as ending:
        yield Places(Place(fresh(users, tmp_path, "users", ending)), Place(fresh(orders, tmp_path, "orders", ending)))


def opened(places: Places, *, driver: str = "", twophase: bool = False) -> AsyncSqlAlchemyDatabase:
    binds: dict[Any, Any] = {Order: _by(driver, places.orders.url), Line: _by(driver, places.orders.url)}
    return AsyncSqlAlchemyDatabase(_by("", places.users.url), mapping(), binds=binds, twophase=twophase)


def _by(driver: str, url: URL) -> URL:
    name = url.get_backend_name()
    return url.set(drivername=f"{name}+{driver}" if driver and name == "postgresql" else name)


@pytest.mark.parametrize("when", WHEN)
def test_all_keep_their_part_or_none_wherever_a_unit_is_cancelled(places: Places, when: When) -> None:
    async def unit(database: AsyncSqlAlchemyDatabase, number: int) -> None:
        async with AsyncShop(database) as uow:
            uow.users.add(User(f"user {number}", [Order(number + 1)]))
            await uow.commit()

    async def main() -> None:
        database = opened(places)
        await database.create_schema()
        counted = Cancelling(unit(database, 0), 0)
        await counted
        kept = 1
        for at in range(1, counted.waited + 1):
            with suppress(asyncio.CancelledError):
                await asyncio.create_task(_cancelled(unit(database, at), at, when))
            assert places.users.rows("users") == places.orders.rows("orders")
            assert places.users.rows("users") - kept in (0, 1)
            kept = places.users.rows("users")
        await database.aclose()

    asyncio.run(main())


async def _cancelled(work: Any, at: int, when: When) -> None:
    await Cancelling(work, at, when)


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
@pytest.mark.parametrize("places", ["postgresql+postgresql", "mariadb+postgresql"], indirect=True)
def test_two_phases_are_awaited(places: Places, driver: str) -> None:
    async def main() -> None:
        database = opened(places, driver=driver, twophase=True)
        await database.create_schema()
        async with AsyncShop(database) as uow:
            uow.users.add(User("sandy", [Order(1)]))
            await uow.commit()
        async with AsyncShop(database) as uow:
            uow.users.add(User("patrick", [Order(2)]))
            await uow.flush()
        assert await database.in_doubt() == []
        assert (places.users.rows("users"), places.orders.rows("orders")) == (1, 1)
        await database.aclose()

    asyncio.run(main())


def test_what_another_database_keeps_is_not_loaded_outside_run(places: Places) -> None:
    async def main() -> None:
        database = opened(places)
        await database.create_schema()
        async with AsyncShop(database) as uow:
            uow.users.add(User("sandy", [Order(1)]))
            await uow.commit()
        async with AsyncShop(database) as uow:
            sandy = await uow.users.find_one(name="sandy")
            with pytest.raises(OutsideRun, match=r"User\.orders is not loaded"):
                _ = sandy.orders
            assert await uow.run(lambda _: len(sandy.orders)) == 1
        await database.aclose()

    asyncio.run(main())
