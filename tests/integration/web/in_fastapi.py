"""The shop on FastAPI, by threads and awaited."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from threading import current_thread
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Response
from fastapi.responses import StreamingResponse

from integration.web.shop import CONNECTIONS, AsyncShop, Shop, Thing, World, add, rename
from unitofwork.entrypoints.fastapi import Conditions, chunks, chunks_awaited, etag, handle_errors, unit_of_work


def shown(thing: Thing) -> dict[str, Any]:
    return {"id": thing.id, "name": thing.name}


def app_in_threads(world: World) -> FastAPI:
    app = FastAPI()
    handle_errors(app)
    unit = unit_of_work(world.unit)
    kept = unit_of_work(world.unit, autocommit=True, limit=asyncio.Semaphore(CONNECTIONS))
    streaming = unit_of_work(world.unit, streaming=True)

    @app.get("/things/{id}")
    def show(id: int, uow: Annotated[Shop, unit], conditions: Conditions, response: Response) -> dict[str, Any]:
        with uow.begin(read_only=True):
            thing = uow.things.get_one(id)
        conditions.check(etag(thing))
        response.headers["ETag"] = etag(thing)
        return shown(thing)

    @app.post("/things/{name}", status_code=201)
    def create(name: str, uow: Annotated[Shop, unit], part_of: int | None = None) -> dict[str, Any]:
        return shown(add(uow, name, part_of))

    @app.put("/things/{id}/{name}")
    def put(
        id: int, name: str, uow: Annotated[Shop, unit], conditions: Conditions, response: Response
    ) -> dict[str, Any]:
        uow.begin()
        found = uow.things.get_one(id)
        conditions.check(etag(found))
        world.meanwhile()
        thing = rename(uow, id, name)
        response.headers["ETag"] = etag(thing)
        return shown(thing)

    @app.post("/kept/{name}", status_code=201)
    def keep(
        name: str, uow: Annotated[Shop, kept], background: BackgroundTasks, part_of: int | None = None
    ) -> dict[str, Any]:
        uow.things.add(Thing(name, part_of))
        if name == "teapot":
            raise HTTPException(418)
        uow.flush()  # from here on it holds a connection, and has still to be given a thread to commit in
        uow.after_commit(lambda: world.told.append(current_thread().name))
        background.add_task(world.told.append, f"{name} in the background")
        return {"name": name, "endpoint": current_thread().name}

    @app.post("/committed-twice/{name}")
    def commit_twice(name: str, uow: Annotated[Shop, kept]) -> dict[str, Any]:
        return shown(add(uow, name, None))

    @app.get("/lines")
    def lines(uow: Annotated[Shop, streaming]) -> StreamingResponse:
        uow.begin(read_only=True)
        return StreamingResponse(chunks(world.line(thing) for thing in uow.things.stream(order_by="id")))

    @app.get("/held")
    def held(uow: Annotated[Shop, unit]) -> dict[str, Any]:
        uow.begin(read_only=True)
        count = uow.things.count()
        world.hold()
        return {"count": count}

    # What happens without our dependency: by default, FastAPI ends a dependency once the response is sent.

    def late() -> Generator[Shop]:
        with world.unit() as uow:
            yield uow
            uow.commit()

    @app.post("/late/{name}", status_code=201)
    def keep_late(name: str, uow: Annotated[Shop, Depends(late)], part_of: int | None = None) -> dict[str, Any]:
        uow.things.add(Thing(name, part_of))
        return {"name": name}

    return app


def awaited_app(world: World) -> FastAPI:
    app = FastAPI()
    handle_errors(app)
    unit = unit_of_work(world.awaited_unit)
    kept = unit_of_work(world.awaited_unit, autocommit=True)
    streaming = unit_of_work(world.awaited_unit, streaming=True)

    @app.get("/things/{id}")
    async def show(
        id: int, uow: Annotated[AsyncShop, unit], conditions: Conditions, response: Response
    ) -> dict[str, Any]:
        async with uow.begin(read_only=True):
            thing = await uow.things.get_one(id)
        conditions.check(etag(thing))
        response.headers["ETag"] = etag(thing)
        return shown(thing)

    @app.post("/things/{name}", status_code=201)
    async def create(name: str, uow: Annotated[AsyncShop, unit], part_of: int | None = None) -> dict[str, Any]:
        return shown(await uow.run(add, name, part_of))

    @app.put("/things/{id}/{name}")
    async def put(
        id: int, name: str, uow: Annotated[AsyncShop, unit], conditions: Conditions, response: Response
    ) -> dict[str, Any]:
        uow.begin()
        found = await uow.things.get_one(id)
        conditions.check(etag(found))
        await asyncio.to_thread(world.meanwhile)
        thing = await uow.run(rename, id, name)
        response.headers["ETag"] = etag(thing)
        return shown(thing)

    @app.post("/kept/{name}", status_code=201)
    async def keep(
        name: str, uow: Annotated[AsyncShop, kept], background: BackgroundTasks, part_of: int | None = None
    ) -> dict[str, Any]:
        uow.things.add(Thing(name, part_of))
        if name == "teapot":
            raise HTTPException(418)
        uow.after_commit(lambda: world.told.append(current_thread().name))
        background.add_task(world.told.append, f"{name} in the background")
        return {"name": name, "endpoint": current_thread().name}

    @app.post("/committed-twice/{name}")
    async def commit_twice(name: str, uow: Annotated[AsyncShop, kept]) -> dict[str, Any]:
        return shown(await uow.run(add, name, None))

    @app.get("/lines")
    async def lines(uow: Annotated[AsyncShop, streaming]) -> StreamingResponse:
        uow.begin(read_only=True)

        async def pieces() -> AsyncGenerator[bytes]:
            async with uow.things.stream(order_by="id") as things:
                async for thing in things:
                    yield world.line(thing)

        return StreamingResponse(await chunks_awaited(pieces()))

    @app.get("/held")
    async def held(uow: Annotated[AsyncShop, unit]) -> dict[str, Any]:
        uow.begin(read_only=True)
        count = await uow.things.count()
        await asyncio.to_thread(world.hold)
        return {"count": count}

    return app
