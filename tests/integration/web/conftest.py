"""The shop, served by each framework on real servers, which all tests of a process share."""

import asyncio
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from threading import Thread

import attrs
import pytest
import uvicorn
from sqlalchemy import URL
from sqlalchemy.pool import QueuePool
from starlette.applications import Starlette
from starlette.routing import Mount
from werkzeug.serving import make_server

from integration.web import in_fastapi, in_flask, in_starlette
from integration.web.raw import Client
from integration.web.shop import CONNECTIONS, PATIENCE, Shop, Thing, World, mapping
from servers.plugin import running
from unitofwork import ANYTHING, AsyncSqlAlchemyDatabase, EngineOptions, MemoryDatabase, SqlAlchemyDatabase

FRAMEWORKS = ("fastapi", "fastapi-awaited", "starlette", "starlette-awaited", "flask")
DATABASES = ("memory", "sqlite", "postgresql")

OPTIONS = EngineOptions(pool_size=CONNECTIONS, max_overflow=0, pool_timeout=PATIENCE)


@attrs.frozen
class Served:
    """The servers, and what they serve."""

    world: World
    loop: asyncio.AbstractEventLoop
    clients: dict[str, Client]


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    world = World()
    asgi = Starlette(
        routes=[
            Mount("/fastapi-awaited", in_fastapi.awaited_app(world)),
            Mount("/fastapi", in_fastapi.app_in_threads(world)),
            Mount("/starlette-awaited", in_starlette.awaited_app(world)),
            Mount("/starlette", in_starlette.app_in_threads(world)),
        ]
    )
    with _uvicorn(asgi) as (port, loop), _werkzeug(world) as flask:
        clients = {name: Client(port, f"/{name}") for name in FRAMEWORKS}
        yield Served(world, loop, {**clients, "flask": Client(flask)})


@contextmanager
def _uvicorn(app: Starlette) -> Generator[tuple[int, asyncio.AbstractEventLoop]]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    loops = list[asyncio.AbstractEventLoop]()

    async def serve() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve()

    thread = Thread(target=asyncio.run, args=(serve(),), name="uvicorn")
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield server.servers[0].sockets[0].getsockname()[1], loops[0]
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


@contextmanager
def _werkzeug(world: World) -> Generator[int]:
    server = make_server("127.0.0.1", 0, in_flask.app_in_threads(world), threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.05,), name="werkzeug")
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def wait_until(done: Callable[[], object]) -> None:
    """Wait for what another thread does."""
    limit = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < limit, "it did not come"
        time.sleep(0.002)


@attrs.define
class Stock:
    """A database of the shop, as a test sees it."""

    name: str
    database: SqlAlchemyDatabase | MemoryDatabase
    awaited: AsyncSqlAlchemyDatabase | MemoryDatabase

    def names(self) -> list[str]:
        with Shop(self.database).begin(read_only=True) as uow:
            return [thing.name for thing in uow.things.find(order_by="id")]

    def add(self, name: str) -> int:
        with Shop(self.database) as uow:
            thing = Thing(name)
            uow.things.add(thing)
            uow.commit()
            assert thing.id is not None
            return thing.id

    def clear(self) -> None:
        with Shop(self.database) as uow:
            uow.things.delete_where(ANYTHING)
            uow.commit()

    def checked_out(self) -> int:
        """How many connections are in use."""
        if isinstance(self.database, MemoryDatabase):
            return self.database.checked_out
        assert isinstance(self.awaited, AsyncSqlAlchemyDatabase)
        return _pool(self.database).checkedout() + _pool(self.awaited.sync).checkedout()


def _pool(database: SqlAlchemyDatabase) -> QueuePool:
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    return pool


@pytest.fixture(params=DATABASES)
def database_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def sqlite_stock(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    file = tmp_path_factory.mktemp("shop") / "shop.db"
    with _opened(served, "sqlite", URL.create("sqlite", database=str(file))) as stock:
        yield stock


@pytest.fixture(scope="session")
def postgresql_stock(served: Served) -> Iterator[Stock]:
    server = running("postgresql")
    url = server.create_database()
    with _opened(served, "postgresql", url) as stock:
        yield stock
    server.drop_database(url)


@pytest.fixture
def memory_stock() -> Stock:
    memory = MemoryDatabase(mapping())
    return Stock("memory", memory, memory)


@contextmanager
def _opened(served: Served, name: str, url: URL) -> Generator[Stock]:
    """A database with the shop's tables, by threads and awaited, with pools of their own."""
    database = SqlAlchemyDatabase(url, mapping(), options=OPTIONS)
    awaited = AsyncSqlAlchemyDatabase(url, mapping(), options=OPTIONS)
    try:
        database.create_schema()
        yield Stock(name, database, awaited)
    finally:
        database.dispose()
        asyncio.run_coroutine_threadsafe(awaited.aclose(), served.loop).result(PATIENCE)


@pytest.fixture
def stock(served: Served, database_name: str, request: pytest.FixtureRequest) -> Iterator[Stock]:
    """An empty shop, which the servers serve for the length of a test."""
    world = served.world
    found: Stock = request.getfixturevalue(f"{database_name}_stock")
    found.clear()
    world.serve(found.database, found.awaited)
    yield found
    world.gate.set()
    wait_until(lambda: found.checked_out() == 0)


@pytest.fixture(params=FRAMEWORKS)
def client(served: Served, request: pytest.FixtureRequest) -> Client:
    return served.clients[request.param]
