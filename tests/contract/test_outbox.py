"""Row V2: with an outbox, what entities record is kept in the same transaction as they are, or not at all."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import pytest
from sqlalchemy import event
from sqlalchemy.orm import registry

from unitofwork import Database, MessageTypes, MsgspecCodec, Outbox, UnitOfWork, value
from unitofwork.domain.errors import InvalidMessage, NeedsRollback, UniqueViolation, UnknownMessage
from unitofwork.domain.messages import Event, record
from unitofwork.domain.outbox import BUCKETS, MessageState, OutboxMessage, bucket_of

from .adapters import Adapter, Probe
from .models.messages import Citizen, House, Moved, NewUnit, People, Person, Registered, Renamed, Seat, Toll
from .models.messages import mapping as people_mapping
from .outer import Outer

pytestmark = pytest.mark.row("V2")

MOMENT = datetime(2026, 3, 29, 1, 2, 3, 456789, UTC)


@value
class Unnamed(Event):
    """Has no name as a message."""


@cache
def codec() -> MsgspecCodec:
    types = MessageTypes()
    for each in (Registered, Renamed, Moved):
        types.add(each, each.__name__.lower())
    return MsgspecCodec(types)


@pytest.fixture
def mapping() -> registry:
    return people_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work with an outbox."""
    return lambda: People(database, outbox=Outbox(codec(), lambda: MOMENT))


@pytest.fixture
def kept(database: Database) -> Callable[[], list[OutboxMessage]]:
    """What another unit finds in the outbox, in order."""

    def read() -> list[OutboxMessage]:
        with People(database) as uow:
            return uow.outbox.find(order_by="position")

    return read


Kept = Callable[[], list[OutboxMessage]]


@pytest.fixture
def sandy(database: Database) -> int:
    """The key of a committed person."""
    with People(database) as uow:
        person = Person("sandy", House("bikini"))
        uow.people.add(person)
        uow.commit()
        assert person.id is not None
        return person.id


def test_events_are_rows_once_they_are_committed(unit: NewUnit, kept: Kept) -> None:
    with unit() as uow:
        person = Person("patrick")
        record(person, lambda: Registered(person.id or 0, person.name))
        uow.people.add(person)
        person.rename("star")
        uow.commit()
        one, two = kept()
    assert codec().decode(one.envelope().content) == Registered(person.id or 0, "star")
    assert codec().decode(two.envelope().content) == Renamed("star")
    assert (one.name, one.version) == ("registered", 1)
    assert one.id != two.id
    assert (one.state, one.attempts, one.due_at, one.settled_at, one.error) == (
        MessageState.PENDING,
        0,
        None,
        None,
        None,
    )


def test_what_is_recorded_while_an_event_is_made_is_kept_too(unit: NewUnit, kept: Kept) -> None:
    with unit() as uow:
        person = Person("patrick")

        def made() -> Event:
            record(person, Renamed("star"))
            return Registered(person.id or 0, person.name)

        record(person, made)
        uow.people.add(person)
        uow.commit()
    assert [row.name for row in kept()] == ["registered", "renamed"]


