"""What an operation is done with: its world, its unit, and what both call the entities."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs

from properties.twin.kinds import Kind, kinds
from properties.twin.questions import condition
from properties.twin.world import Unit, World
from unitofwork import Repository, UnitOfWork

Arguments: TypeAlias = Mapping[str, Any]


class Skipped(Exception):
    """There is nothing that the operation could be done to."""


@attrs.frozen
class Hand:
    """An operation's world and unit."""

    world: World
    number: int

    @property
    def unit(self) -> Unit:
        return self.world.units[self.number]

    @property
    def uow(self) -> UnitOfWork:
        return self.unit.uow

    def entity(self, reference: str) -> Any:
        found = self.world.entity(reference, self.number)
        if found is None:
            raise Skipped
        return found

    def entities(self, references: Any) -> list[Any]:
        found = (self.world.entity(each, self.number) for each in references)
        return [each for each in found if each is not None]

    def repository(self, arguments: Arguments) -> tuple[Repository[Any], Kind]:
        kind = kinds()[arguments["type"]]
        return self.uow.repository(kind.type), kind

    def condition(self, kind: Kind, arguments: Arguments) -> tuple[Any, ...]:
        return (condition(self.world, kind, arguments["where"], self.number),) if "where" in arguments else ()

    def named(self, entity: Any) -> str | None:
        self.world.learn()
        return None if entity is None else self.world.label(entity, self.number)

    def found(self, entities: list[Any], arguments: Arguments) -> list[str]:
        self.world.learn()
        return self.world.labels(entities, self.number, ordered="order" in arguments)
