"""Parcels that tell of each move, and the outbox that their events are kept in."""

import json
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from sqlalchemy import Column, Integer, String, Table
from sqlalchemy.orm import registry

from unitofwork import UnitOfWork, entity, map_entity, repository, value
from unitofwork.adapters.orm import outbox_table
from unitofwork.domain.messages import Event, record
from unitofwork.domain.outbox import Encoded, OutboxBucket, OutboxMessage
from unitofwork.service_layer.outbox import Outbox


@value
class ParcelMoved(Event):
    """The number says how often it was moved by then."""

    parcel: str
    number: int


@entity
class Parcel:
    name: str
    moves: int = 0

    def move(self) -> None:
        self.moves += 1
        record(self, ParcelMoved(self.name, self.moves))


class Depot(UnitOfWork):
    parcels = repository(Parcel)
    messages = repository(OutboxMessage)
    buckets = repository(OutboxBucket)


NewUnit: TypeAlias = Callable[[], Depot]


class Json:
    """A codec of the one event."""

    def encode(self, event: Event) -> Encoded:
        assert isinstance(event, ParcelMoved)
        return Encoded("parcel-moved", 1, json.dumps([event.parcel, event.number]))

    def decode(self, content: Encoded) -> ParcelMoved:
        return ParcelMoved(*json.loads(content.payload))

    def dump(self, result: object) -> str:
        return json.dumps(result)

    def load(self, text: str) -> object:
        loaded: object = json.loads(text)
        return loaded


OUTBOX = Outbox(Json())


def moved(unit: NewUnit, moves: str) -> None:
    """Move the parcels of these names, a letter each, once for each letter, in units of their own."""
    for name in moves:
        with unit() as uow:
            parcel = uow.parcels.get(name)
            if parcel is None:
                parcel = Parcel(name)
                uow.parcels.add(parcel)
            parcel.move()
            uow.commit()


@cache
def mapping() -> registry:
    """Map the parcels and the outbox, once."""
    made = registry()
    parcels = Table(
        "parcels",
        made.metadata,
        Column("name", String(40), primary_key=True),
        Column("moves", Integer, nullable=False),
    )
    map_entity(made, Parcel, parcels)
    outbox_table(made.metadata)
    return made
