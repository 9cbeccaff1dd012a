"""Q6: `find_one` returns the one, or raises an error that names the question, without the values asked for."""

import pickle

import pytest

from unitofwork import where
from unitofwork.domain.errors import MultipleFound, NotFound

from .comments import keep
from .model import Comment, NewUnit, User

pytestmark = pytest.mark.row("Q6")


@pytest.fixture
def scored(accounts: NewUnit) -> NewUnit:
    keep(accounts, Comment("secret", 41), Comment("secret", 42), Comment("other", 43))
    return accounts


def test_the_only_one_is_returned(scored: NewUnit) -> None:
    with scored() as uow:
        assert uow.comments.find_one(where("score") == 43).text == "other"
        assert uow.comments.find_one(text="secret", score=42).score == 42
        assert uow.users.find(name="nobody") == []


def test_none_raises_not_found(scored: NewUnit) -> None:
    with scored() as uow:
        with pytest.raises(NotFound, match=r"Comment where text == \?$") as caught:
            uow.comments.find_one(text="absent")
        assert caught.value.entity_type is Comment
        with pytest.raises(NotFound, match=r"User$"):
            uow.users.find_one()


def test_several_raise_multiple_found(scored: NewUnit) -> None:
    with scored() as uow:
        with pytest.raises(MultipleFound, match=r"Comment where text == \?$") as caught:
            uow.comments.find_one(text="secret")
        assert caught.value.entity_type is Comment
        with pytest.raises(MultipleFound, match=r"Comment$"):
            uow.comments.find_one()


def test_the_error_names_the_whole_question_and_none_of_its_values(scored: NewUnit) -> None:
    condition = (
        where("text").like("sec%")
        & ~where("score").in_([41, 42])
        & (where("score").between(41, 42) | where("answers.text").is_none())
        & where("answers_to").is_none()
    )
    with scored() as uow, pytest.raises(NotFound) as caught:
        uow.comments.find_one(condition, where("score") != 43, text="secret")
    text = str(caught.value)
    assert text.endswith(
        "Comment where (text like ? and not score in ? and (score between ? or answers.text is none) and"
        " answers_to is none) and score != ? and text == ?"
    )
    for value in ("sec", "41", "42", "43"):
        assert value not in text
    assert "secret" not in repr(caught.value)


def test_the_error_does_not_show_an_entity_that_was_asked_for(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        with pytest.raises(MultipleFound, match=r"Address where user == \?$"):
            uow.addresses.find_one(user=user)


def test_the_error_can_be_pickled(scored: NewUnit) -> None:
    with scored() as uow, pytest.raises(NotFound) as caught:
        uow.users.find_one(name="nobody")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), again.entity_type) == (NotFound, str(caught.value), User)


def test_the_unit_goes_on_after_either_error(scored: NewUnit) -> None:
    with scored() as uow:
        with pytest.raises(NotFound):
            uow.comments.find_one(text="absent")
        with pytest.raises(MultipleFound):
            uow.comments.find_one()
        uow.comments.add(Comment("absent"))
        assert uow.comments.find_one(text="absent").score is None
        uow.commit()
