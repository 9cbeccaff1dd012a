"""Counters that record each step, and tallies of the steps that arrived: what each says proves what the other did."""

from functools import cache

from sqlalchemy import Column, Integer, Table
from sqlalchemy.orm import registry

from unitofwork import UnitOfWork, entity, inbox_table, map_entity, outbox_table, record, repository, value
from unitofwork.adapters.messages import MessageTypes, MsgspecCodec
from unitofwork.domain.messages import Event

COUNTERS = 8
NEVER = 1_000_000
"""What is added to the value of a step that is rolled back, so that its event can be told if it gets out."""


@value
class Stepped(Event):
    counter: int
    value: int


@entity
class Counter:
    id: int
    value: int = 0

    def step(self, further: int = 1) -> int:
        """Go on, and return where the counter is then."""
        self.value += further
        record(self, Stepped(self.id, self.value))
        return self.value


@entity
class Tally:
    """How many steps of the counter with this id arrived."""

    id: int
    steps: int = 0


class Steps(UnitOfWork):
    counters = repository(Counter)
    tallies = repository(Tally)


@cache
def codec() -> MsgspecCodec:
    types = MessageTypes()
    types.add(Stepped, "stepped", version=1)
    return MsgspecCodec(types)


@cache
def mapping() -> registry:
    made = registry()
    for entity_type, name, column in ((Counter, "counters", "value"), (Tally, "tallies", "steps")):
        key = Column("id", Integer, primary_key=True, autoincrement=False)
        map_entity(made, entity_type, Table(name, made.metadata, key, Column(column, Integer, nullable=False)))
    outbox_table(made.metadata)
    inbox_table(made.metadata)
    return made
