"""E10: `upsert` copies an entity onto the managed one of its identity, which is loaded or made.

Unless told exactly what to copy, it only adds to collections.
"""

import pytest

from unitofwork import EntityState
from unitofwork.domain.errors import DetachedEntity, MappingError, UnitOfWorkError

from .adapters import Probe
from .model import Address, NewUnit, Team, User
from .sent import assigned, writes

pytestmark = pytest.mark.row("E10")


def emails(user: User) -> set[str]:
    return {address.email_address for address in user.addresses}


# --- which object comes back ----------------------------------------------------------------------------------------


def test_a_persistent_entity_is_returned_untouched(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.age = 31
        assert uow.users.upsert(user) is user
        assert (user.age, uow.is_modified(user)) == (31, True)


def test_a_pending_entity_is_returned_untouched(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward")
        uow.users.add(user)
        assert uow.users.upsert(user) is user
        assert uow.state(user) is EntityState.PENDING


def test_a_managed_object_of_the_identity_is_copied_onto(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user, given = uow.users.get_one(sandy), User("sandy", "Sandy Squirrel", 31, id=sandy)
        assert uow.users.upsert(given) is user
        assert (user.fullname, user.age) == ("Sandy Squirrel", 31)
        assert uow.state(given) is EntityState.TRANSIENT


def test_a_row_is_loaded_and_copied_onto(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        given = User("sandy", "Sandy Squirrel", 31, id=sandy)
        managed = uow.users.upsert(given)
        assert managed is not given
        assert uow.users.get_one(sandy) is managed
        uow.commit()
    with accounts() as other:
        found = other.users.get_one(sandy)
        assert (found.fullname, found.age) == ("Sandy Squirrel", 31)
        assert other.users.count() == 1


def test_an_entity_without_a_row_is_made_with_its_key(accounts: NewUnit) -> None:
    with accounts() as uow:
        given = User("squidward", "Squidward Tentacles", id=70)
        managed = uow.users.upsert(given)
        assert managed is not given
        assert uow.state(managed) is EntityState.PENDING
        assert uow.state(given) is EntityState.TRANSIENT
        uow.commit()
    with accounts() as other:
        assert other.users.get_one(70).fullname == "Squidward Tentacles"


def test_an_entity_without_a_key_is_made(accounts: NewUnit) -> None:
    with accounts() as uow:
        given = User("squidward")
        managed = uow.users.upsert(given)
        uow.flush()
        assert managed.id is not None
        assert given.id is None
        assert given not in uow


def test_a_detached_entity_is_copied_and_stays_detached(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        detached = uow.users.get_one(sandy)
    detached.fullname = "Sandy Squirrel"
    with accounts() as other:
        managed = other.users.upsert(detached)
        assert managed is not detached
        assert other.state(detached) is EntityState.DETACHED
        other.commit()
    with accounts() as third:
        assert third.users.get_one(sandy).fullname == "Sandy Squirrel"


def test_an_entity_of_another_unit_is_copied_and_stays_there(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        user.fullname = "Sandy Squirrel"
        with accounts() as other:
            managed = other.users.upsert(user)
            assert managed is not user
            other.commit()
        assert uow.state(user) is EntityState.PERSISTENT
        assert uow.is_modified(user)


def test_two_upserts_of_one_identity_give_one_object(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        first = uow.users.upsert(User("sandy", "first", id=sandy))
        second = uow.users.upsert(User("sandy", "second", id=sandy))
        assert first is second
        assert first.fullname == "second"


def test_two_upserts_of_one_new_identity_give_one_object(accounts: NewUnit) -> None:
    with accounts() as uow:
        first = uow.users.upsert(User("squidward", "first", id=70))
        second = uow.users.upsert(User("squidward", "second", id=70))
        assert first is second
        uow.commit()
        assert uow.users.find_one().fullname == "second"


def test_an_upsert_finds_what_was_added_before(accounts: NewUnit) -> None:
    with accounts() as uow:
        added = User("squidward", id=70)
        uow.users.add(added)
        assert uow.users.upsert(User("squidward", "Squidward Tentacles", id=70)) is added
        assert added.fullname == "Squidward Tentacles"


def test_an_upsert_after_a_deletion_makes_the_row_again(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.delete(uow.users.get_one(sandy))
        uow.users.upsert(User("sandy", id=sandy))
        uow.commit()
    with accounts() as other:
        assert other.users.get_one(sandy).addresses == []


def test_a_repository_upserts_no_other_type(accounts: NewUnit) -> None:
    with accounts() as uow, pytest.raises(UnitOfWorkError, match="keeps no Team"):
        uow.users.upsert(Team("band"))  # type: ignore[arg-type]  # refused by checkers too


# --- what is copied -------------------------------------------------------------------------------------------------


def test_every_column_is_copied_even_none(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        managed = uow.users.upsert(User("squirrel", id=sandy))
        assert (managed.name, managed.fullname, managed.age) == ("squirrel", None, None)


def test_a_column_that_is_not_loaded_is_not_copied(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        detached = uow.users.get_one(sandy)
        uow.expire(detached, "age")
    detached.fullname = "Sandy Squirrel"
    with accounts() as other:
        managed = other.users.upsert(detached)
        assert (managed.fullname, managed.age) == ("Sandy Squirrel", 30)
    with pytest.raises(DetachedEntity):
        assert detached.age


@pytest.mark.needs("statements")
def test_equal_values_write_nothing(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        detached = uow.users.get_one(sandy)
        assert len(detached.addresses) == 2
    with accounts() as other:
        probe.statements()
        other.users.upsert(detached)
        other.commit()
        assert writes(probe) == []


@pytest.mark.needs("statements")
def test_only_what_differs_is_written(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        probe.statements()
        uow.users.upsert(User("sandy", "Sandy Squirrel", 30, id=sandy))
        uow.commit()
        (update,) = writes(probe)
        assert assigned(update) == {"fullname"}


def test_the_given_entity_is_left_as_it_was(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        address = Address("squirrel@example.org")
        given = User("sandy", addresses=[address], id=sandy)
        uow.users.upsert(given)
        uow.commit()
        assert given.addresses == [address]
        assert address.user is given
        assert (address.id, given.team) == (None, None)
        assert given not in uow
        assert address not in uow


def test_a_made_entity_has_what_is_not_mapped(accounts: NewUnit) -> None:
    with accounts() as uow:
        managed = uow.users.upsert(User("squidward", drafts=["hi"]))
        assert (managed.drafts, managed.greeting, managed.visits) == (["hi"], "hello squidward", 1)


def test_a_loaded_entity_keeps_what_is_not_mapped(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.drafts.append("mine")
        assert uow.users.upsert(User("sandy", drafts=["theirs"], id=sandy)).drafts == ["mine"]


# --- what is related ------------------------------------------------------------------------------------------------


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


# --- fields= --------------------------------------------------------------------------------------------------------


def test_fields_copies_exactly_these(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        managed = uow.users.upsert(User("squirrel", "Sandy Squirrel", 31, id=sandy), fields=["fullname", "age"])
        assert (managed.name, managed.fullname, managed.age) == ("sandy", "Sandy Squirrel", 31)


def test_fields_may_be_one_name(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        managed = uow.users.upsert(User("squirrel", "Sandy Squirrel", 31, id=sandy), fields="age")
        assert (managed.name, managed.fullname, managed.age) == ("sandy", "Sandy Cheeks", 31)


def test_no_fields_copy_nothing(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        managed = uow.users.upsert(User("squirrel", addresses=[Address("a@example.org")], id=sandy), fields=())
        assert (managed.name, managed.fullname, len(managed.addresses)) == ("sandy", "Sandy Cheeks", 2)
        assert not uow.is_modified(managed)


def test_fields_may_erase_a_column(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        managed = uow.users.upsert(User("sandy", id=sandy), fields=["age"])
        assert (managed.age, managed.fullname) == (None, "Sandy Cheeks")


def test_fields_may_erase_a_reference(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.team = Team("karate")
        uow.commit()
        assert uow.users.upsert(User("sandy", id=sandy), fields="team").team is None
        uow.commit()
    with accounts() as other:
        assert other.users.get_one(sandy).team is None


def test_fields_may_erase_a_collection(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.upsert(User("sandy", id=sandy), fields=["addresses"])
        uow.commit()
    with accounts() as other:
        assert other.users.get_one(sandy).addresses == []
        assert other.addresses.count() == 0
        assert other.users.get_one(sandy).age == 30


def test_fields_makes_a_collection_what_it_is_on_the_given_entity(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        kept = uow.addresses.find_one(email_address="sandy@example.org")
        given = User("x", addresses=[Address("sandy@example.org", id=kept.id), Address("new@example.org")], id=sandy)
        managed = uow.users.upsert(given, fields="addresses")
        assert emails(managed) == {"sandy@example.org", "new@example.org"}
        assert kept in managed.addresses
        assert managed.name == "sandy"
        uow.commit()
        assert uow.addresses.count() == 2


@pytest.mark.parametrize("name", ["age", "addresses"])
def test_fields_refuses_what_is_not_loaded(accounts: NewUnit, sandy: int, name: str) -> None:
    with accounts() as uow:
        detached = uow.users.get_one(sandy)
        uow.expire(detached, "age")
    with accounts() as other:
        with pytest.raises(UnitOfWorkError, match=rf"User\.{name} is not loaded"):
            other.users.upsert(detached, fields=["fullname", name])
        assert list(other.dirty) == []


def test_fields_may_name_what_is_not_loaded_on_a_managed_entity(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.expire(user, "age")
        assert uow.users.upsert(user, fields="age") is user


def test_fields_says_nothing_of_related_entities_which_are_copied_whole(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        address = uow.addresses.find_one(email_address="sandy@example.org")
        given = User("x", addresses=[Address("squirrel@example.org", id=address.id)], id=sandy)
        uow.users.upsert(given, fields="addresses")
        assert address.email_address == "squirrel@example.org"


def test_fields_makes_an_entity_with_its_key_whatever_they_are(accounts: NewUnit) -> None:
    with accounts() as uow:
        managed = uow.users.upsert(User("squidward", "Squidward Tentacles", id=70), fields=["name"])
        uow.commit()
        assert (managed.id, managed.name) == (70, "squidward")
    with accounts() as other:
        found = other.users.get_one(70)
        assert (found.name, found.fullname) == ("squidward", None)


def test_fields_refuses_a_name_that_the_mapping_does_not_have(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        with pytest.raises(MappingError, match=r"User has no attribute 'agee'; it has .*age"):
            uow.users.upsert(User("squirrel", id=sandy), fields=["name", "agee"])
        assert uow.users.get_one(sandy).name == "sandy"
        assert list(uow.dirty) == []
