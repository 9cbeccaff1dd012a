"""Teams and their members, for what is tried on SQLAlchemy's own session."""

from typing import Any

from attrs import field
from sqlalchemy import inspect
from sqlalchemy.orm import Mapper

from unitofwork import entity


@entity
class Team:
    name: str
    members: list["Member"] = field(factory=list)
    id: int | None = None


@entity
class Member:
    name: str
    team: Team | None = None
    boss: Team | None = None
    motto: str | None = None
    id: int | None = None


def state_of(instance: object) -> Any:
    return inspect(instance)


def link(cls: type, name: str) -> Any:
    mapper: Mapper[Any] = inspect(cls)
    return mapper.relationships[name]
