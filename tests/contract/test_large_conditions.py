"""Row Q1: a condition may be large, and what is too large for any database is refused on each, with the cure."""

from collections.abc import Callable
from functools import reduce
from operator import and_, or_

import pytest

from unitofwork import Condition, where
from unitofwork.domain.errors import UnsupportedQuery

from .comments import keep, scores
from .model import Comment, NewUnit

pytestmark = pytest.mark.row("Q1")


@pytest.fixture
def commented(accounts: NewUnit) -> NewUnit:
    """Makes a unit of work over three comments with scores."""
    keep(accounts, Comment(score=1), Comment(score=2), Comment(score=30_000))
    return accounts


def test_30_000_values_are_looked_for_at_once(commented: NewUnit) -> None:
    assert scores(commented, where("score").in_(range(2, 30_002))) == [2, 30_000]
    assert scores(commented, where("score").not_in(range(2, 30_002))) == [1]


def test_more_than_a_thousand_conditions_hold_in_a_row(commented: NewUnit) -> None:
    one_of = reduce(or_, (where("score") == number for number in range(2, 1_502)))
    none_of = reduce(and_, (where("score") != number for number in range(2, 1_502)))
    assert scores(commented, one_of) == [2]
    assert scores(commented, none_of) == [1, 30_000]
    assert scores(commented, ~one_of) == [1, 30_000]


def nested(times: int) -> Condition:
    """A condition that is as deep as this, and holds for a score of 1."""
    condition: Condition = where("score") == 1
    for level in range(times):
        condition = (condition | (where("score") == -1)) if level % 2 else (condition & (where("score") != -1))
    return condition


def test_conditions_nest_fifty_times(commented: NewUnit) -> None:
    assert scores(commented, nested(50)) == [1]


QUESTIONS: list[Callable[[], Condition]] = [
    lambda: where("score").in_(range(30_001)),
    lambda: where("score").in_(range(20_000)) | where("id").not_in(range(20_000)),
    lambda: nested(51),
    lambda: nested(5_000),
]


@pytest.mark.parametrize("question", QUESTIONS, ids=["values", "values of several", "depth", "great depth"])
def test_what_is_too_large_is_refused(commented: NewUnit, question: Callable[[], Condition]) -> None:
    with commented() as uow:
        for ask in (uow.comments.find, uow.comments.count, uow.comments.exists, uow.comments.delete_where):
            with pytest.raises(UnsupportedQuery, match=r"more than (30,000 values|50 times).* ask several questions"):
                ask(question())
        assert uow.comments.count() == 3
