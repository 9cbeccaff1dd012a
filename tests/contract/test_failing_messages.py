"""Rows V1 to V3: whatever call of a port fails, messages are kept with what they tell of, or not at all."""

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

import pytest
from sqlalchemy.orm import registry

from unitofwork import (
    ANYTHING,
    Database,
    Event,
    Inbox,
    MessageTypes,
    MsgspecCodec,
    Outbox,
    RecordingPublisher,
    Relay,
    record,
)
from unitofwork.domain.errors import UnitOfWorkError

from .adapters import Probe
from .failing import PORTS, STATES, FailingDatabase, Fault, Mishap
from .models.messages import People, Person, Registered, Renamed
from .models.messages import mapping as people_mapping
from .test_failing_ports import OF_MESSAGES

pytestmark = [pytest.mark.row("V1", "V2", "V3"), pytest.mark.needs("savepoints")]


@pytest.fixture
def mapping() -> registry:
    return people_mapping()


def _codec() -> MsgspecCodec:
    types = MessageTypes()
    types.add(Registered, "registered", version=1)
    types.add(Renamed, "renamed", version=1)
    return MsgspecCodec(types)


CODEC = _codec()


def unit(database: Database) -> People:
    return People(database, outbox=Outbox(CODEC, notify=True), inbox=Inbox(CODEC))


def registered(name: str) -> Person:
    person = Person(name)
    record(person, lambda: Registered(person.id or 0, person.name))
    return person


def refuse(_: Sequence[Event]) -> None:
    raise ValueError("refused")


def scenario(database: Database) -> None:
    """Two units that keep messages, a third one that refuses, and a relay that publishes them."""
    for name in ("first", "second"):
        with unit(database) as uow:
            uow.once(name, lambda name=name: uow.people.add(registered(name)))  # type: ignore[misc]  # its default
            uow.commit()
    with unit(database) as uow:
        uow.subscribe(refuse)
        uow.people.add(registered("never"))
        with pytest.raises(ValueError, match="refused"):
            uow.commit()
        uow.rollback()
    assert Relay(lambda: unit(database), RecordingPublisher()).run_once() == 2


def check_nothing_is_left(database: Database, probe: Probe, where_: str) -> None:
    """See that each person who is kept has registered, and was noted, and that others can write at once."""
    assert probe.checked_out() == 0, where_
    with unit(database) as uow:
        people = {person.name: f"Person:{person.id}" for person in uow.people.find()}
        assert people.keys() <= {"first", "second"}, where_
        assert {message.aggregate for message in uow.outbox.find()} == set(people.values()), where_
        assert {processed.id for processed in uow.inbox.find()} == people.keys(), where_
    with unit(database) as uow:
        uow.buckets.update_where(ANYTHING, owner=None, leased_until=None)  # or the next relay would wait
        for everything in (uow.people, uow.outbox, uow.inbox):
            for each in everything.find():
                uow.repository(type(each)).delete(each)
        uow.commit()


def some_of_each(names: list[str]) -> list[int]:
    """The places of the first three calls and of the last one of each name: a relay looks into many buckets."""
    places = defaultdict[str, list[int]](list)
    for place, name in enumerate(names, start=1):
        places[name].append(place)
    return sorted({place for found in places.values() for place in (*found[:3], found[-1])})


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_any_call_that_messages_need_may_fail(database: Database, probe: Probe, after: bool) -> None:
    fault = Fault(Mishap, after)
    scenario(FailingDatabase(database, fault))
    check_nothing_is_left(database, probe, "nothing failed")
    names, hits = fault.names, set[str]()
    for at in some_of_each(names):
        fault = Fault(Mishap, after, at)
        with suppress(Mishap, UnitOfWorkError):
            scenario(FailingDatabase(database, fault))
        hits.add(fault.hit)
        check_nothing_is_left(database, probe, f"call {at}: {fault.hit}")
    assert (OF_MESSAGES & PORTS) - STATES - hits == set(), "the scenario does not call these"
