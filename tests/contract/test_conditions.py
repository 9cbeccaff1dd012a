"""Q1: every operator, with None; and how conditions combine, by SQL's three-valued logic."""

from itertools import product

import pytest

from unitofwork import Condition, where

from .comments import keep, scores
from .model import Comment, NewUnit

pytestmark = pytest.mark.row("Q1")

SCORE = where("score")


@pytest.fixture
def scored(accounts: NewUnit) -> NewUnit:
    """Comments that score 1, 2 and 3, and one without a score."""
    keep(accounts, *(Comment(score=score) for score in (1, 2, 3, None)))
    return accounts


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (SCORE == 2, [2]),
        (SCORE != 2, [1, 3]),
        (SCORE < 2, [1]),
        (SCORE <= 2, [1, 2]),
        (SCORE > 2, [3]),
        (SCORE >= 2, [2, 3]),
        (SCORE.in_([1, 3, 5]), [1, 3]),
        (SCORE.not_in([1, 3, 5]), [2]),
        (SCORE.is_none(), [None]),
        (SCORE.is_not_none(), [1, 2, 3]),
        (SCORE == None, [None]),  # noqa: E711  # makes a condition
        (SCORE != None, [1, 2, 3]),  # noqa: E711  # makes a condition
        (SCORE.between(2, 3), [2, 3]),
        (SCORE.between(2, 2), [2]),
        (SCORE.between(3, 2), []),
    ],
    ids=str,
)
def test_an_operator_finds_what_it_is_true_of_and_never_none(
    scored: NewUnit, condition: Condition, expected: list[int | None]
) -> None:
    assert scores(scored, condition) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (~(SCORE == 2), [1, 3]),
        (~(SCORE != 2), [2]),
        (~(SCORE < 2), [2, 3]),
        (~(SCORE <= 2), [3]),
        (~(SCORE > 2), [1, 2]),
        (~(SCORE >= 2), [1]),
        (~SCORE.in_([1, 3, 5]), [2]),
        (~SCORE.not_in([1, 3, 5]), [1, 3]),
        (~SCORE.is_none(), [1, 2, 3]),
        (~SCORE.is_not_none(), [None]),
        (~SCORE.between(2, 3), [1]),
    ],
    ids=str,
)
def test_the_opposite_of_an_operator_is_not_true_of_none_either(
    scored: NewUnit, condition: Condition, expected: list[int | None]
) -> None:
    assert scores(scored, condition) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (SCORE.in_([]), []),
        (~SCORE.in_([]), [None, 1, 2, 3]),
        (SCORE.not_in([]), [None, 1, 2, 3]),
        (~SCORE.not_in([]), []),
        (SCORE.in_([1, None]), [1]),
        (~SCORE.in_([1, None]), []),
        (SCORE.in_([None]), []),
        (SCORE.not_in([1, None]), []),
        (~SCORE.not_in([1, None]), [1]),
        (SCORE.not_in([None]), []),
        (SCORE.in_(number for number in (1, 2)), [1, 2]),
        (SCORE.in_([1, 1, 1]), [1]),
        (SCORE.in_(range(2, 1500)), [2, 3]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_membership_of_nothing_of_none_and_of_many(
    scored: NewUnit, condition: Condition, expected: list[int | None]
) -> None:
    assert scores(scored, condition) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (SCORE == 2**40, []),
        (SCORE < 2**40, [1, 2, 3]),
        (SCORE > -(2**63), [1, 2, 3]),
        (SCORE.in_([1, 2**63 - 1]), [1]),
        (SCORE.between(-(2**40), 2**40), [1, 2, 3]),
    ],
    ids=str,
)
def test_a_number_that_the_column_could_not_keep_can_be_compared_with(
    scored: NewUnit, condition: Condition, expected: list[int | None]
) -> None:
    assert scores(scored, condition) == expected


# Three-valued logic: with SCORE == 1 and TEXT == "yes", 0 and "no" make false, and None makes unknown.

