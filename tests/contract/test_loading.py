"""E9: what is related is loaded when it is read inside the unit, or with the question by ``load=``."""

import pickle
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from unitofwork import where
from unitofwork.domain.errors import DetachedEntity, MappingError, NeedsRollback, UniqueViolation, UnsupportedQuery

from .adapters import Probe
from .model import Address, NewUnit, Team, User
from .sent import selects

pytestmark = pytest.mark.row("E9")


def populate(accounts: NewUnit, users: int) -> None:
    """Commit a team of so many users, with two addresses each."""
    with accounts() as uow:
        uow.teams.add(
            Team(
                "band",
                [
                    User(f"user{n}", addresses=[Address(f"{n}@example.org"), Address(f"{n}@example.com")])
                    for n in range(users)
                ],
            )
        )
        uow.commit()


# --- when it is read ------------------------------------------------------------------------------------------------


def test_a_collection_loads_inside_the_unit(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert {address.email_address for address in user.addresses} == {"sandy@example.org", "cheeks@example.org"}


def test_a_reference_loads_inside_the_unit(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.addresses.find_one(email_address="sandy@example.org").user
        assert user is not None
        assert user.id == sandy
        assert user.team is None


def test_what_was_not_read_loads_in_the_transaction_after_a_commit(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        assert len(user.addresses) == 2


@pytest.mark.needs("statements")
def test_a_collection_that_was_read_is_not_asked_for_again(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        probe.statements()
        assert len(user.addresses) == len(user.addresses) == 2
        assert selects(probe) == 1


@pytest.mark.needs("statements")
def test_a_reference_to_what_the_unit_has_is_not_asked_for(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        user, address = uow.users.get_one(sandy), uow.addresses.find_one(email_address="sandy@example.org")
        probe.statements()
        assert address.user is user
        assert selects(probe) == 0


def test_a_collection_that_is_not_loaded_raises_after_the_unit(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
    with pytest.raises(DetachedEntity, match=r"User\.addresses is not loaded.*outside its unit.*load=") as caught:
        assert user.addresses
    assert caught.value.entity_type is User


def test_a_reference_that_is_not_loaded_raises_after_the_unit(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        address = uow.addresses.find_one(email_address="sandy@example.org")
    with pytest.raises(DetachedEntity, match=r"Address\.user is not loaded") as caught:
        assert address.user
    assert caught.value.entity_type is Address


def test_an_expired_attribute_raises_after_the_unit(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.expire(user, "fullname")
    assert user.name == "sandy"
    with pytest.raises(DetachedEntity, match=r"User\.fullname is not loaded") as caught:
        assert user.fullname
    assert caught.value.entity_type is User


def test_attributes_expired_together_are_named_together(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.expire(user, "fullname", "age")
    with pytest.raises(DetachedEntity, match=r"User\.age and User\.fullname are not loaded"):
        assert user.fullname


def test_a_detached_entity_raises_each_time(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
    for _ in range(2):
        with pytest.raises(DetachedEntity):
            assert user.addresses


def test_an_expunged_entity_raises_inside_the_unit(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.expunge(user)
        with pytest.raises(DetachedEntity, match=r"User\.addresses"):
            assert user.addresses


def test_an_entity_added_to_another_unit_loads_there(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
    with accounts() as other:
        other.users.add(user)
        assert len(user.addresses) == 2


def test_what_was_read_stays_readable_after_the_unit(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert len(user.addresses) == 2
        assert user.team is None
    assert len(user.addresses) == 2
    assert user.team is None


def test_showing_an_entity_loads_nothing(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.expire(user, "fullname")
    assert repr(user).startswith("User(name='sandy', age=30, id=")
    assert "fullname" not in repr(user)
    assert "addresses" not in repr(user)


def test_a_new_entity_has_nothing_to_load(accounts: NewUnit) -> None:
    user = User("squidward")
    assert user.addresses == []
    assert user.team is None
    with accounts() as uow:
        uow.users.add(user)
        assert user.addresses == []
        assert user.team is None


def test_lazy_loading_after_a_failure_raises_needs_rollback(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.add(User("sandy"))
        with pytest.raises(UniqueViolation) as first:
            uow.flush()
        with pytest.raises(NeedsRollback) as caught:
            assert user.addresses
        assert caught.value.__cause__ is first.value
        uow.rollback()
        assert len(user.addresses) == 2


def test_lazy_loading_raises_what_the_autoflush_before_it_found(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.add(User("sandy"))
        with pytest.raises(UniqueViolation):
            assert user.addresses


# --- with the question ----------------------------------------------------------------------------------------------


@pytest.mark.needs("statements")
@pytest.mark.parametrize("rows", [1, 50])
@pytest.mark.parametrize(
    ("load", "expected"),
    [
        (None, 1),
        ("addresses", 2),
        ("team", 2),
        (("addresses", "team"), 3),
        ("team.members", 3),
        (("addresses", "addresses.user"), 3),
    ],
    ids=str,
)
def test_load_takes_a_fixed_number_of_statements(
    accounts: NewUnit, probe: Probe, rows: int, load: object, expected: int
) -> None:
    populate(accounts, rows)
    with accounts() as uow:
        probe.statements()
        assert len(uow.users.find(load=load)) == rows
        assert selects(probe) == expected


@pytest.mark.needs("statements")
@pytest.mark.parametrize("rows", [1, 50, 1200])
def test_a_nested_path_takes_a_fixed_number_of_statements(accounts: NewUnit, probe: Probe, rows: int) -> None:
    populate(accounts, rows)
    with accounts() as uow:
        probe.statements()
        (team,) = uow.teams.find(load="members.addresses")
        assert sum(len(user.addresses) for user in team.members) == 2 * rows
        assert selects(probe) == 3


@pytest.mark.needs("statements")
def test_nothing_is_asked_along_for_who_refers_to_nobody(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        probe.statements()
        [user] = uow.users.find(id=sandy, load=User.team)
        assert user.team is None
        assert selects(probe) == 1


@pytest.mark.needs("statements")
def test_what_was_loaded_is_not_asked_for_again(accounts: NewUnit, probe: Probe) -> None:
    populate(accounts, 3)
    with accounts() as uow:
        users = uow.users.find(load=("addresses", "team"))
        probe.statements()
        assert [len(user.addresses) for user in users] == [2, 2, 2]
        assert {user.team.name for user in users if user.team} == {"band"}
        assert selects(probe) == 0


@pytest.mark.parametrize(
    "ask",
    [
        lambda users, load: users.find(load=load)[0],
        lambda users, load: users.find_one(load=load),
        lambda users, load: users.first(load=load),
    ],
    ids=["find", "find_one", "first"],
)
def test_what_was_loaded_is_readable_after_the_unit(accounts: NewUnit, ask: Any) -> None:
    populate(accounts, 1)
    with accounts() as uow:
        user = ask(uow.users, (User.addresses, "team"))
    assert len(user.addresses) == 2
    assert user.team.name == "band"
    with pytest.raises(DetachedEntity):
        assert user.team.members


@pytest.mark.parametrize("checked", [False, True])
def test_a_nested_path_loads_every_step(accounts: NewUnit, checked: bool) -> None:
    populate(accounts, 2)
    path = where(Team.members, User.addresses) if checked else "members.addresses"
    with accounts() as uow:
        team = uow.teams.find_one(load=path)
    assert sorted(len(user.addresses) for user in team.members) == [2, 2]


def test_paths_may_share_their_beginning(accounts: NewUnit) -> None:
    populate(accounts, 2)
    with accounts() as uow:
        address = uow.addresses.find(load=("user.team", "user.addresses", "user"))[0]
    assert address.user is not None
    assert address.user.team is not None
    assert len(address.user.addresses) == 2


def test_load_knows_that_there_is_nothing(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.users.add(User("squidward"))
        uow.commit()
    with accounts() as other:
        user = other.users.find_one(load=("addresses", "team"))
        assert other.users.find(where(User.name) == "nobody", load="addresses") == []
    assert user.addresses == []
    assert user.team is None


def test_load_fills_an_entity_that_the_unit_has(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert uow.users.find(load="addresses") == [user]
    assert len(user.addresses) == 2


def test_load_keeps_what_was_changed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.addresses.append(Address("squirrel@example.org"))
        with uow.no_autoflush():
            assert uow.users.find(load="addresses") == [user]
        assert len(user.addresses) == 3


def test_load_follows_limit_and_order(accounts: NewUnit) -> None:
    populate(accounts, 5)
    with accounts() as uow:
        users = uow.users.find(order_by=where(User.name).desc(), limit=2, load="addresses")
    assert [(user.name, len(user.addresses)) for user in users] == [("user4", 2), ("user3", 2)]


def test_load_refuses_a_name_that_the_mapping_does_not_have(accounts: NewUnit) -> None:
    with accounts() as uow, pytest.raises(MappingError, match=r"User has no attribute 'adresses'; it has .*addresses"):
        uow.users.find(load="adresses")


def test_load_refuses_what_is_no_relationship(accounts: NewUnit) -> None:
    with accounts() as uow, pytest.raises(UnsupportedQuery, match=r"User\.fullname is no relationship"):
        uow.users.find(load="fullname")
    with accounts() as uow, pytest.raises(UnsupportedQuery, match=r"Address\.email_address is no relationship"):
        uow.users.find(load="addresses.email_address")


@pytest.mark.parametrize("alone", [True, False], ids=["of the session", "of all sessions"])
def test_a_listener_of_sessions_hears_of_each_entity_that_is_loaded(accounts: NewUnit, sandy: int, alone: bool) -> None:
    heard: list[object] = []

    def hear(_session: object, loaded: object) -> None:
        heard.append(loaded)

    with accounts() as uow:
        session: Any = uow.session
        target = session.raw if alone else Session
        event.listen(target, "loaded_as_persistent", hear)
        try:
            user = uow.users.get_one(sandy)
            addresses = user.addresses
            assert uow.users.find(name="sandy") == [user]
        finally:
            event.remove(target, "loaded_as_persistent", hear)
        assert heard == [user, *addresses]


# --- what is copied -------------------------------------------------------------------------------------------------


def pickled(user: User) -> User:
    copied: User = pickle.loads(pickle.dumps(user))
    return copied


@pytest.mark.needs("statements")
@pytest.mark.parametrize("copied", [pickled, deepcopy])
def test_a_copy_loads_along_what_came_along_with_the_entity(
    accounts: NewUnit, sandy: int, probe: Probe, copied: Callable[[User], User]
) -> None:
    with accounts() as uow:
        made = copied(uow.users.find_one(id=sandy, load=(User.team, User.addresses)))
        assert len(made.addresses) == 2
    with accounts() as other:
        other.users.add(made)
        other.expire(made)
        probe.statements()
        assert made.name == "sandy"
        asked = selects(probe)
        assert {address.email_address for address in made.addresses} == {"sandy@example.org", "cheeks@example.org"}
        assert (asked, selects(probe)) == (2, 0)
