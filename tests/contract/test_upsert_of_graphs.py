"""E10: `upsert` goes along what is related; unless told to, it only adds to collections, and erases no reference."""

import pytest

from unitofwork import EntityState

from .model import Address, NewUnit, Team, User, emails

pytestmark = pytest.mark.row("E10")


def test_an_empty_collection_erases_nothing(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.upsert(User("sandy", id=sandy))
        uow.commit()
    with accounts() as other:
        assert emails(other.users.get_one(sandy)) == {"sandy@example.org", "cheeks@example.org"}


def test_an_empty_collection_erases_nothing_that_the_unit_has(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert len(user.addresses) == 2
        uow.users.upsert(User("sandy", id=sandy))
        assert len(user.addresses) == 2


def test_a_collection_that_is_not_loaded_erases_nothing(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        detached = uow.users.get_one(sandy)
    with accounts() as other:
        assert len(other.users.upsert(detached).addresses) == 2


def test_a_collection_only_adds(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.upsert(User("sandy", addresses=[Address("squirrel@example.org")], id=sandy))
        uow.commit()
    with accounts() as other:
        assert emails(other.users.get_one(sandy)) == {
            "sandy@example.org",
            "cheeks@example.org",
            "squirrel@example.org",
        }


def test_a_smaller_collection_of_a_detached_entity_erases_nothing(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        detached = uow.users.get_one(sandy)
        assert len(detached.addresses) == 2
    detached.addresses.pop()
    with accounts() as other:
        other.users.upsert(detached)
        other.commit()
        assert other.addresses.count() == 2


def test_what_a_collection_holds_is_upserted_along(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        address = uow.addresses.find_one(email_address="sandy@example.org")
        given = User("sandy", addresses=[Address("squirrel@example.org", id=address.id)], id=sandy)
        managed = uow.users.upsert(given)
        assert address.email_address == "squirrel@example.org"
        assert emails(managed) == {"squirrel@example.org", "cheeks@example.org"}


def test_a_child_can_be_taken_over_from_another_parent(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        address = uow.addresses.find_one(email_address="sandy@example.org")
        uow.users.upsert(User("squidward", addresses=[Address("sandy@example.org", id=address.id)]))
        uow.commit()
    with accounts() as other:
        assert emails(other.users.named("squidward")) == {"sandy@example.org"}
        assert emails(other.users.get_one(sandy)) == {"cheeks@example.org"}


def test_a_reference_is_upserted_along(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        managed = uow.users.upsert(User("sandy", team=Team("karate"), id=sandy))
        assert managed.team is not None
        assert uow.state(managed.team) is EntityState.PENDING
        uow.commit()
    with accounts() as other:
        team = other.users.get_one(sandy).team
        assert team is not None
        assert team.name == "karate"


def test_no_reference_erases_none(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.team = Team("karate")
        address = user.addresses[0]
        uow.commit()
    with accounts() as other:
        other.users.upsert(User("sandy", id=sandy))
        other.addresses.upsert(Address("squirrel@example.org", id=address.id))
        other.commit()
        assert other.users.get_one(sandy).team is not None
        assert other.addresses.get_one(address.id).user is not None


def test_cycles_are_followed_once(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.team = Team("karate")
        uow.commit()
        assert {address.user for address in user.addresses} == {user}
        assert user.team.members == [user]
    with accounts() as other:
        address = other.addresses.upsert(user.addresses[0])
        managed = address.user
        assert managed is not None
        assert address in managed.addresses
        assert managed.team is not None
        assert managed.team.members == [managed]
        other.commit()
        assert (other.users.count(), other.teams.count(), other.addresses.count()) == (1, 1, 2)


def test_a_new_graph_is_made_whole(accounts: NewUnit) -> None:
    with accounts() as uow:
        given = Team(
            "band", [User(name, addresses=[Address(f"{name}@example.org")]) for name in ("squidward", "eugene")]
        )
        managed = uow.teams.upsert(given)
        assert all(user.team is managed for user in managed.members)
        assert not {given, *given.members} & set(uow)
        uow.commit()
    with accounts() as other:
        team = other.teams.find_one(load="members.addresses")
    assert {(user.name, *emails(user)) for user in team.members} == {
        ("squidward", "squidward@example.org"),
        ("eugene", "eugene@example.org"),
    }


def test_two_objects_of_one_identity_in_a_graph_are_one_in_the_unit(accounts: NewUnit) -> None:
    with accounts() as uow:
        given = Team("band", [User("squidward", id=70), User("squidward", "Squidward Tentacles", id=70)])
        managed = uow.teams.upsert(given)
        assert [user.fullname for user in managed.members] == ["Squidward Tentacles"]
        uow.commit()
        assert uow.users.count() == 1


def test_a_related_entity_that_the_unit_has_is_left_untouched(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.age = 31
        with uow.no_autoflush():
            team = uow.teams.upsert(Team("karate", [user]))
        assert team.members == [user]
        assert user.team is team
        assert user.age == 31
