"""E10: `upsert` of certain fields copies exactly these, even if that erases something."""

import pytest

from unitofwork.domain.errors import MappingError, UnitOfWorkError

from .model import Address, NewUnit, Team, User, emails

pytestmark = pytest.mark.row("E10")


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