def test_a_row_tells_whom_it_is_about_and_is_in_its_bucket(unit: NewUnit, kept: Kept, sandy: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        assert person.house is not None
        person.rename("cheeks")
        person.house.move("texas")
        uow.seats.add(seat := Seat(3, "b"))
        seat.take("sandy")
        uow.people.add(citizen := Citizen("larry", passport="p1"))
        citizen.rename("lobster")
        uow.commit()
        aggregates = [f"Person:{sandy}", f"House:{person.house.id}", "Seat:3,b", f"Citizen:{citizen.id}"]
    rows = kept()
    assert [row.aggregate for row in rows] == aggregates
    assert [row.bucket for row in rows] == [bucket_of(each) for each in aggregates]
    assert all(0 <= row.bucket < BUCKETS for row in rows)


def test_a_row_tells_of_the_same_aggregate_however_its_key_was_written(
    unit: NewUnit, kept: Callable[[], list[OutboxMessage]]
) -> None:
    with unit() as uow:
        toll = Toll(Decimal(1))
        uow.tolls.add(toll)
        toll.move("bikini")
        uow.commit()
    with unit() as uow:
        uow.tolls.find_one().move("new kelp")
        uow.commit()
    assert [row.aggregate for row in kept()] == ["Toll:1", "Toll:1"]


def test_times_have_utc_for_their_zone(unit: NewUnit, kept: Kept, sandy: int) -> None:
    with unit() as uow:
        uow.people.get_one(sandy).rename("cheeks")
        uow.commit()
    [row] = kept()
    assert row.recorded_at == MOMENT
    assert row.recorded_at.utcoffset() == timedelta(0)


def test_the_clock_is_that_of_the_machine_unless_another_is_given(database: Database, kept: Kept, sandy: int) -> None:
    before = datetime.now(UTC)
    with People(database, outbox=Outbox(codec())) as uow:
        uow.people.get_one(sandy).rename("cheeks")
        uow.commit()
    [row] = kept()
    assert before <= row.recorded_at <= datetime.now(UTC)


@pytest.mark.needs("statements")
@pytest.mark.parametrize("number", [1, 3, 40])
def test_all_events_of_a_commit_are_one_statement(unit: NewUnit, probe: Probe, sandy: int, number: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        for name in range(number):
            person.rename(f"{name}")
        probe.statements()
        uow.commit()
        sent = probe.statements()
        assert sum("outbox_messages" in each for each in sent) == 1
        assert not any("SAVEPOINT" in each for each in sent)
    with unit() as uow:
        assert uow.outbox.count() == number


def test_what_a_listener_records_while_the_commit_flushes_is_kept_with_it(
    unit: NewUnit, kept: Kept, sandy: int
) -> None:
    def tell(_mapper: object, _connection: object, person: Person) -> None:
        record(person, Renamed(person.name))

    event.listen(Person, "after_update", tell)
    try:
        with unit() as uow:
            uow.people.get_one(sandy).name = "cheeks"
            uow.commit()
            assert [codec().decode(row.envelope().content) for row in kept()] == [Renamed("cheeks")]
    finally:
        event.remove(Person, "after_update", tell)


@pytest.mark.needs("statements")
def test_without_events_the_outbox_is_not_asked(unit: NewUnit, probe: Probe, sandy: int) -> None:
    with unit() as uow:
        uow.people.get_one(sandy).name = "cheeks"
        probe.statements()
        uow.commit()
        assert not any("outbox_messages" in sent for sent in probe.statements())


def test_a_rollback_leaves_no_rows(unit: NewUnit, kept: Kept, sandy: int) -> None:
    with unit() as uow:
        uow.people.get_one(sandy).rename("cheeks")
        uow.flush()
        uow.rollback()
        uow.commit()
    assert kept() == []


def test_a_commit_that_fails_leaves_no_rows(unit: NewUnit, kept: Kept, sandy: int) -> None:
    with unit() as uow:
        uow.people.get_one(sandy).rename("cheeks")
        uow.subscribe(lambda _: uow.people.add(Person("cheeks")))
        with pytest.raises(UniqueViolation):
            uow.commit()
        uow.rollback()
        uow.commit()
    assert kept() == []


def test_what_was_recorded_inside_a_savepoint_that_is_undone_leaves_no_rows(
    unit: NewUnit, kept: Kept, sandy: int
) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        person.rename("cheeks")
        with pytest.raises(ZeroDivisionError), uow.savepoint():
            person.rename("squirrel")
            raise ZeroDivisionError
        uow.commit()
    assert [codec().decode(row.envelope().content) for row in kept()] == [Renamed("cheeks")]


@pytest.mark.parametrize(
    ("told", "error", "text"),
    [
        (Unnamed(), UnknownMessage, "Unnamed has no name as a message"),
        (Renamed(b"\xff"), InvalidMessage, r"Renamed\.name holds what JSON cannot give back"),  # type: ignore[arg-type]  # the mistake
    ],
)
def test_an_event_that_cannot_be_written_ends_the_transaction_before_any_is_sent(
    unit: NewUnit,
    kept: Kept,
    probe: Probe,
    sandy: int,
    told: Event,
    error: type[Exception],
    text: str,
) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        person.rename("cheeks")
        record(person, told)
        probe.statements()
        with pytest.raises(error, match=text):
            uow.commit()
        assert not any("outbox_messages" in sent for sent in probe.statements())
        with pytest.raises(NeedsRollback):
            uow.people.count()
        uow.rollback()
        assert uow.people.get_one(sandy).name == "sandy"
        uow.commit()
    assert kept() == []
    with unit() as uow:
        assert uow.people.get_one(sandy).name == "sandy"


def test_what_subscribers_let_be_recorded_is_kept_too(unit: NewUnit, kept: Kept, sandy: int) -> None:
    with unit() as uow:
        house = House("nowhere")
        uow.subscribe(lambda events: house.move("somewhere") if events == [Renamed("cheeks")] else None)
        uow.houses.add(house)
        uow.people.get_one(sandy).rename("cheeks")
        uow.commit()
    assert [row.name for row in kept()] == ["renamed", "moved"]


def test_the_order_of_rows_is_the_order_of_events(unit: NewUnit, kept: Kept, sandy: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        for number in range(300):
            person.rename(f"{number}")
        uow.commit()
    read = [codec().decode(row.envelope().content) for row in kept()]
    assert read == [Renamed(f"{number}") for number in range(300)]


@pytest.fixture
def outer(adapter: Adapter, database: Database) -> Iterator[Outer]:
    """A transaction that was begun outside."""
    with adapter.begin_outer(database) as begun:
        yield begun


@pytest.mark.needs("outer_transaction")
def test_rows_go_with_an_outer_transaction(outer: Outer, kept: Kept) -> None:
    with People(outer.joined("create_savepoint"), outbox=Outbox(codec())) as uow:
        uow.people.add(person := Person("sandy"))
        person.rename("cheeks")
        uow.commit()
        assert (uow.outbox.count(), uow.people.count()) == (1, 1)
    outer.rollback()
    assert kept() == []


def test_the_library_is_its_own_first_user(unit: NewUnit, sandy: int) -> None:
    with unit() as uow:
        uow.people.get_one(sandy).rename("cheeks")
        uow.commit()
        [row] = uow.outbox.find(state=MessageState.PENDING)
        row.state, row.settled_at = MessageState.PUBLISHED, MOMENT
        assert isinstance(uow, UnitOfWork)
        uow.commit()
    with unit() as uow:
        assert uow.outbox.find_one().settled_at == MOMENT
