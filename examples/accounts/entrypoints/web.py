"""Accounts over HTTP: ``python -m accounts serve``. The services are those of the command line."""

import json
from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import FastAPI, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from accounts.adapters.formats import as_data
from accounts.domain.errors import Malformed, Refused
from accounts.domain.user import User
from accounts.service_layer import services
from accounts.service_layer.unit_of_work import Accounts
from unitofwork.entrypoints.fastapi import Conditions, Problems, chunks, etag, handle_errors, unit_of_work


class NewUser(BaseModel):
    """Who registers."""

    fullname: str
    addresses: list[str] = []


class NewName(BaseModel):
    """What somebody is called from now on."""

    fullname: str


class Shown(BaseModel):
    """A user."""

    name: str
    fullname: str
    addresses: list[str]


class Some(BaseModel):
    """Users by name, and the cursor after which the others come."""

    users: list[Shown]
    next: str | None


def make_app(units: Callable[[], Accounts]) -> FastAPI:
    """Make the application.

    Args:
        units: makes the units of work, one for each request, such as the container's provider.
    """
    app = FastAPI(title="accounts", summary="People and their e-mail addresses")
    handle_errors(app, Problems(own={Malformed: 422, Refused: 409}))
    unit, streaming = unit_of_work(units), unit_of_work(units, streaming=True)

    @app.get("/users")
    def page(
        uow: Annotated[Accounts, unit], size: Annotated[int, Query(ge=1, le=1000)] = 100, after: str | None = None
    ) -> Some:
        """Some users by name: the first, or those after a cursor."""
        found = services.page(uow, size=size, after=after)
        return Some(users=[_as_shown(user) for user in found], next=found.next)

    @app.get("/users.jsonl")
    def export(uow: Annotated[Accounts, streaming]) -> StreamingResponse:
        """All users, each on a line of its own, however many there are."""
        lines = (json.dumps(as_data(user), ensure_ascii=False).encode() + b"\n" for user in services.everyone(uow))
        return StreamingResponse(chunks(lines), media_type="application/jsonl")

    @app.get("/users/{name:path}")
    def show(name: str, uow: Annotated[Accounts, unit], conditions: Conditions, response: Response) -> Shown:
        """One user; 304 with the ETag of what there is."""
        user = services.show(uow, name)
        conditions.check(_etag(user))
        return _shown(user, response)

    @app.post("/users", status_code=201)
    def register(new: NewUser, uow: Annotated[Accounts, unit], response: Response) -> Shown:
        """Add a user."""
        user = services.register(uow, new.fullname, *new.addresses)
        response.headers["Location"] = f"/users/{quote(user.name)}"
        return _shown(user, response)

    @app.patch("/users/{name:path}")
    def rename(
        name: str, new: NewName, uow: Annotated[Accounts, unit], conditions: Conditions, response: Response
    ) -> Shown:
        """Change the full name, and with it the name; with If-Match only if the user is as the ETag says."""
        _before = _expected(uow, name, conditions)
        user = services.rename(uow, name, new.fullname)
        response.headers["Content-Location"] = f"/users/{quote(user.name)}"
        return _shown(user, response)

    @app.delete("/users/{name:path}", status_code=204)
    def remove(name: str, uow: Annotated[Accounts, unit], conditions: Conditions) -> None:
        """Remove a user; with If-Match only if the user is as the ETag says."""
        _before = _expected(uow, name, conditions)
        services.delete(uow, name)

    return app


def _expected(uow: Accounts, name: str, conditions: Conditions) -> User:
    """Begin, and look whether the user is as the request expects.

    For as long as somebody has the user that is returned, the service gets the same one from the unit; so the commit
    finds out a change that comes after this look.
    """
    uow.begin()
    user = uow.users.called(name)
    conditions.check(_etag(user))
    return user


def _etag(user: User) -> str:
    """The addresses have rows of their own, which the user's version says nothing of."""
    return etag(user, *(address.email_address for address in user.addresses))


def _shown(user: User, response: Response) -> Shown:
    response.headers["ETag"] = _etag(user)
    return _as_shown(user)


def _as_shown(user: User) -> Shown:
    return Shown.model_validate(as_data(user))
