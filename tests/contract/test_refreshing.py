"""E11: `refresh` loads afresh at once, `expire` when next read; `expunge` detaches."""

from collections.abc import Callable

import pytest

from unitofwork import EntityState
from unitofwork.domain.errors import MappingError, NotFound, UnitOfWorkError

from .adapters import Probe
from .model import Accounts, Address, NewUnit, Team, User
from .sent import selects

pytestmark = pytest.mark.row("E11")


def change_elsewhere(accounts: NewUnit, sandy: int) -> None:
    """Let another unit change the row."""
    with accounts() as other:
        user = other.users.get_one(sandy)
        user.fullname, user.age = "Sandy Squirrel", 31
        user.addresses.append(Address("squirrel@example.org"))
        other.commit()


def delete_elsewhere(accounts: NewUnit, sandy: int) -> None:
    """Let another unit delete the row."""
    with accounts() as other:
        other.users.delete(other.users.get_one(sandy))
        other.commit()


# --- refresh --------------------------------------------------------------------------------------------------------


def test_refresh_loads_what_another_unit_changed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        change_elsewhere(accounts, sandy)
        assert (user.fullname, user.age) == ("Sandy Cheeks", 30)
        uow.refresh(user)
        assert (user.fullname, user.age) == ("Sandy Squirrel", 31)