Truth = bool | None
MADE_BY: dict[Truth, tuple[int | None, str | None]] = {True: (1, "yes"), False: (0, "no"), None: (None, None)}
VALUES: tuple[Truth, ...] = (True, False, None)
NOT: dict[Truth, Truth] = {True: False, False: True, None: None}
AND: dict[tuple[Truth, Truth], Truth] = {
    (True, True): True,
    (True, False): False,
    (True, None): None,
    (False, True): False,
    (False, False): False,
    (False, None): False,
    (None, True): None,
    (None, False): False,
    (None, None): None,
}
OR: dict[tuple[Truth, Truth], Truth] = {
    (True, True): True,
    (True, False): True,
    (True, None): True,
    (False, True): True,
    (False, False): False,
    (False, None): None,
    (None, True): True,
    (None, False): None,
    (None, None): None,
}
ONE, YES = SCORE == 1, where("text") == "yes"


@pytest.mark.parametrize(
    ("condition", "truth"),
    [
        (ONE & YES, AND),
        (ONE | YES, OR),
        (~(ONE & YES), {pair: NOT[AND[pair]] for pair in AND}),
        (~(ONE | YES), {pair: NOT[OR[pair]] for pair in OR}),
        (~~(ONE & YES), AND),
        (ONE & ~YES, {(a, b): AND[a, NOT[b]] for a, b in AND}),
        (~ONE | YES, {(a, b): OR[NOT[a], b] for a, b in OR}),
        (~(~ONE & ~YES), OR),
        (~(ONE & ~(ONE | YES)), {(a, b): NOT[AND[a, NOT[OR[a, b]]]] for a, b in AND}),
    ],
    ids=str,
)
def test_the_truth_table(accounts: NewUnit, condition: Condition, truth: dict[tuple[Truth, Truth], Truth]) -> None:
    pairs = list(product(VALUES, VALUES))
    assert len(truth) == len(pairs)
    keep(accounts, *(Comment(score=MADE_BY[one][0], text=MADE_BY[yes][1]) for one, yes in pairs))
    with accounts() as uow:
        found = {(comment.score, comment.text) for comment in uow.comments.find(condition)}
        counted, exists = uow.comments.count(condition), uow.comments.exists(condition)
    expected = {(MADE_BY[one][0], MADE_BY[yes][1]) for one, yes in pairs if truth[one, yes] is True}
    assert found == expected
    assert (counted, exists) == (len(expected), bool(expected))


def test_what_is_true_of_none_combines_as_true(scored: NewUnit) -> None:
    assert scores(scored, SCORE.is_none() | (SCORE == 1)) == [None, 1]
    assert scores(scored, SCORE.is_none() & (SCORE == 1)) == []


def test_all_conditions_of_a_question_must_hold(accounts: NewUnit) -> None:
    keep(accounts, Comment("a", 1), Comment("b", 1), Comment("a", 2))
    with accounts() as uow:
        assert uow.comments.count(where("text") == "a", SCORE == 1) == 1
        assert uow.comments.count(where("text") == "a", score=1) == 1
        assert uow.comments.count(text="a", score=1) == 1
        assert uow.comments.count(text="a", score=3) == 0


def test_equal_to_none_by_keyword_is_none(scored: NewUnit) -> None:
    with scored() as uow:
        assert uow.comments.find_one(score=None).score is None


def test_without_a_condition_everything_is_found(scored: NewUnit) -> None:
    with scored() as uow:
        assert len(uow.comments.find()) == uow.comments.count() == 4
        assert uow.comments.exists()


def test_nothing_is_found_where_there_is_nothing(accounts: NewUnit) -> None:
    with accounts() as uow:
        assert uow.comments.find() == []
        assert uow.comments.first() is None
        assert uow.comments.count() == 0
        assert not uow.comments.exists()


def test_a_condition_knows_what_was_not_flushed_yet(accounts: NewUnit) -> None:
    with accounts() as uow:
        comment = Comment(score=1)
        uow.comments.add(comment)
        assert uow.comments.find(SCORE == 1) == [comment]
        comment.score = 2
        assert not uow.comments.exists(SCORE == 1)
        assert uow.comments.count(SCORE == 2) == 1


def test_one_condition_can_be_asked_of_several_types(accounts: NewUnit, sandy: int) -> None:
    keep(accounts, Comment("sandy"))
    by_key = where("id") == sandy
    with accounts() as uow:
        assert uow.users.count(by_key) == 1
        assert uow.addresses.count(where("id").is_not_none()) == uow.users.count(where("id").is_not_none()) + 1
