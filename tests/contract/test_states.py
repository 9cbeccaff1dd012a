"""E1: an entity is transient, pending, persistent, deleted or detached, and `state` says which."""

import pytest

from unitofwork import Database, EntityState
from unitofwork.domain.errors import MappingError

from .model import Accounts, Address, NewUnit, Team, User

pytestmark = pytest.mark.row("E1")


def test_a_new_entity_is_transient(accounts: NewUnit) -> None:
    with accounts() as uow:
        assert uow.state(User("squidward")) is EntityState.TRANSIENT


def test_an_added_entity_is_pending(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward")
        uow.users.add(user)
        assert uow.state(user) is EntityState.PENDING
        assert user.id is None


def test_a_flushed_entity_is_persistent(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward")
        uow.users.add(user)
        uow.flush()
        assert uow.state(user) is EntityState.PERSISTENT
        assert user.id is not None


def test_a_committed_entity_is_persistent(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward")
        uow.users.add(user)
        uow.commit()
        assert uow.state(user) is EntityState.PERSISTENT


def test_a_loaded_entity_is_persistent(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        assert uow.state(uow.users.get_one(sandy)) is EntityState.PERSISTENT


def test_an_entity_is_persistent_until_its_deletion_is_flushed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        assert uow.state(user) is EntityState.PERSISTENT
        uow.flush()
        assert uow.state(user) is EntityState.DELETED


def test_a_deleted_entity_is_neither_pending_nor_persistent(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        assert user in uow
        uow.flush()
        assert user not in uow
        assert user not in list(uow)


def test_a_deleted_entity_stays_so_after_the_commit(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        uow.commit()
        assert uow.state(user) is EntityState.DELETED


def test_a_deleted_entity_is_detached_by_a_commit_that_expires(database: Database, sandy: int) -> None:
    with Accounts(database, expire_on_commit=True) as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        uow.commit()
        assert uow.state(user) is EntityState.DETACHED


def test_a_deleted_entity_is_detached_when_the_unit_is_closed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        uow.commit()
    with accounts() as other:
        assert other.state(user) is EntityState.DETACHED


def test_closing_makes_the_persistent_detached_and_the_pending_transient(accounts: NewUnit, sandy: int) -> None:
    pending = User("squidward")
    with accounts() as uow:
        persistent = uow.users.get_one(sandy)
        uow.users.add(pending)
    with accounts() as other:
        assert other.state(persistent) is EntityState.DETACHED
        assert other.state(pending) is EntityState.TRANSIENT


def test_closing_makes_transient_what_was_flushed_and_not_committed(accounts: NewUnit) -> None:
    user = User("squidward")
    with accounts() as uow:
        uow.users.add(user)
        uow.flush()
    with accounts() as other:
        assert other.state(user) is EntityState.TRANSIENT


def test_closing_makes_detached_what_was_deleted_and_not_committed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        uow.flush()
    with accounts() as other:
        assert other.state(user) is EntityState.DETACHED
        other.users.add(user)
        assert other.state(user) is EntityState.PERSISTENT
        other.users.refresh(user)
        assert user.name == "sandy"


def test_a_detached_entity_that_is_added_is_persistent(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
    with accounts() as other:
        other.users.add(user)
        assert other.state(user) is EntityState.PERSISTENT


def test_what_is_in_another_unit_is_detached_or_transient_here(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow, accounts() as other:
        pending = User("squidward")
        uow.users.add(pending)
        with uow.no_autoflush():
            persistent = uow.users.get_one(sandy)
        assert other.state(persistent) is EntityState.DETACHED
        assert other.state(pending) is EntityState.TRANSIENT
        assert persistent not in other
        assert pending not in other


def test_rolling_back_an_addition_that_was_not_flushed(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward", addresses=[Address("squidward@example.org")])
        uow.users.add(user)
        uow.rollback()
        assert uow.state(user) is EntityState.TRANSIENT
        assert uow.state(user.addresses[0]) is EntityState.TRANSIENT
        assert user.name == "squidward"


def test_rolling_back_an_addition_that_was_flushed(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward", addresses=[Address("squidward@example.org")])
        uow.users.add(user)
        uow.flush()
        uow.rollback()
        assert uow.state(user) is EntityState.TRANSIENT
        assert uow.state(user.addresses[0]) is EntityState.TRANSIENT
        assert not uow.users.exists(name="squidward")


def test_an_entity_whose_addition_was_rolled_back_can_be_added_again(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward", addresses=[Address("squidward@example.org")])
        uow.users.add(user)
        uow.flush()
        uow.rollback()
        uow.users.add(user)
        assert uow.state(user) is EntityState.PENDING
        uow.commit()
    with accounts() as other:
        assert [address.email_address for address in other.users.named("squidward").addresses] == [
            "squidward@example.org"
        ]


def test_rolling_back_a_deletion_that_was_not_flushed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        uow.rollback()
        assert uow.state(user) is EntityState.PERSISTENT
        uow.commit()
    with accounts() as other:
        assert other.users.get(sandy) is not None


def test_rolling_back_a_deletion_that_was_flushed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        first, second = user.addresses
        uow.users.delete(user)
        uow.flush()
        assert uow.state(first) is uow.state(second) is EntityState.DELETED
        uow.rollback()
        assert uow.state(user) is uow.state(first) is uow.state(second) is EntityState.PERSISTENT
        assert set(user.addresses) == {first, second}
        uow.commit()
    with accounts() as other:
        assert other.addresses.count() == 2


def test_rolling_back_a_change_gives_back_what_the_row_has(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.fullname = "Sandy Squirrel"
        uow.flush()
        user.age = 31
        uow.rollback()
        assert (user.fullname, user.age) == ("Sandy Cheeks", 30)


def test_rolling_back_gives_back_what_collections_held(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        before = set(user.addresses)
        added = Address("squirrel@example.org")
        user.addresses.append(added)
        user.addresses.remove(user.addresses[0])
        uow.flush()
        uow.rollback()
        assert set(user.addresses) == before
        assert uow.state(added) is EntityState.TRANSIENT


def test_rolling_back_gives_back_the_related_entity(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.team = Team("karate")
        uow.flush()
        uow.rollback()
        assert user.team is None


def test_rolling_back_what_was_deleted_before_a_commit_does_not_bring_it_back(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        uow.commit()
        uow.rollback()
        assert uow.state(user) is EntityState.DELETED
        assert uow.users.get(sandy) is None


def test_what_was_added_and_deleted_in_one_transaction_is_transient_after_a_rollback(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward")
        uow.users.add(user)
        uow.flush()
        uow.users.delete(user)
        uow.flush()
        assert uow.state(user) is EntityState.DELETED
        uow.rollback()
        assert uow.state(user) is EntityState.TRANSIENT


def test_an_entity_returns_to_its_state_at_the_savepoint(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        kept, lost, deleted = User("squidward"), User("patrick"), uow.users.get_one(sandy)
        uow.users.add(kept)
        with pytest.raises(LookupError), uow.savepoint():
            uow.users.add(lost)
            uow.users.delete(deleted)
            uow.flush()
            raise LookupError
        assert uow.state(kept) is EntityState.PERSISTENT
        assert uow.state(lost) is EntityState.TRANSIENT
        assert uow.state(deleted) is EntityState.PERSISTENT


def test_the_state_of_what_is_not_mapped_is_refused(accounts: NewUnit) -> None:
    with accounts() as uow, pytest.raises(MappingError, match="object is not mapped"):
        uow.state(object())


def test_what_no_constructor_made_is_refused(accounts: NewUnit) -> None:
    unmade = object.__new__(User)
    with accounts() as uow:
        with pytest.raises(MappingError, match="this User was made"):
            uow.state(unmade)
        with pytest.raises(MappingError, match="this User was made"):
            uow.users.add(unmade)
        with pytest.raises(MappingError, match="this User was made"):
            assert unmade in uow
