"""Questions asked again and again, each with its own values."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from unitofwork import where

from .model import NewUnit, User

pytestmark = pytest.mark.row("Q1", "Q2")

NAMES = [f"user {number:02}" for number in range(40)]


@pytest.fixture(autouse=True)
def _kept(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.users.add_all(User(name, age=number) for number, name in enumerate(NAMES))
        uow.commit()


def test_each_question_is_answered_for_its_own_value(accounts: NewUnit) -> None:
    with accounts() as uow:
        for number, name in enumerate(NAMES):
            assert uow.users.find_one(name=name).age == number
            assert uow.users.count(where("age") < number) == number
            assert uow.users.exists(where("age") > number) is (number < len(NAMES) - 1)
            found = uow.users.find(where("name").in_(NAMES[:number]), order_by="name", limit=number, offset=1)
            assert [user.name for user in found] == NAMES[:number][1:]


def test_a_key_is_looked_up_for_its_own_value(accounts: NewUnit) -> None:
    with accounts() as uow:
        keys = {user.id: user.name for user in uow.users.find()}
    with accounts() as uow:
        assert {key: uow.users.get_one(key).name for key in keys} == keys


def test_none_is_asked_for_after_a_value_and_before(accounts: NewUnit) -> None:
    with accounts() as uow:
        for _ in range(2):
            assert uow.users.count(age=3) == 1
            assert uow.users.count(age=None) == 0
            assert uow.users.count(where("age") != None) == len(NAMES)  # noqa: E711  # makes a condition


@pytest.mark.needs("threads", "concurrent_readers")
def test_threads_that_ask_at_once_get_the_answers_to_their_own_questions(accounts: NewUnit) -> None:
    def ask(first: int) -> None:
        for step in range(100):
            number = (first * 10 + step) % len(NAMES)
            with accounts().begin(read_only=True) as uow:
                assert uow.users.find_one(name=NAMES[number]).age == number
                assert uow.users.count(where("age").between(number, number + 1)) == min(2, len(NAMES) - number)
                assert [user.age for user in uow.users.find(order_by="age", limit=1, offset=number)] == [number]

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(ask, first) for first in range(4)]:
            done.result(timeout=60)
