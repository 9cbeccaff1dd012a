"""Row V1: a unit of work collects what its entities record, and gives it out when it commits, and only then."""

import gc
from collections.abc import Callable, Sequence
from typing import cast

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database
from unitofwork.domain.errors import NeedsRollback, UniqueViolation, UnitClosed, UnitOfWorkError
from unitofwork.domain.messages import Event, EventWarning, record, recorded

from .models.messages import Citizen, House, Moved, NewUnit, People, Person, Registered, Renamed, Seat
from .models.messages import mapping as people_mapping

pytestmark = pytest.mark.row("V1")


class Mishap(Exception):
    """What goes wrong in a subscriber."""


class Heard(list[Event]):
    """The events of all commits, one after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[int] = []

    def hear(self, events: Sequence[Event]) -> None:
        self += events
        self.commits.append(len(events))


@pytest.fixture
def mapping() -> registry:
    return people_mapping()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def unit(database: Database, heard: Heard) -> NewUnit:
    """Makes a fresh unit of work, whose events are heard."""

    def make() -> People:
        made = People(database)
        made.subscribe(heard.hear)
        return made

    return make


@pytest.fixture
def sandy(database: Database) -> int:
    """The key of a committed person, in a house in bikini."""
    with People(database) as uow:
        house = House("bikini", [Person("sandy")])
        uow.houses.add(house)
        uow.commit()
        [person] = house.people
        assert person.id is not None
        return person.id


def test_events_come_in_the_order_in_which_they_were_recorded_whoever_recorded_them(
    unit: NewUnit, heard: Heard, sandy: int
) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        assert person.house is not None
        person.rename("one")
        person.house.move("two")
        person.rename("three")
        seat = Seat(1, "a")
        uow.seats.add(seat)
        seat.take("four")
        uow.commit()
    assert heard == [Renamed("one"), Moved("two"), Renamed("three"), Renamed("four")]


def test_they_are_given_out_once(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        person.rename("one")
        assert heard == []
        uow.flush()
        assert heard == []
        uow.commit()
        assert heard == [Renamed("one")]
        assert recorded(person) == ()
        uow.commit()
        person.rename("two")
        uow.commit()
    assert heard == [Renamed("one"), Renamed("two")]
    assert heard.commits == [1, 1]


def test_who_records_nothing_is_heard_of_by_nobody(unit: NewUnit, heard: Heard) -> None:
    with unit() as uow:
        uow.people.add(Person("patrick"))
        uow.commit()
    assert heard.commits == []


def test_an_event_of_an_entity_that_nobody_holds_survives(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:
        record(uow.people.get_one(sandy), Moved("nothing but an event"))
        gc.collect()
        uow.people.count()
        gc.collect()
        uow.commit()
    assert heard == [Moved("nothing but an event")]


def test_an_event_that_is_recorded_before_the_entity_is_added_counts(unit: NewUnit, heard: Heard) -> None:
    person = Person("patrick")
    record(person, Registered(0, "patrick"))
    with unit() as uow:
        uow.people.add(person)
        uow.commit()
    assert heard == [Registered(0, "patrick")]


def test_entities_that_come_by_a_cascade_count(unit: NewUnit, heard: Heard) -> None:
    house, person = House("bikini"), Person("patrick")
    record(person, Renamed("patrick"))
    house.people.append(person)
    house.move("rock bottom")
    with unit() as uow:
        uow.houses.add(house)
        del house, person
        gc.collect()
        uow.commit()
    assert heard == [Renamed("patrick"), Moved("rock bottom")]


def test_an_entity_of_a_subclass_counts(unit: NewUnit, heard: Heard) -> None:
    with unit() as uow:
        citizen = Citizen("patrick", passport="p1")
        uow.people.add(citizen)
        citizen.rename("star")
        uow.commit()
    assert heard == [Renamed("star")]


def test_what_a_deleted_entity_recorded_counts(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        record(person, Renamed("gone"))
        uow.people.delete(person)
        record(person, Renamed("gone for good"))
        uow.commit()
    assert heard == [Renamed("gone"), Renamed("gone for good")]


def test_a_deleted_entity_that_was_flushed_records_still(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        uow.people.delete(person)
        uow.flush()
        record(person, Renamed("gone"))
        uow.commit()
    assert heard == [Renamed("gone")]


def test_a_function_makes_the_event_when_the_key_is_known(unit: NewUnit, heard: Heard) -> None:
    person = Person("patrick")
    record(person, lambda: Registered(person.id or 0, person.name))
    with unit() as uow:
        uow.people.add(person)
        uow.commit()
        assert person.id is not None
        assert heard == [Registered(person.id, "patrick")]


def test_a_function_that_makes_no_event_ends_the_transaction(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        record(person, lambda: "renamed")  # type: ignore[arg-type,return-value]  # the mistake
        with pytest.raises(TypeError, match="made no event, but str"):
            uow.commit()
        with pytest.raises(NeedsRollback):
            uow.people.count()
        uow.rollback()
        uow.commit()
    assert heard == []


def test_upsert_hands_events_over(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:
        person = Person("sandy", id=sandy)
        person.rename("cheeks")
        kept = uow.people.upsert(person)
        assert kept is not person
        assert recorded(person) == ()
        kept.rename("squirrel")
        uow.commit()
    assert heard == [Renamed("cheeks"), Renamed("squirrel")]


def test_an_expunged_entity_is_out_of_it(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        person.rename("cheeks")
        uow.expunge(person)
        uow.commit()
        assert heard == []
        uow.people.add(person)
        uow.commit()
    assert heard == [Renamed("cheeks")]


def test_a_unit_that_has_nobody_to_take_its_events_warns_once(database: Database, sandy: int) -> None:
    with People(database) as uow:
        uow.people.get_one(sandy).rename("one")
        with pytest.warns(EventWarning, match="^Renamed is recorded .* outbox=, or subscribe") as warned:
            uow.commit()
        uow.people.get_one(sandy).rename("two")
        uow.commit()
        assert recorded(uow.people.get_one(sandy)) == ()
    assert len(warned) == 1
    with People(database) as uow:
        uow.subscribe(lambda _: None)
        uow.people.get_one(sandy).rename("three")
        uow.commit()


def test_a_warning_that_is_made_an_error_keeps_the_commit_away(database: Database, sandy: int) -> None:
    with People(database) as uow, pytest.raises(EventWarning):
        uow.people.get_one(sandy).rename("one")
        uow.commit()
    with People(database) as uow:
        assert uow.people.get_one(sandy).name == "sandy"


# --- what is undone was never told ----------------------------------------------------------------------------------


def test_rollback_drops_events(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        person.rename("cheeks")
        uow.rollback()
        assert recorded(person) == ()
        uow.commit()
        person.rename("squirrel")
        uow.commit()
    assert heard == [Renamed("squirrel")]


def test_rollback_drops_events_that_were_flushed(unit: NewUnit, heard: Heard) -> None:
    with unit() as uow:
        person = Person("patrick")
        uow.people.add(person)
        record(person, lambda: Registered(person.id or 0, "patrick"))
        uow.flush()
        uow.rollback()
        uow.people.add(Person("squidward"))
        uow.commit()
    assert heard == []


def test_close_drops_events(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        person.rename("cheeks")
    assert recorded(person) == ()
    with unit() as uow:
        uow.people.add(person)
        uow.commit()
    assert heard == []


def test_a_savepoint_that_is_rolled_back_drops_what_was_recorded_inside(
    unit: NewUnit, heard: Heard, sandy: int
) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        person.rename("before")
        with pytest.raises(Mishap), uow.savepoint():
            person.rename("inside")
            uow.people.add(made := Person("patrick"))
            made.rename("inside, too")
            raise Mishap
        assert len(recorded(person)) == 1
        with uow.savepoint():
            person.rename("kept")
        person.rename("after")
        uow.commit()
    assert heard == [Renamed("before"), Renamed("kept"), Renamed("after")]


def test_an_inner_savepoint_goes_with_the_outer_one(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        with pytest.raises(Mishap), uow.savepoint():
            person.rename("outer")
            with uow.savepoint():
                person.rename("inner")
            raise Mishap
        uow.commit()
    assert heard == []


def test_a_failed_flush_and_a_rollback_drop_events(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        record(person, Renamed("cheeks"))
        uow.people.add(Person("sandy"))
        with pytest.raises(UniqueViolation):
            uow.flush()
        uow.rollback()
        uow.commit()
    assert heard == []


def test_a_failed_commit_gives_nothing_out(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        record(person, Renamed("cheeks"))
        uow.people.add(Person("sandy"))
        with pytest.raises(UniqueViolation):
            uow.commit()
        assert heard == []
        uow.rollback()
        assert recorded(person) == ()
        uow.commit()
    assert heard == []


@pytest.mark.needs("concurrent_writers")
def test_two_units_hear_of_their_own_entities(database: Database, sandy: int) -> None:
    one, other = Heard(), Heard()
    with People(database) as first, People(database) as second:
        first.subscribe(one.hear)
        second.subscribe(other.hear)
        record(first.people.get_one(sandy), Renamed("first"))
        record(second.people.get_one(sandy), Renamed("second"))
        first.commit()
        assert (one, other) == ([Renamed("first")], [])
        second.commit()
    assert (one, other) == ([Renamed("first")], [Renamed("second")])


# --- subscribers ----------------------------------------------------------------------------------------------------


def test_a_subscriber_works_in_the_same_transaction(unit: NewUnit, sandy: int) -> None:
    with unit() as uow:

        def keep_house(events: Sequence[Event]) -> None:
            uow.houses.add_all([House(each.name) for each in events if isinstance(each, Renamed)])

        uow.subscribe(keep_house)
        uow.people.get_one(sandy).rename("cheeks")
        uow.commit()
        assert uow.houses.count(town="cheeks") == 1
        uow.people.get_one(sandy).rename("squirrel")
        uow.flush()
        uow.rollback()
        assert uow.houses.count(town="squirrel") == 0


def test_subscribers_are_told_in_turn(unit: NewUnit, sandy: int) -> None:
    told = list[str]()
    with unit() as uow:
        uow.subscribe(lambda _: told.append("first"))
        uow.subscribe(lambda _: told.append("second"))
        uow.people.get_one(sandy).rename("cheeks")
        uow.commit()
    assert told == ["first", "second"]


def test_a_subscriber_that_raises_ends_the_transaction(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:

        def refuse(_: object) -> None:
            raise Mishap

        uow.people.get_one(sandy).rename("cheeks")
        uow.subscribe(refuse)
        with pytest.raises(Mishap):
            uow.commit()
        with pytest.raises(NeedsRollback) as refused:
            uow.people.count()
        assert isinstance(refused.value.__cause__, Mishap)
        with pytest.raises(NeedsRollback):
            uow.commit()
        uow.rollback()
        assert uow.people.get_one(sandy).name == "sandy"
        assert heard.commits == [1]
        uow.commit()
    assert heard.commits == [1]
    with unit() as uow:
        assert uow.people.count(name="cheeks") == 0


def test_a_unit_whose_subscriber_raised_can_be_closed(unit: NewUnit, sandy: int) -> None:
    with pytest.raises(Mishap), unit() as uow:

        def refuse(_: object) -> None:
            raise Mishap

        uow.subscribe(refuse)
        uow.people.get_one(sandy).rename("cheeks")
        uow.commit()
    with pytest.raises(UnitClosed):
        uow.people.count()
    with unit() as uow:
        assert uow.people.get_one(sandy).name == "sandy"


def test_what_a_subscriber_lets_be_recorded_is_given_out_in_its_turn(unit: NewUnit, heard: Heard, sandy: int) -> None:
    with unit() as uow:

        def move(events: Sequence[Event]) -> None:
            for each in events:
                if isinstance(each, Renamed):
                    house = House("nowhere")
                    uow.houses.add(house)
                    house.move(each.name)

        uow.subscribe(move)
        uow.people.get_one(sandy).rename("cheeks")
        uow.commit()
        assert uow.houses.count(town="cheeks") == 1
    assert heard == [Renamed("cheeks"), Moved("cheeks")]
    assert heard.commits == [1, 1]


def test_subscribers_that_never_come_to_an_end_are_stopped(unit: NewUnit, sandy: int) -> None:
    with unit() as uow:
        person = uow.people.get_one(sandy)
        uow.subscribe(lambda events: person.rename(f"{len(events)}"))
        person.rename("cheeks")
        with pytest.raises(UnitOfWorkError, match="never come to an end"):
            uow.commit()
        uow.rollback()
        assert uow.people.get_one(sandy).name == "sandy"


def test_a_subscriber_does_not_commit(unit: NewUnit, sandy: int) -> None:
    with unit() as uow:
        uow.subscribe(lambda _: uow.commit())
        uow.people.get_one(sandy).rename("cheeks")
        with pytest.raises(UnitOfWorkError, match=r"commit\(\) inside a handler of events"):
            uow.commit()
        uow.rollback()
        assert uow.people.get_one(sandy).name == "sandy"


def test_a_subscriber_is_a_function_that_nobody_awaits(unit: NewUnit) -> None:
    async def hear(events: Sequence[Event]) -> None:
        raise AssertionError("nobody awaits it")

    with unit() as uow:
        with pytest.raises(UnitOfWorkError, match="a coroutine function cannot be called back"):
            uow.subscribe(hear)
        with pytest.raises(UnitOfWorkError, match="NoneType cannot be called back: give a function that takes the"):
            uow.subscribe(cast("Callable[[Sequence[Event]], object]", None))


@pytest.mark.parametrize("end", ["rollback", "close", "invalidate"])
def test_nobody_ends_the_transaction_whose_events_are_given_out(unit: NewUnit, sandy: int, end: str) -> None:
    def check(kept: People) -> None:
        assert kept.people.get_one(sandy).name == "sandy"

    with unit() as uow:
        ends: Callable[[], object] = getattr(uow, end)
        uow.subscribe(lambda _: ends())
        uow.people.get_one(sandy).rename("cheeks")
        with pytest.raises(UnitOfWorkError, match=rf"{end}\(\) is refused: the unit of work is about to commit"):
            uow.commit()
        uow.rollback()
        check(uow)

    with unit() as uow:
        ends = getattr(uow, end)
        record(uow.people.get_one(sandy), lambda: cast(Event, ends()))
        with pytest.raises(UnitOfWorkError, match=rf"{end}\(\) is refused"):
            uow.commit()
        uow.rollback()
        check(uow)


def test_a_subscriber_that_breaks_a_rule_ends_the_transaction(unit: NewUnit, sandy: int) -> None:
    with unit() as uow:
        uow.subscribe(lambda _: uow.people.add(Person("cheeks")))
        uow.people.get_one(sandy).rename("cheeks")
        with pytest.raises(UniqueViolation):
            uow.commit()
        uow.rollback()
        assert uow.people.count() == 1
