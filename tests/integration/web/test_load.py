"""Many more requests at once than there are connections keep the pool within its size, and are all answered."""

import asyncio

import pytest
from sqlalchemy import event

from integration.web.conftest import OPTIONS, Served, Stock, wait_until
from integration.web.raw import Client, answer, request
from integration.web.shop import PATIENCE
from unitofwork import SqlAlchemyDatabase

AT_ONCE = 50


class Watch:
    """Counts the connections of an engine that are in use."""

    def __init__(self, database: SqlAlchemyDatabase) -> None:
        self.now = self.most = 0
        event.listen(database.engine, "checkout", self._out)
        event.listen(database.engine, "checkin", self._in)

    def _out(self, *_: object) -> None:
        self.now += 1
        self.most = max(self.most, self.now)

    def _in(self, *_: object) -> None:
        self.now -= 1


@pytest.mark.parametrize(
    ("framework", "database_name", "requests"),
    [
        ("fastapi", "postgresql", 1_000),
        ("fastapi-awaited", "postgresql", 300),
        ("fastapi", "sqlite", 200),
        ("flask", "postgresql", 200),
    ],
    indirect=["database_name"],
)
def test_fifty_requests_at_once_keep_the_pool_within_its_size(
    served: Served, stock: Stock, framework: str, requests: int
) -> None:
    watch = Watch(stock.awaited.sync if framework.endswith("awaited") else stock.database)  # type: ignore[arg-type]  # neither is in memory
    id = stock.add("anchor")
    statuses = asyncio.run(ask(served.clients[framework], id, requests))
    assert sorted(set(statuses)) == [200, 201], statuses
    assert (len(statuses), len(stock.names())) == (requests, 1 + requests // 20)
    wait_until(lambda: watch.now == 0)
    assert 1 < watch.most <= OPTIONS.pool_size


@pytest.mark.parametrize("framework", ["fastapi", "starlette"])
@pytest.mark.parametrize("database_name", ["postgresql"], indirect=True)
def test_a_unit_that_holds_a_connection_is_committed_though_all_threads_wait_for_one(
    served: Served, stock: Stock, framework: str
) -> None:
    """There are fewer threads than requests: those that wait for a connection must not keep one."""

    async def keep_all() -> list[int]:
        async with asyncio.timeout(PATIENCE / 2), asyncio.TaskGroup() as group:
            paths = (f"/kept/thing-{number}" for number in range(3 * AT_ONCE))
            tasks = [group.create_task(status(served.clients[framework], "POST", path)) for path in paths]
        return [task.result() for task in tasks]

    assert set(asyncio.run(keep_all())) == {201}
    assert len(stock.names()) == 3 * AT_ONCE


async def ask(client: Client, id: int, requests: int) -> list[int]:
    """The statuses of requests of which every twentieth writes."""
    waiting = iter(range(requests))

    async def some() -> list[int]:
        return [await one(number) for number in waiting]

    async def one(number: int) -> int:
        if number % 20 == 0:
            return await status(client, "POST", f"/things/thing-{number}")
        return await status(client, "GET", f"/things/{id}")

    async with asyncio.timeout(3 * PATIENCE), asyncio.TaskGroup() as group:
        tasks = [group.create_task(some()) for _ in range(AT_ONCE)]
    return [status for task in tasks for status in task.result()]


async def status(client: Client, method: str, path: str) -> int:
    reading, writing = await asyncio.open_connection("127.0.0.1", client.port)
    writing.write(request(method, client.prefix + path))
    received = await reading.read()
    writing.close()
    await writing.wait_closed()
    return answer(received).status
