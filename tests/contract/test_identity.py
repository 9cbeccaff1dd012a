"""E2: within a unit, one identity is one object."""

import pytest

from unitofwork.domain.errors import NotFound

from .adapters import Probe
from .model import Address, NewUnit, Team, User
from .sent import selects

pytestmark = pytest.mark.row("E2")


def test_get_twice_gives_the_same_object(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        assert uow.users.get_one(sandy) is uow.users.get_one(sandy)


@pytest.mark.needs("statements")
def test_get_twice_asks_the_database_once(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert selects(probe) > 0
        assert uow.users.get_one(sandy) is user
        assert selects(probe) == 0


@pytest.mark.needs("statements")
def test_an_expired_entity_is_asked_for_again(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.expire(user)
        probe.statements()
        assert uow.users.get_one(sandy) is user
        assert selects(probe) == 1


def test_every_question_gives_the_same_object(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert uow.users.find(name="sandy") == [user]
        assert uow.users.find_one(name="sandy") is user
        assert uow.users.first(name="sandy") is user
        assert uow.addresses.find_one(email_address="sandy@example.org").user is user


def test_what_was_reached_through_a_collection_is_the_same_object(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        found = uow.addresses.find()
        assert set(uow.users.get_one(sandy).addresses) == set(found)


def test_a_flushed_entity_is_the_object_that_its_key_gives(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward")
        uow.users.add(user)
        uow.flush()
        assert uow.users.get_one(user.id) is user


def test_an_entity_added_with_its_key_is_the_object_that_the_key_gives(accounts: NewUnit) -> None:
    """Looking it up sends it first."""
    with accounts() as uow:
        user = User("squidward", id=70)
        uow.users.add(user)
        assert uow.users.get_one(70) is user


def test_two_units_have_two_objects(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        mine = uow.users.get_one(sandy)
        uow.commit()
        with accounts() as other:
            assert other.users.get_one(sandy) is not mine


def test_a_question_does_not_overwrite_what_was_changed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.fullname = "Sandy Squirrel"
        with uow.no_autoflush():
            assert uow.users.find(name="sandy") == [user]
        assert user.fullname == "Sandy Squirrel"


def test_a_question_does_not_overwrite_what_was_loaded(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        with accounts() as other:
            other.users.get_one(sandy).fullname = "Sandy Squirrel"
            other.commit()
        assert uow.users.find(name="sandy") == [user]
        assert user.fullname == "Sandy Cheeks"


def test_the_key_of_an_entity_to_be_deleted_gives_it_until_the_flush(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        assert uow.users.get(sandy) is user
        uow.flush()
        assert uow.users.get(sandy) is None


def test_a_key_that_no_row_has_gives_none(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        assert uow.users.get(sandy + 1) is None
        assert uow.users.get(None) is None
        with pytest.raises(NotFound, match="no User") as caught:
            uow.users.get_one(sandy + 1)
        assert caught.value.entity_type is User


def test_the_key_of_an_expired_entity_whose_row_is_gone_gives_none(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        with accounts() as other:
            other.users.delete(other.users.get_one(sandy))
            other.commit()
        uow.expire(user)
        assert uow.users.get(sandy) is None


def test_equal_keys_of_two_types_are_two_identities(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.users.add(User("squidward", id=7, addresses=[Address("squidward@example.org", id=7)]))
        uow.teams.add(Team("band", id=7))
        uow.commit()
        kinds = {type(uow.users.get_one(7)), type(uow.teams.get_one(7)), type(uow.addresses.get_one(7))}
        assert kinds == {User, Team, Address}
