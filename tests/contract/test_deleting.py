"""E7: a deletion takes effect at the flush, with the cascades of the mapping.

What the database does by itself, by ON DELETE, it does to rows, and not to entities that are loaded.
"""

import pytest

from unitofwork import EntityState
from unitofwork.domain.errors import NotFound, NotNullViolation, UniqueViolation, UnitOfWorkError

from .adapters import Probe
from .model import Address, Badge, NewUnit, Team, User
from .sent import writes

pytestmark = pytest.mark.row("E7")


def test_a_deletion_takes_effect_at_the_flush(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.delete(uow.users.get_one(sandy))
        with uow.no_autoflush():
            assert uow.users.count() == 1
        uow.flush()
        assert uow.users.count() == 0


@pytest.mark.needs("statements")
def test_a_deletion_that_is_not_flushed_writes_nothing(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        probe.statements()
        uow.users.delete(user)
        assert writes(probe) == []


def test_a_committed_deletion_is_seen_by_other_units(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.delete(uow.users.get_one(sandy))
        uow.commit()
    with accounts() as other:
        assert other.users.get(sandy) is None


def test_a_deletion_without_commit_is_not_kept(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.delete(uow.users.get_one(sandy))
        uow.flush()
    with accounts() as other:
        assert len(other.users.get_one(sandy).addresses) == 2


def test_a_deleted_entity_keeps_its_loaded_values(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        uow.commit()
    assert (user.id, user.name) == (sandy, "sandy")


def test_deleting_cascades_to_children_that_are_loaded(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        addresses = list(user.addresses)
        uow.users.delete(user)
        assert set(uow.deleted) == {user, *addresses}
        uow.flush()
        assert {uow.state(address) for address in addresses} == {EntityState.DELETED}
        assert uow.addresses.count() == 0


def test_deleting_cascades_to_children_that_are_not_loaded(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.delete(uow.users.get_one(sandy))
        assert {type(entity) for entity in uow.deleted} == {User, Address}
        uow.commit()
        assert uow.addresses.count() == 0


def test_deleting_a_child_leaves_its_parent(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        first, second = user.addresses
        uow.addresses.delete(first)
        uow.flush()
        assert uow.state(user) is EntityState.PERSISTENT
        assert uow.addresses.find() == [second]


def test_a_deleted_child_stays_in_a_loaded_collection_until_it_is_expired(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        first, second = user.addresses
        uow.addresses.delete(first)
        uow.flush()
        assert set(user.addresses) == {first, second}
        uow.expire(user)
        assert list(user.addresses) == [second]


def test_an_orphan_is_deleted(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        first, second = user.addresses
        user.addresses.remove(first)
        assert uow.state(first) is EntityState.PERSISTENT
        uow.flush()
        assert uow.state(first) is EntityState.DELETED
        uow.commit()
        assert uow.addresses.find() == [second]


def test_an_orphan_of_a_replaced_collection_is_deleted(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        first, second = user.addresses
        user.addresses = [second, Address("squirrel@example.org")]
        uow.flush()
        assert uow.state(first) is EntityState.DELETED
        assert uow.state(second) is EntityState.PERSISTENT
        assert uow.addresses.count() == 2


def test_an_entity_orphaned_from_its_own_side_is_deleted(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        first, second = user.addresses
        first.user = None
        assert list(user.addresses) == [second]
        uow.flush()
        assert uow.state(first) is EntityState.DELETED


def test_an_orphan_taken_back_before_the_flush_is_kept(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        first, _ = user.addresses
        user.addresses.remove(first)
        user.addresses.append(first)
        uow.commit()
        assert uow.addresses.count() == 2


def test_a_child_that_moves_to_another_parent_is_kept(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user, other = uow.users.get_one(sandy), User("squidward")
        uow.users.add(other)
        first, second = user.addresses
        other.addresses.append(first)
        assert first.user is other
        assert list(user.addresses) == [second]
        uow.commit()
    with accounts() as later:
        assert [a.email_address for a in later.users.named("squidward").addresses] == [first.email_address]
        assert len(later.users.get_one(sandy).addresses) == 1


def test_a_pending_orphan_leaves_the_unit_at_once(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user, address = uow.users.get_one(sandy), Address("squirrel@example.org")
        user.addresses.append(address)
        assert uow.state(address) is EntityState.PENDING
        user.addresses.remove(address)
        assert uow.state(address) is EntityState.TRANSIENT
        uow.commit()
        assert uow.addresses.count() == 2


def test_an_orphan_is_back_after_a_rollback(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        first, second = user.addresses
        user.addresses.remove(first)
        uow.flush()
        uow.rollback()
        assert uow.state(first) is EntityState.PERSISTENT
        assert set(user.addresses) == {first, second}


def test_an_entity_without_a_required_parent_is_not_dropped_silently(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.addresses.add(Address("nobody@example.org"))
        with pytest.raises(NotNullViolation) as caught:
            uow.flush()
        assert caught.value.columns == ("user_id",)


def test_deleting_a_transient_entity_is_refused(accounts: NewUnit) -> None:
    with accounts() as uow, pytest.raises(UnitOfWorkError, match="User has no row") as caught:
        uow.users.delete(User("squidward"))
    assert caught.value.entity_type is User


def test_deleting_a_pending_entity_is_refused(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward")
        uow.users.add(user)
        with pytest.raises(UnitOfWorkError, match="expunge"):
            uow.users.delete(user)
        assert uow.state(user) is EntityState.PENDING


def test_deleting_twice_is_harmless(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        uow.users.delete(user)
        uow.flush()
        uow.users.delete(user)
        uow.commit()
        assert uow.users.count() == 0


def test_deleting_a_detached_entity_takes_it_in_and_removes_its_row(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
    with accounts() as other:
        other.users.delete(user)
        assert user in other.deleted
        other.commit()
        assert other.users.count() == 0
        assert other.addresses.count() == 0


def test_deleting_a_second_object_of_a_present_identity_is_refused(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        detached = uow.users.get_one(sandy)
    with accounts() as other:
        user = other.users.get_one(sandy)
        with pytest.raises(UnitOfWorkError):
            other.users.delete(detached)
        assert other.state(user) is EntityState.PERSISTENT
        assert list(other.deleted) == []


def test_a_repository_deletes_no_other_type(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        with pytest.raises(UnitOfWorkError, match="keeps no User"):
            uow.teams.delete(user)  # type: ignore[arg-type]  # refused by checkers too
        assert list(uow.deleted) == []


def test_a_changed_entity_that_is_deleted_is_not_updated_first(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert len(user.addresses) == 2  # else the deletion would load them, and so send the change
        user.age = -1  # which the database would refuse
        uow.users.delete(user)
        uow.commit()
        assert uow.users.count() == 0


def test_a_new_entity_cannot_take_a_unique_value_deleted_in_the_same_flush(accounts: NewUnit, sandy: int) -> None:
    """Inserts are sent before deletions, as in SQLAlchemy."""
    with accounts() as uow:
        uow.users.delete(uow.users.get_one(sandy))
        uow.users.add(User("sandy"))
        with pytest.raises(UniqueViolation):
            uow.flush()


def test_a_new_entity_can_take_a_unique_value_after_the_deletion_was_flushed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.delete(uow.users.get_one(sandy))
        uow.flush()
        uow.users.add(User("sandy"))
        uow.commit()
        assert uow.users.count() == 1


def test_a_new_entity_can_take_the_key_of_one_deleted_in_the_same_flush(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        old, new = uow.users.get_one(sandy), User("squidward", id=sandy)
        uow.users.delete(old)
        uow.users.add(new)
        uow.commit()
        assert uow.state(new) is EntityState.PERSISTENT
        assert old not in uow
    with accounts() as other:
        found = other.users.get_one(sandy)
        assert (found.name, found.fullname, found.age, list(found.addresses)) == ("squidward", None, None, [])


# --- what the database does by itself: ON DELETE SET NULL and ON DELETE CASCADE -------------------------------------


@pytest.fixture
def karate(accounts: NewUnit, sandy: int) -> int:
    """The key of a team that sandy is a member of."""
    with accounts() as uow:
        team = Team("karate", [uow.users.get_one(sandy)])
        uow.teams.add(team)
        uow.commit()
        assert team.id is not None
        return team.id


@pytest.fixture
def badge(accounts: NewUnit, sandy: int) -> int:
    """The key of a badge of sandy's."""
    with accounts() as uow:
        made = Badge(1, uow.users.get_one(sandy))
        uow.badges.add(made)
        uow.commit()
        assert made.id is not None
        return made.id


def test_on_delete_set_null_changes_the_rows(accounts: NewUnit, sandy: int, karate: int) -> None:
    with accounts() as uow:
        uow.teams.delete(uow.teams.get_one(karate))
        uow.commit()
    with accounts() as other:
        assert other.users.get_one(sandy).team is None


def test_on_delete_set_null_leaves_loaded_entities_stale_until_they_are_expired(
    accounts: NewUnit, sandy: int, karate: int
) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        team = user.team
        assert team is not None
        uow.teams.delete(team)
        uow.flush()
        assert user.team is team
        uow.expire(user)
        assert user.team is None


def test_on_delete_cascade_removes_the_rows(accounts: NewUnit, sandy: int, badge: int) -> None:
    with accounts() as uow:
        uow.users.delete(uow.users.get_one(sandy))
        uow.commit()
        assert uow.badges.get(badge) is None


def test_on_delete_cascade_leaves_loaded_entities_stale_until_they_are_expired(
    accounts: NewUnit, sandy: int, badge: int
) -> None:
    with accounts() as uow:
        held = uow.badges.get_one(badge)
        uow.users.delete(uow.users.get_one(sandy))
        uow.flush()
        assert uow.state(held) is EntityState.PERSISTENT
        assert held.number == 1
        uow.expire(held)
        with pytest.raises(NotFound):
            assert held.number