def test_a_repository_refreshes_too(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        change_elsewhere(accounts, sandy)
        uow.users.refresh(user, "age")
        assert (user.fullname, user.age) == ("Sandy Cheeks", 31)


def test_refresh_of_named_attributes_leaves_the_others(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        change_elsewhere(accounts, sandy)
        uow.refresh(user, "age")
        assert (user.fullname, user.age) == ("Sandy Cheeks", 31)


def test_refresh_loads_a_collection_afresh(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert len(user.addresses) == 2
        uow.commit()
        change_elsewhere(accounts, sandy)
        uow.refresh(user, "addresses")
        assert len(user.addresses) == 3


def test_refresh_follows_its_cascade(accounts: NewUnit, sandy: int) -> None:
    """What it cascades to is expired, and so loaded afresh when it is next read."""
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        address = user.addresses[0]
        uow.commit()
        with accounts() as other:
            other.addresses.get_one(address.id).email_address = "squirrel@example.org"
            other.commit()
        uow.refresh(user)
        assert address.email_address == "squirrel@example.org"


def test_refresh_forgets_what_was_changed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.age = 31
        uow.refresh(user)
        assert user.age == 30
        assert not uow.is_modified(user)


def test_refresh_of_named_attributes_sends_what_was_changed_in_the_others(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.fullname, user.age = "Sandy Squirrel", 31
        uow.refresh(user, "age")
        assert (user.fullname, user.age) == ("Sandy Squirrel", 30)
        assert not uow.is_modified(user)


def test_refresh_is_a_question_and_sends_what_was_changed_elsewhere(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user, added = uow.users.get_one(sandy), User("squidward")
        uow.users.add(added)
        uow.refresh(user)
        assert uow.state(added) is EntityState.PERSISTENT


def test_refreshing_an_entity_that_is_to_be_deleted_raises_not_found(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        with pytest.raises(NotFound):
            uow.refresh(user)


@pytest.mark.needs("statements")
def test_refresh_asks_at_once_and_then_no_more(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        probe.statements()
        uow.refresh(user)
        assert selects(probe) == 1
        assert (user.name, user.fullname, user.age) == ("sandy", "Sandy Cheeks", 30)
        assert selects(probe) == 0


def test_refreshing_an_entity_whose_row_is_gone_raises_not_found(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        delete_elsewhere(accounts, sandy)
        with pytest.raises(NotFound, match="User") as caught:
            uow.refresh(user)
        assert caught.value.entity_type is User


# --- expire ---------------------------------------------------------------------------------------------------------


def test_an_expired_entity_loads_when_it_is_next_read(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert len(user.addresses) == 2
        uow.commit()
        uow.expire(user)
        change_elsewhere(accounts, sandy)
        assert (user.fullname, user.age, len(user.addresses)) == ("Sandy Squirrel", 31, 3)


def test_an_expired_attribute_loads_alone(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        change_elsewhere(accounts, sandy)
        uow.expire(user, "age")
        assert (user.fullname, user.age) == ("Sandy Cheeks", 31)


def test_an_expired_collection_loads_alone(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert len(user.addresses) == 2
        uow.commit()
        change_elsewhere(accounts, sandy)
        uow.expire(user, "addresses")
        assert (user.fullname, len(user.addresses)) == ("Sandy Cheeks", 3)


@pytest.mark.needs("statements")
def test_expire_asks_nothing_and_what_expired_together_is_asked_for_together(
    accounts: NewUnit, sandy: int, probe: Probe
) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        probe.statements()
        uow.expire(user)
        assert selects(probe) == 0
        assert (user.name, user.fullname, user.age) == ("sandy", "Sandy Cheeks", 30)
        assert selects(probe) == 1


def test_expire_forgets_what_was_changed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.age = 31
        user.fullname = "Sandy Squirrel"
        uow.expire(user, "age")
        uow.commit()
        assert (user.age, user.fullname) == (30, "Sandy Squirrel")


def test_expire_follows_its_cascade(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        address = user.addresses[0]
        address.email_address = "squirrel@example.org"
        uow.expire(user)
        assert address.email_address in {"sandy@example.org", "cheeks@example.org"}


def test_setting_an_expired_attribute_keeps_what_was_set(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.expire(user)
        user.age = 31
        assert (user.fullname, user.age) == ("Sandy Cheeks", 31)
        uow.commit()
    with accounts() as other:
        assert other.users.get_one(sandy).age == 31


def test_expire_all_expires_every_entity(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user, address = uow.users.get_one(sandy), uow.addresses.find()[0]
        uow.commit()
        with accounts() as other:
            other.users.get_one(sandy).age = 31
            other.addresses.get_one(address.id).email_address = "squirrel@example.org"
            other.commit()
        uow.expire_all()
        assert (user.age, address.email_address) == (31, "squirrel@example.org")


def test_reading_an_expired_entity_whose_row_is_gone_raises_not_found(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        delete_elsewhere(accounts, sandy)
        uow.expire(user)
        with pytest.raises(NotFound, match="User") as caught:
            assert user.age
        assert caught.value.entity_type is User
        assert uow.users.count() == 0


# --- what can be refreshed and expired ------------------------------------------------------------------------------


def transient(_uow: Accounts, _sandy: int) -> User:
    return User("squidward")


def pending(uow: Accounts, _sandy: int) -> User:
    user = User("squidward")
    uow.users.add(user)
    return user


def deleted(uow: Accounts, sandy: int) -> User:
    user = uow.users.get_one(sandy)
    uow.users.delete(user)
    uow.flush()
    return user


def detached(uow: Accounts, sandy: int) -> User:
    user = uow.users.get_one(sandy)
    uow.expunge(user)
    return user


@pytest.mark.parametrize("made", [transient, pending, deleted, detached])
@pytest.mark.parametrize(
    "ask",
    [
        lambda uow, user: uow.refresh(user),
        lambda uow, user: uow.expire(user),
        lambda uow, user: uow.users.refresh(user),
    ],
    ids=["refresh", "expire", "refresh of the repository"],
)
def test_what_is_not_persistent_is_refused(
    accounts: NewUnit,
    sandy: int,
    made: Callable[[Accounts, int], User],
    ask: Callable[[Accounts, User], None],
) -> None:
    with accounts() as uow:
        user = made(uow, sandy)
        with pytest.raises(UnitOfWorkError, match="User is not persistent") as caught:
            ask(uow, user)
        assert caught.value.entity_type is User


def test_what_is_persistent_in_another_unit_is_refused(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow, accounts() as other:
        user = uow.users.get_one(sandy)
        with pytest.raises(UnitOfWorkError, match="not persistent"):
            other.refresh(user)


@pytest.mark.parametrize("name", ["agee", "drafts"])
@pytest.mark.parametrize("ask", [Accounts.refresh, Accounts.expire], ids=["refresh", "expire"])
def test_a_name_that_the_mapping_does_not_have_is_refused(
    accounts: NewUnit, sandy: int, ask: Callable[[Accounts, User, str], None], name: str
) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        with pytest.raises(MappingError, match=f"User has no attribute '{name}'; it has .*age"):
            ask(uow, user, name)


# --- expunge --------------------------------------------------------------------------------------------------------


def test_expunge_detaches(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.expunge(user)
        assert uow.state(user) is EntityState.DETACHED
        assert user not in uow
        assert uow.users.get_one(sandy) is not user


def test_expunge_makes_a_pending_entity_transient(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward")
        uow.users.add(user)
        uow.expunge(user)
        assert uow.state(user) is EntityState.TRANSIENT
        uow.commit()
        assert uow.users.count() == 0


def test_changes_of_an_expunged_entity_are_not_written(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.age = 31
        uow.expunge(user)
        uow.commit()
    with accounts() as other:
        assert other.users.get_one(sandy).age == 30


def test_an_expunged_deletion_is_not_sent(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        uow.expunge(user)
        uow.commit()
        assert uow.users.count() == 1


def test_expunge_follows_its_cascade_and_no_other(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.team = Team("karate")
        addresses = list(user.addresses)
        uow.flush()
        uow.expunge(user)
        assert {uow.state(address) for address in addresses} == {EntityState.DETACHED}
        assert uow.state(user.team) is EntityState.PERSISTENT


def test_expunging_what_is_not_here_is_refused(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow, accounts() as other:
        user = uow.users.get_one(sandy)
        for entity in (user, User("squidward")):
            with pytest.raises(UnitOfWorkError, match="User is not in this unit of work") as caught:
                other.expunge(entity)
            assert caught.value.entity_type is User
        assert uow.state(user) is EntityState.PERSISTENT


def test_expunge_all_detaches_every_entity(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        persistent, pending = uow.users.get_one(sandy), User("squidward")
        uow.users.add(pending)
        uow.expunge_all()
        assert uow.state(persistent) is EntityState.DETACHED
        assert uow.state(pending) is EntityState.TRANSIENT
        assert list(uow) == []
        uow.commit()
        assert uow.users.count() == 1
