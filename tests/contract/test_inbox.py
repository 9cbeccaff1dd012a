"""Row V3: what a message asks for is done once, whole or not at all, and the first answer is the answer."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, Inbox, Retrying
from unitofwork.adapters.messages import MessageTypes, MsgspecCodec
from unitofwork.domain.errors import (
    Conflict,
    InvalidMessage,
    NeedsRollback,
    NotBegun,
    UniqueViolation,
    UnitClosed,
    UnitOfWorkError,
    ValueTooLong,
)

from .models.messages import People, Person
from .models.messages import mapping as people_mapping

pytestmark = pytest.mark.row("V3")

MOMENT = datetime(2026, 3, 4, 5, 6, 7, 891011, UTC)
PATIENT = Retrying(attempts=200, wait_initial=0.001, wait_max=0.05, wait_jitter=0.01, also=(UniqueViolation,))
"""A person's name is unique too, so that it may be the first thing that two are at odds about."""

INBOX = Inbox(MsgspecCodec(MessageTypes()), clock=lambda: MOMENT)


@pytest.fixture
def mapping() -> registry:
    return people_mapping()


@pytest.fixture
def unit(database: Database) -> Callable[[], People]:
    """Makes a fresh unit of work with an inbox."""
    return lambda: People(database, inbox=INBOX)


def register(uow: People, name: str) -> int:
    """Add a person, and answer how many there are then."""
    uow.people.add(Person(name))
    return uow.people.count()


def names(unit: Callable[[], People]) -> list[str]:
    with unit() as uow:
        return sorted(person.name for person in uow.people.find())


def noted(unit: Callable[[], People]) -> list[str]:
    with unit() as uow:
        return sorted(each.id for each in uow.inbox.find())


def test_the_same_message_again_changes_nothing_and_has_the_first_answer(unit: Callable[[], People]) -> None:
    for _ in range(3):
        with unit() as uow:
            assert uow.once("message 1", register, uow, "sandy") == 1
            uow.commit()
    with unit() as uow:
        assert uow.once("message 2", register, uow, "patrick") == 2
        uow.commit()
    assert names(unit) == ["patrick", "sandy"]
    assert noted(unit) == ["message 1", "message 2"]


def test_again_in_the_same_transaction(unit: Callable[[], People]) -> None:
    with unit() as uow:
        assert uow.once("message", register, uow, "sandy") == 1
        assert uow.once("message", register, uow, "patrick") == 1
        uow.commit()
        assert uow.once("message", register, uow, "patrick") == 1
    assert names(unit) == ["sandy"]


def test_an_answer_that_is_found_costs_one_question_and_no_entity(unit: Callable[[], People]) -> None:
    with unit() as uow:
        uow.once("message", register, uow, "sandy")
        uow.commit()
    with unit() as uow:
        uow.once("message", register, uow, "sandy")
        assert list(uow) == []


def test_a_message_is_noted_with_its_time(unit: Callable[[], People]) -> None:
    with unit() as uow:
        uow.once("message", register, uow, "sandy")
        uow.commit()
    with unit() as uow:
        kept = uow.inbox.get_one("message")
        assert (kept.processed_at, kept.processed_at.utcoffset()) == (MOMENT, MOMENT.utcoffset())


@pytest.mark.parametrize("end", [lambda uow: uow.rollback(), lambda uow: None])
def test_what_is_not_kept_is_not_noted(unit: Callable[[], People], end: Callable[[People], object]) -> None:
    with unit() as uow:
        uow.once("message", register, uow, "sandy")
        end(uow)
    assert (names(unit), noted(unit)) == ([], [])
    with unit() as uow:
        assert uow.once("message", register, uow, "patrick") == 1
        uow.commit()
    assert names(unit) == ["patrick"]


def test_work_that_fails_is_not_noted(unit: Callable[[], People]) -> None:
    def fail() -> int:
        raise KeyError

    with unit() as uow:
        with pytest.raises(KeyError):
            uow.once("message", fail)
        assert uow.once("message", register, uow, "sandy") == 1
        uow.commit()
    assert (names(unit), noted(unit)) == (["sandy"], ["message"])


@pytest.mark.needs("savepoints")
def test_a_savepoint_that_is_rolled_back_forgets_what_was_noted_inside(unit: Callable[[], People]) -> None:
    with unit() as uow:
        uow.once("before", register, uow, "sandy")
        with pytest.raises(KeyError), uow.savepoint():
            uow.once("inside", register, uow, "patrick")
            raise KeyError
        uow.commit()
    assert (names(unit), noted(unit)) == (["sandy"], ["before"])


@pytest.mark.needs("savepoints")
def test_it_may_be_a_part_that_is_undone_alone(unit: Callable[[], People]) -> None:
    with unit() as uow:
        with uow.savepoint():
            uow.once("message", register, uow, "sandy")
        with pytest.raises(UniqueViolation), uow.savepoint():
            uow.once("another", register, uow, "sandy")
        uow.commit()
    assert (names(unit), noted(unit)) == (["sandy"], ["message"])


@pytest.mark.needs("concurrent_writers")
def test_of_two_at_once_the_second_is_to_be_run_again(unit: Callable[[], People]) -> None:
    def overtaken(uow: People, name: str) -> int:
        with unit() as other:
            other.once("message", register, other, "patrick")
            other.commit()
        return register(uow, name)

    with unit() as uow:
        with pytest.raises(Conflict, match="run this one again") as caught:
            uow.once("message", overtaken, uow, "sandy")
        assert isinstance(caught.value.__cause__, UniqueViolation)
        with pytest.raises(NeedsRollback):
            uow.commit()
    assert names(unit) == ["patrick"]


