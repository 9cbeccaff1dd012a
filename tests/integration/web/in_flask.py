"""The shop on Flask."""

from threading import current_thread

from flask import Flask, Response, abort, jsonify, request
from flask.typing import ResponseReturnValue

from integration.web.shop import Shop, Thing, World, add, rename
from unitofwork.entrypoints.flask import chunks, conditions, etag, handle_errors, unit_of_work


def shown(thing: Thing) -> Response:
    response = jsonify(id=thing.id, name=thing.name)
    response.headers["ETag"] = etag(thing)
    return response


def app_in_threads(world: World) -> Flask:
    app = Flask("shop")
    handle_errors(app)
    unit = unit_of_work(world.unit)
    kept = unit_of_work(world.unit, autocommit=True)

    @app.get("/things/<int:id>")
    @unit
    def show(uow: Shop, id: int) -> ResponseReturnValue:
        with uow.begin(read_only=True):
            thing = uow.things.get_one(id)
        conditions().check(etag(thing))
        return shown(thing)

    @app.post("/things/<name>")
    @unit
    def create(uow: Shop, name: str) -> ResponseReturnValue:
        return shown(add(uow, name, request.args.get("part_of", type=int))), 201

    @app.put("/things/<int:id>/<name>")
    @unit
    def put(uow: Shop, id: int, name: str) -> ResponseReturnValue:
        uow.begin()
        found = uow.things.get_one(id)
        conditions().check(etag(found))
        world.meanwhile()
        return shown(rename(uow, id, name))

    @app.post("/kept/<name>")
    @kept
    def keep(uow: Shop, name: str) -> ResponseReturnValue:
        uow.things.add(Thing(name, request.args.get("part_of", type=int)))
        if name == "teapot":
            abort(418)
        uow.after_commit(lambda: world.told.append(current_thread().name))
        uow.after_commit(lambda: world.told.append(f"{name} in the background"))
        return {"name": name, "endpoint": current_thread().name}, 201

    @app.post("/committed-twice/<name>")
    @kept
    def commit_twice(uow: Shop, name: str) -> ResponseReturnValue:
        return shown(add(uow, name, None))

    @app.get("/lines")
    @unit_of_work(world.unit, streaming=True)
    def lines(uow: Shop) -> ResponseReturnValue:
        uow.begin(read_only=True)
        return Response(chunks(world.line(thing) for thing in uow.things.stream(order_by="id")))

    @app.get("/held")
    @unit
    def held(uow: Shop) -> ResponseReturnValue:
        uow.begin(read_only=True)
        count = uow.things.count()
        world.hold()
        return {"count": count}

    return app
