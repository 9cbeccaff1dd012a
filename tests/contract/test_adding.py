"""E3: `add` takes in an entity, and those that its relationships cascade to."""

import pytest

from unitofwork import Database, EntityState, where
from unitofwork.domain.errors import MappingError, UniqueViolation, UnitOfWorkError

from .model import Accounts, Address, Badge, NewUnit, Team, User

pytestmark = pytest.mark.row("E3")


def test_adding_takes_in_what_its_collections_hold(accounts: NewUnit) -> None:
    with accounts() as uow:
        address = Address("squidward@example.org")
        uow.users.add(User("squidward", addresses=[address]))
        assert uow.state(address) is EntityState.PENDING


def test_adding_takes_in_what_it_refers_to(accounts: NewUnit) -> None:
    with accounts() as uow:
        user, address = User("squidward"), Address("squidward@example.org")
        address.user = user
        uow.addresses.add(address)
        assert uow.state(user) is EntityState.PENDING


def test_adding_takes_in_what_is_related_over_several_steps(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.teams.add(Team("band", [User("squidward", addresses=[Address("squidward@example.org")])]))
        assert {type(entity) for entity in uow.new} == {Team, User, Address}
        uow.commit()
    with accounts() as other:
        team = other.teams.find_one(name="band")
        assert [[address.email_address for address in user.addresses] for user in team.members] == [
            ["squidward@example.org"]
        ]


def test_appending_to_a_collection_in_the_unit_takes_in(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user, address = uow.users.get_one(sandy), Address("squirrel@example.org")
        user.addresses.append(address)
        assert uow.state(address) is EntityState.PENDING


def test_assigning_a_collection_in_the_unit_takes_in(accounts: NewUnit) -> None:
    with accounts() as uow:
        user, address = User("squidward"), Address("squidward@example.org")
        uow.users.add(user)
        user.addresses = [address]
        assert uow.state(address) is EntityState.PENDING


def test_referring_to_a_new_entity_from_one_in_the_unit_takes_it_in(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        team = Team("karate")
        uow.users.get_one(sandy).team = team
        assert uow.state(team) is EntityState.PENDING


def test_being_referred_to_does_not_take_in_who_refers(accounts: NewUnit, sandy: int) -> None:
    """What a backref puts into a collection stays out of the unit, as in SQLAlchemy since 2.0."""
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        addresses = user.addresses
        address = Address("squirrel@example.org", user)
        assert address in addresses
        assert uow.state(address) is EntityState.TRANSIENT
        uow.addresses.add(address)
        uow.commit()
    with accounts() as other:
        assert len(other.users.get_one(sandy).addresses) == 3


def test_adding_what_a_backref_took_adds_it(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward")
        badge = Badge(1, user)
        uow.users.add(user)
        assert uow.state(badge) is EntityState.PENDING


def test_adding_twice_adds_once(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward")
        uow.users.add(user)
        uow.users.add(user)
        assert list(uow.new) == [user]
        uow.flush()
        uow.users.add(user)
        assert uow.state(user) is EntityState.PERSISTENT
        assert uow.users.count() == 1


def test_several_can_be_added_at_once(accounts: NewUnit) -> None:
    with accounts() as uow:
        users = [User("squidward"), User("patrick")]
        uow.users.add_all(iter(users))
        assert list(uow.new) == users


def test_a_repository_and_the_unit_know_what_is_in_it(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        pending, persistent, outside = User("squidward"), uow.users.get_one(sandy), User("patrick")
        uow.users.add(pending)
        assert pending in uow
        assert pending in uow.users
        assert persistent in uow
        assert persistent in uow.users
        assert outside not in uow
        assert outside not in uow.users
        assert persistent not in uow.teams
        assert set(uow) == {pending, persistent}


def test_a_detached_entity_can_be_added_again(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
    with accounts() as other:
        other.users.add(user)
        assert other.users.get_one(sandy) is user
        assert len(user.addresses) == 2


def test_what_was_changed_while_detached_is_written_after_it_was_added(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        addresses = list(user.addresses)
    user.fullname = "Sandy Squirrel"
    user.addresses.append(Address("squirrel@example.org"))
    user.addresses.remove(addresses[0])
    with accounts() as other:
        other.users.add(user)
        assert user in other.dirty
        other.commit()
    with accounts() as third:
        found = third.users.get_one(sandy)
        assert found.fullname == "Sandy Squirrel"
        assert {address.email_address for address in found.addresses} == {
            addresses[1].email_address,
            "squirrel@example.org",
        }


def test_adding_a_detached_entity_takes_in_what_is_related(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert len(user.addresses) == 2
    with accounts() as other:
        other.users.add(user)
        assert {other.state(entity) for entity in (user, *user.addresses)} == {EntityState.PERSISTENT}


def test_a_second_new_object_of_a_present_identity_is_refused(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        second = User("second", id=sandy)
        with pytest.raises(UnitOfWorkError, match=r"another User .* upsert") as caught:
            uow.users.add(second)
        assert caught.value.entity_type is User
        assert uow.state(second) is EntityState.TRANSIENT
        assert uow.users.get_one(sandy) is user


def test_a_second_detached_object_of_a_present_identity_is_refused(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        detached = uow.users.get_one(sandy)
    with accounts() as other:
        user = other.users.get_one(sandy)
        with pytest.raises(UnitOfWorkError, match="another User"):
            other.users.add(detached)
        assert other.state(detached) is EntityState.DETACHED
        assert other.users.get_one(sandy) is user


def test_a_second_object_of_a_present_identity_is_refused_when_it_is_related(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        detached = uow.users.get_one(sandy).addresses[0]
    with accounts() as other:
        present = other.addresses.get_one(detached.id)
        with pytest.raises(UnitOfWorkError):
            other.users.add(User("squidward", addresses=[detached]))
        assert other.state(detached) is EntityState.DETACHED
        assert other.addresses.get_one(present.id) is present


def test_two_new_objects_of_one_key_are_refused_by_the_database(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.users.add_all([User("squidward", id=7), User("patrick", id=7)])
        with pytest.raises(UniqueViolation) as caught:
            uow.flush()
        assert caught.value.table == "users"


def test_an_entity_of_another_unit_is_refused(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow, accounts() as other:
        user = uow.users.get_one(sandy)
        with pytest.raises(UnitOfWorkError):
            other.users.add(user)
        assert uow.state(user) is EntityState.PERSISTENT
        assert other.state(user) is EntityState.DETACHED


def test_a_pending_entity_of_another_unit_is_refused(accounts: NewUnit) -> None:
    with accounts() as uow, accounts() as other:
        user = User("squidward")
        uow.users.add(user)
        with pytest.raises(UnitOfWorkError):
            other.users.add(user)
        assert uow.state(user) is EntityState.PENDING


def test_adding_an_entity_that_is_to_be_deleted_keeps_it(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        address = uow.addresses.find_one(email_address="sandy@example.org")
        uow.addresses.delete(address)
        uow.addresses.add(address)
        assert list(uow.deleted) == []
        uow.commit()
    with accounts() as other:
        assert other.addresses.exists(email_address="sandy@example.org")


def test_adding_an_entity_whose_deletion_was_sent_is_refused(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        uow.flush()
        with pytest.raises(UnitOfWorkError, match=r"this User was deleted.* make a new User") as caught:
            uow.users.add(user)
        assert caught.value.entity_type is User
        uow.commit()
    with accounts() as other, pytest.raises(UnitOfWorkError, match=r"this User was deleted"):
        other.users.add(user)


def test_an_orphan_that_loading_its_next_owner_deleted_is_refused(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.add(User("patrick"))
        uow.commit()
    with accounts() as uow:
        user, other = uow.users.get_one(sandy), uow.users.find_one(name="patrick")
        moved = user.addresses.pop()
        with pytest.raises(UnitOfWorkError, match=r"this Address was deleted.*no_autoflush\(\)") as caught:
            other.addresses.append(moved)
        assert caught.value.entity_type is Address
        uow.rollback()
        with uow.no_autoflush():
            moved = user.addresses.pop()
            other.addresses.append(moved)
        uow.commit()
    with accounts() as uow:
        found = uow.addresses.find_one(where(Address.user, User.name) == "patrick")
        assert found.id == moved.id


def test_a_repository_refuses_other_types(accounts: NewUnit) -> None:
    with accounts() as uow:
        with pytest.raises(UnitOfWorkError, match="a repository of User keeps no Team") as caught:
            uow.users.add(Team("band"))  # type: ignore[arg-type]  # refused by checkers too
        assert caught.value.entity_type is User


def test_what_is_not_mapped_is_refused(database: Database) -> None:
    with Accounts(database) as uow, pytest.raises(MappingError, match="object is not mapped"):
        uow.repository(object).add(object())
