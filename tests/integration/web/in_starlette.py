"""The shop on Starlette, by threads and awaited."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from threading import current_thread

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from integration.web.shop import AsyncShop, Shop, Thing, World, add, rename
from unitofwork.entrypoints.starlette import chunks, chunks_awaited, conditions, etag, handle_errors, unit_of_work


def shown(thing: Thing, status: int = 200) -> Response:
    return JSONResponse({"id": thing.id, "name": thing.name}, status, {"ETag": etag(thing)})


def part_of(request: Request) -> int | None:
    return int(request.query_params["part_of"]) if "part_of" in request.query_params else None


def served(**endpoints: Callable[..., object]) -> Starlette:
    app = Starlette(
        routes=[
            Route("/things/{id:int}", endpoints["show"]),
            Route("/things/{name}", endpoints["create"], methods=["POST"]),
            Route("/things/{id:int}/{name}", endpoints["put"], methods=["PUT"]),
            Route("/kept/{name}", endpoints["keep"], methods=["POST"]),
            Route("/committed-twice/{name}", endpoints["commit_twice"], methods=["POST"]),
            Route("/lines", endpoints["lines"]),
            Route("/held", endpoints["held"]),
        ]
    )
    handle_errors(app)
    return app


def app_in_threads(world: World) -> Starlette:
    def show(uow: Shop, request: Request) -> Response:
        with uow.begin(read_only=True):
            thing = uow.things.get_one(request.path_params["id"])
        conditions(request).check(etag(thing))
        return shown(thing)

    def create(uow: Shop, request: Request) -> Response:
        return shown(add(uow, request.path_params["name"], part_of(request)), 201)

    def put(uow: Shop, request: Request) -> Response:
        id, name = request.path_params["id"], request.path_params["name"]
        uow.begin()
        found = uow.things.get_one(id)
        conditions(request).check(etag(found))
        world.meanwhile()
        return shown(rename(uow, id, name))

    def keep(uow: Shop, request: Request) -> Response:
        name = request.path_params["name"]
        uow.things.add(Thing(name, part_of(request)))
        if name == "teapot":
            raise HTTPException(418)
        uow.flush()
        uow.after_commit(lambda: world.told.append(current_thread().name))
        task = BackgroundTask(world.told.append, f"{name} in the background")
        return JSONResponse({"name": name, "endpoint": current_thread().name}, 201, background=task)

    def commit_twice(uow: Shop, request: Request) -> Response:
        return shown(add(uow, request.path_params["name"], None))

    def lines(uow: Shop, request: Request) -> Response:
        uow.begin(read_only=True)
        return StreamingResponse(chunks(world.line(thing) for thing in uow.things.stream(order_by="id")))

    def held(uow: Shop, request: Request) -> Response:
        uow.begin(read_only=True)
        count = uow.things.count()
        world.hold()
        return JSONResponse({"count": count})

    unit = unit_of_work(world.unit)
    kept = unit_of_work(world.unit, autocommit=True)
    streaming = unit_of_work(world.unit, streaming=True)
    return served(
        show=unit(show),
        create=unit(create),
        put=unit(put),
        keep=kept(keep),
        commit_twice=kept(commit_twice),
        lines=streaming(lines),
        held=unit(held),
    )


def awaited_app(world: World) -> Starlette:
    async def show(uow: AsyncShop, request: Request) -> Response:
        async with uow.begin(read_only=True):
            thing = await uow.things.get_one(request.path_params["id"])
        conditions(request).check(etag(thing))
        return shown(thing)

    async def create(uow: AsyncShop, request: Request) -> Response:
        return shown(await uow.run(add, request.path_params["name"], part_of(request)), 201)

    async def put(uow: AsyncShop, request: Request) -> Response:
        id, name = request.path_params["id"], request.path_params["name"]
        uow.begin()
        found = await uow.things.get_one(id)
        conditions(request).check(etag(found))
        await asyncio.to_thread(world.meanwhile)
        return shown(await uow.run(rename, id, name))

    async def keep(uow: AsyncShop, request: Request) -> Response:
        name = request.path_params["name"]
        uow.things.add(Thing(name, part_of(request)))
        if name == "teapot":
            raise HTTPException(418)
        uow.after_commit(lambda: world.told.append(current_thread().name))
        task = BackgroundTask(world.told.append, f"{name} in the background")
        return JSONResponse({"name": name, "endpoint": current_thread().name}, 201, background=task)

    async def commit_twice(uow: AsyncShop, request: Request) -> Response:
        return shown(await uow.run(add, request.path_params["name"], None))

    async def lines(uow: AsyncShop, request: Request) -> Response:
        uow.begin(read_only=True)

        async def pieces() -> AsyncGenerator[bytes]:
            async with uow.things.stream(order_by="id") as things:
                async for thing in things:
                    yield world.line(thing)

        return StreamingResponse(await chunks_awaited(pieces()))

    async def held(uow: AsyncShop, request: Request) -> Response:
        uow.begin(read_only=True)
        count = await uow.things.count()
        await asyncio.to_thread(world.hold)
        return JSONResponse({"count": count})

    unit = unit_of_work(world.awaited_unit)
    kept = unit_of_work(world.awaited_unit, autocommit=True)
    streaming = unit_of_work(world.awaited_unit, streaming=True)
    return served(
        show=unit(show),
        create=unit(create),
        put=unit(put),
        keep=kept(keep),
        commit_twice=kept(commit_twice),
        lines=streaming(lines),
        held=unit(held),
    )
