"""E14: an entity whose constructor raised is never persisted through a backref that already took it.

A badge's user is set before its number is checked.
"""

import pytest

from unitofwork.domain.errors import WrongType

from .model import Badge, NewUnit, Team, User

pytestmark = pytest.mark.row("E14")


def badges(user: User) -> list[Badge]:
    """What the backref holds; it is no field of the class."""
    held: list[Badge] = user.badges  # type: ignore[attr-defined]  # a backref
    return held


def fail(user: User) -> None:
    with pytest.raises(ValueError, match="number"):
        Badge(0, user)


def test_a_constructor_that_succeeds_is_known_to_the_backref(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        badge = Badge(1, user)
        uow.badges.add(badge)
        assert badges(user) == [badge]
        uow.commit()
        assert uow.badges.count() == 1


def test_one_that_refers_to_a_persistent_entity(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        fail(user)
        assert list(uow.new) == []
        uow.commit()
        assert badges(user) == []
        assert uow.badges.count() == 0


def test_one_that_refers_to_a_persistent_entity_with_a_loaded_collection(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        held = badges(user)
        fail(user)
        assert held == []
        uow.commit()
        assert uow.badges.count() == 0


def test_one_that_refers_to_a_pending_entity(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward")
        uow.users.add(user)
        fail(user)
        uow.commit()
        assert uow.badges.count() == 0


def test_one_that_refers_to_an_entity_that_is_added_later(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward")
        fail(user)
        uow.users.add(user)
        assert list(uow.new) == [user]
        uow.commit()
        assert uow.badges.count() == 0


def test_one_that_refers_to_a_detached_entity(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert badges(user) == []
    fail(user)
    with accounts() as other:
        other.users.add(user)
        other.commit()
        assert other.badges.count() == 0


def test_one_that_refers_to_an_entity_that_is_upserted(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = User("sandy", id=sandy)
        fail(user)
        uow.users.upsert(user)
        uow.commit()
        assert uow.badges.count() == 0


def test_it_leaves_the_others_of_its_collection(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        badge = Badge(1, user)
        fail(user)
        uow.badges.add(badge)
        uow.commit()
    with accounts() as other:
        assert [badge.number for badge in badges(other.users.get_one(sandy))] == [1]


def test_what_it_had_taken_from_another_goes_back(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.teams.add(Team("squirrels", [User("sandy"), User("gary")]))
        uow.commit()
    with accounts() as uow:
        squirrels = uow.teams.find_one(name="squirrels")
        with pytest.raises(ValueError, match="name"):
            Team("", squirrels.members)
        assert [user.name for user in squirrels.members] == ["sandy", "gary"]
        uow.commit()
    with accounts() as uow:
        assert uow.users.count(team=None) == 0


@pytest.mark.parametrize(
    ("name", "given", "text"),
    [
        ("addresses", ["sandy@example.org"], "User.addresses takes Address, not str"),
        ("addresses", None, "User.addresses takes a collection of Address, not NoneType"),
        ("addresses", "sandy", "User.addresses takes a collection of Address, not str"),
        ("addresses", [Team("divers")], "User.addresses takes Address, not Team"),
        ("team", "divers", "User.team takes Team, not str"),
    ],
    ids=str,
)
def test_what_a_relationship_cannot_hold_is_told_by_its_kind(
    accounts: NewUnit, name: str, given: object, text: str
) -> None:
    with accounts():
        with pytest.raises(WrongType) as refused:
            User("patrick", **{name: given})  # type: ignore[arg-type]  # the mistake
        assert (str(refused.value), refused.value.entity_type) == (text, User)
