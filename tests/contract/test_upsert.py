"""E10: `upsert` copies an entity onto the managed one of its identity, which is loaded or made."""

import pytest

from unitofwork import EntityState
from unitofwork.domain.errors import DetachedEntity, UnitOfWorkError

from .adapters import Probe
from .model import Address, NewUnit, Team, User
from .sent import assigned, writes

pytestmark = pytest.mark.row("E10")


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
