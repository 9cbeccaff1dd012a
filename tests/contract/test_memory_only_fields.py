"""E13: fields that are not mapped have their defaults on what is loaded, and no constructor runs."""

import pytest

from .model import NewUnit, User

pytestmark = pytest.mark.row("E13")


def test_a_default_is_filled_in(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        assert uow.users.get_one(sandy).visits == 0


def test_post_init_runs_when_an_entity_is_constructed_and_not_when_it_is_loaded(accounts: NewUnit, sandy: int) -> None:
    assert User("squidward").visits == 1
    with accounts() as uow:
        assert uow.users.get_one(sandy).visits == 0


def test_a_factory_makes_one_value_for_each_entity(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.add(User("squidward", drafts=["lost"]))
        uow.commit()
    with accounts() as other:
        first, second = other.users.find()
        assert first.drafts == second.drafts == []
        assert first.drafts is not second.drafts


def test_a_default_computed_from_the_entity_sees_what_was_loaded(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        assert uow.users.get_one(sandy).greeting == "hello sandy"


def test_they_are_filled_in_however_the_entity_is_loaded(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        lazily = uow.addresses.find()[0].user
        assert lazily is not None
        assert (lazily.drafts, lazily.greeting) == ([], "hello sandy")
    with accounts() as other:
        together = other.addresses.find(load="user")[0].user
        assert together is not None
        assert (together.drafts, together.greeting) == ([], "hello sandy")
    with accounts() as third:
        merged = third.users.upsert(User("squirrel", id=sandy))
        assert (merged.drafts, merged.visits, merged.greeting) == ([], 0, "hello sandy")


def test_loading_afresh_keeps_them(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.drafts.append("hi")
        user.visits = 7
        uow.refresh(user)
        uow.expire(user)
        assert user.name == "sandy"
        uow.rollback()
        assert uow.users.get_one(sandy) is user
        assert (user.drafts, user.visits) == (["hi"], 7)


def test_they_are_kept_when_an_entity_is_detached_and_added_again(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.drafts.append("hi")
    assert user.drafts == ["hi"]
    with accounts() as other:
        other.users.add(user)
        other.refresh(user)
        assert user.drafts == ["hi"]


def test_they_are_kept_by_a_commit(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward", drafts=["hi"])
        uow.users.add(user)
        uow.commit()
        assert (user.drafts, user.visits, user.greeting) == (["hi"], 1, "hello squidward")