@pytest.mark.needs("concurrent_writers")
def test_the_second_finds_the_answer_when_it_is_run_again(unit: Callable[[], People]) -> None:
    runs: list[str] = []

    def service(uow: People) -> int:
        with uow:
            answer = uow.once("message", overtaken, uow)
            uow.commit()
            return answer

    def overtaken(uow: People) -> int:
        runs.append("overtaken")
        with unit() as other:
            other.people.add(Person("gary"))
            other.once("message", register, other, "patrick")
            other.commit()
        return register(uow, "sandy")

    assert Retrying(wait_initial=0, wait_jitter=0).run(service, unit) == 2
    assert runs == ["overtaken"]
    assert names(unit) == ["gary", "patrick"]


@pytest.mark.needs("threads")
def test_however_many_handle_a_message_at_once_it_is_done_once(unit: Callable[[], People]) -> None:
    start = threading.Barrier(4, timeout=30)

    def service(uow: People, message_id: str) -> int:
        with uow:
            answer = uow.once(message_id, register, uow, message_id)
            uow.commit()
            return answer

    def handle(_: int) -> list[int]:
        start.wait()
        return [PATIENT.run(service, unit, f"message {number}") for number in range(5)]

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(handle, range(4), timeout=60))
    assert answers == 4 * [[1, 2, 3, 4, 5]]
    assert names(unit) == noted(unit) == [f"message {number}" for number in range(5)]


def test_a_change_that_is_refused_is_no_message_that_was_handled(unit: Callable[[], People]) -> None:
    def add_twice(uow: People) -> None:
        with uow.no_autoflush():
            uow.people.add_all([Person("sandy"), Person("sandy")])

    with unit() as uow:
        with pytest.raises(UniqueViolation):
            uow.once("message", add_twice, uow)
        with pytest.raises(NeedsRollback):
            uow.commit()
    assert (names(unit), noted(unit)) == ([], [])


ANSWERS: list[Any] = [
    *(None, True, 0, -(2**62), 1.5, "größer", "", Decimal("1.50"), MOMENT, date(2026, 3, 4)),
    *(UUID(int=7), b"\x00\xff", [1, [2]], (1, "two"), {"a": None, "b": [1]}, {1: "one"}),
]


@pytest.mark.parametrize("answer", ANSWERS, ids=str)
def test_an_answer_comes_back_as_what_it_was(unit: Callable[[], People], answer: object) -> None:
    with unit() as uow:
        assert uow.once("message", lambda: answer) == answer
        uow.commit()
    with unit() as uow:
        again: object = uow.once("message", handled_already)
        assert (again, type(again)) == (answer, type(answer))


def handled_already() -> object:
    raise AssertionError("handled twice")


def test_an_answer_that_cannot_be_kept_keeps_all_of_it_away(unit: Callable[[], People]) -> None:
    def add(uow: People) -> Person:
        made = Person("sandy")
        uow.people.add(made)
        return made

    with unit() as uow:
        with pytest.raises(InvalidMessage):
            uow.once("message", add, uow)
        with pytest.raises(NeedsRollback):
            uow.commit()
    assert (names(unit), noted(unit)) == ([], [])


@pytest.mark.parametrize("other", ["Message", "message ", "méssage", "messag"])
def test_messages_are_told_apart_by_every_letter(unit: Callable[[], People], other: str) -> None:
    with unit() as uow:
        uow.once("message", lambda: 1)
        assert uow.once(other, lambda: 2) == 2
        uow.commit()
    with unit() as uow:
        assert uow.once(other, lambda: 3) == 2


def test_an_id_that_is_too_long_is_refused(unit: Callable[[], People]) -> None:
    with unit() as uow:
        uow.once("m" * 255, lambda: 1)
        uow.commit()
        with pytest.raises(ValueTooLong):
            uow.once("m" * 256, lambda: 2)


@pytest.mark.parametrize("move", ["commit", "rollback", "close"])
def test_the_work_does_not_end_the_transaction(unit: Callable[[], People], move: str) -> None:
    with unit() as uow:
        with pytest.raises(UnitOfWorkError, match=rf"{move}\(\) is refused: once\(\) notes the message"):
            uow.once("message", getattr(uow, move))
        assert uow.once("message", register, uow, "sandy") == 1
        uow.commit()
    assert names(unit) == ["sandy"]


def test_it_is_done_in_a_unit_that_has_begun_and_not_failed(unit: Callable[[], People]) -> None:
    uow = unit()
    with pytest.raises(NotBegun):
        uow.once("message", handled_already)
    with uow:
        uow.people.add_all([Person("sandy"), Person("sandy")])
        with pytest.raises(UniqueViolation):
            uow.flush()
        with pytest.raises(NeedsRollback):
            uow.once("message", handled_already)
    with pytest.raises(UnitClosed):
        uow.once("message", handled_already)


def test_a_unit_without_an_inbox_says_how_to_get_one(database: Database) -> None:
    with (
        People(database) as uow,
        pytest.raises(UnitOfWorkError, match=r"give the unit inbox=Inbox\(codec\)"),
    ):
        uow.once("message", register, uow, "sandy")
