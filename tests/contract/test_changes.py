"""E4 to E6: what was changed is known, is sent before a question, and nothing else is sent."""

from typing import Any

import pytest

from unitofwork import Database, where
from unitofwork.domain.errors import InvalidValue

from .adapters import Probe
from .model import Accounts, Address, NewUnit, Team, User
from .sent import assigned, writes

# --- E4: new, dirty, deleted, is_modified ---------------------------------------------------------------------------


@pytest.mark.row("E4")
def test_new_holds_the_pending_in_the_order_of_adding(accounts: NewUnit) -> None:
    with accounts() as uow:
        users = [User(name) for name in ("squidward", "patrick", "eugene")]
        for user in reversed(users):
            uow.users.add(user)
        assert list(uow.new) == users[::-1]
        uow.flush()
        assert list(uow.new) == []


@pytest.mark.row("E4")
def test_dirty_holds_what_was_changed_until_the_flush(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert list(uow.dirty) == []
        user.fullname = "Sandy Squirrel"
        assert list(uow.dirty) == [user]
        uow.flush()
        assert list(uow.dirty) == []


@pytest.mark.row("E4")
def test_dirty_holds_what_was_set_to_the_value_it_had(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.fullname = user.fullname
        assert list(uow.dirty) == [user]
        assert not uow.is_modified(user)


@pytest.mark.row("E4")
def test_dirty_holds_neither_the_new_nor_the_deleted(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        new, deleted = User("squidward"), uow.users.get_one(sandy)
        uow.users.add(new)
        new.age = 40
        deleted.age = 31
        uow.users.delete(deleted)
        assert list(uow.dirty) == []


@pytest.mark.row("E4")
def test_dirty_holds_an_entity_whose_collection_was_changed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.addresses.append(Address("squirrel@example.org"))
        assert user in uow.dirty
        assert uow.is_modified(user)


@pytest.mark.row("E4")
def test_attributes_that_are_not_mapped_make_nothing_dirty(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.visits += 1
        user.drafts.append("hi")
        assert list(uow.dirty) == []
        assert not uow.is_modified(user)


@pytest.mark.row("E4")
def test_deleted_holds_what_the_next_flush_deletes(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        assert user in uow.deleted
        uow.flush()
        assert list(uow.deleted) == []


@pytest.mark.row("E4")
def test_is_modified_compares_with_the_committed_value(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert not uow.is_modified(user)
        user.age = 31
        assert uow.is_modified(user)
        user.age = 30
        assert not uow.is_modified(user)


@pytest.mark.row("E4")
def test_is_modified_notices_a_related_entity(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.team = Team("karate")
        assert uow.is_modified(user)
        user.team = None
        assert not uow.is_modified(user)


@pytest.mark.row("E4")
def test_nothing_is_modified_after_a_flush(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.age = 31
        uow.flush()
        assert not uow.is_modified(user)


@pytest.mark.row("E4")
def test_a_rollback_empties_them(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        changed = uow.users.get_one(sandy)
        deleted = uow.addresses.find()[0]
        changed.age = 31
        uow.users.add(User("squidward"))
        uow.addresses.delete(deleted)
        uow.rollback()
        assert [*uow.new, *uow.dirty, *uow.deleted] == []
        assert not uow.is_modified(changed)


@pytest.mark.row("E4")
def test_they_are_snapshots(accounts: NewUnit) -> None:
    with accounts() as uow:
        before = uow.new
        uow.users.add(User("squidward"))
        assert list(before) == []


# --- E5: a question sends what was changed --------------------------------------------------------------------------


@pytest.mark.row("E5")
@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda users: len(users.find(name="squidward")), 1),
        (lambda users: users.find_one(name="squidward").name, "squidward"),
        (lambda users: users.first(name="squidward").name, "squidward"),
        (lambda users: users.count(), 1),
        (lambda users: users.exists(name="squidward"), True),
        (lambda users: users.get(7).name, "squidward"),
    ],
    ids=["find", "find_one", "first", "count", "exists", "get"],
)
def test_a_question_knows_of_what_was_added(accounts: NewUnit, ask: Any, answer: object) -> None:
    with accounts() as uow:
        uow.users.add(User("squidward", id=7))
        assert ask(uow.users) == answer
        assert list(uow.new) == []


@pytest.mark.row("E5")
def test_a_question_knows_of_what_was_changed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.get_one(sandy).age = 31
        assert uow.users.count(where(User.age) == 31) == 1


@pytest.mark.row("E5")
def test_a_question_knows_of_what_was_deleted(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.delete(uow.users.get_one(sandy))
        assert uow.users.find() == []
        assert uow.addresses.count() == 0


@pytest.mark.row("E5")
def test_a_question_about_another_type_sends_all_that_was_changed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.add(User("squidward"))
        uow.teams.count()
        assert list(uow.new) == []


@pytest.mark.row("E5")
def test_lazy_loading_sends_what_was_changed(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.addresses.find_one(email_address="sandy@example.org").email_address = "squirrel@example.org"
        uow.users.add(User("squidward"))
        assert len(user.addresses) == 2
        assert list(uow.new) == []


@pytest.mark.row("E5")
def test_inside_no_autoflush_a_question_sends_nothing(accounts: NewUnit) -> None:
    with accounts() as uow:
        user = User("squidward", id=7)
        uow.users.add(user)
        with uow.no_autoflush():
            assert uow.users.find() == []
            assert uow.users.count() == 0
            assert not uow.users.exists()
            assert uow.users.get(7) is None
            assert list(uow.new) == [user]
        assert uow.users.find() == [user]


@pytest.mark.row("E5")
def test_no_autoflush_nests_and_ends_with_its_block(accounts: NewUnit) -> None:
    with accounts() as uow:
        uow.users.add(User("squidward"))
        with uow.no_autoflush():
            with pytest.raises(LookupError), uow.no_autoflush():
                raise LookupError
            assert uow.users.count() == 0
        assert uow.users.count() == 1


@pytest.mark.row("E5")
def test_inside_no_autoflush_a_flush_is_still_possible(accounts: NewUnit) -> None:
    with accounts() as uow, uow.no_autoflush():
        uow.users.add(User("squidward"))
        uow.flush()
        assert uow.users.count() == 1


@pytest.mark.row("E5")
def test_a_unit_without_autoflush_sends_nothing_by_itself(database: Database) -> None:
    with Accounts(database, autoflush=False) as uow:
        uow.users.add(User("squidward"))
        assert uow.users.count() == 0
        with uow.no_autoflush():
            pass
        assert uow.users.count() == 0
        uow.flush()
        assert uow.users.count() == 1


# --- E6: what is written --------------------------------------------------------------------------------------------


@pytest.mark.row("E6")
@pytest.mark.needs("statements")
def test_an_update_names_only_the_changed_columns(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.fullname = "Sandy Squirrel"
        writes(probe)
        uow.flush()
        (update,) = writes(probe)
        assert assigned(update) == {"fullname"}


@pytest.mark.row("E6")
@pytest.mark.needs("statements")
def test_several_changes_of_an_entity_are_one_update(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.fullname, user.age = "Sandy Squirrel", None
        user.fullname = "S. Squirrel"
        writes(probe)
        uow.flush()
        (update,) = writes(probe)
        assert assigned(update) == {"fullname", "age"}


@pytest.mark.row("E6")
@pytest.mark.needs("statements")
def test_a_changed_reference_writes_its_foreign_key_alone(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        team = Team("karate")
        uow.teams.add(team)
        uow.flush()
        uow.users.get_one(sandy).team = team
        writes(probe)
        uow.flush()
        (update,) = writes(probe)
        assert assigned(update) == {"team_id"}


@pytest.mark.row("E6")
@pytest.mark.needs("statements")
def test_setting_a_value_to_itself_writes_nothing(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.fullname = "Sandy " + "Cheeks"
        user.addresses = list(user.addresses)
        user.team = user.team
        writes(probe)
        uow.commit()
        assert writes(probe) == []


@pytest.mark.row("E6")
@pytest.mark.needs("statements")
def test_changing_a_value_and_changing_it_back_writes_nothing(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.age = 31
        user.age = 30
        first = user.addresses[0]
        user.addresses.remove(first)
        user.addresses.append(first)
        writes(probe)
        uow.commit()
        assert writes(probe) == []


@pytest.mark.row("E6")
@pytest.mark.needs("statements")
def test_a_unit_that_changes_nothing_writes_nothing(accounts: NewUnit, sandy: int, probe: Probe) -> None:
    probe.statements()
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        assert user.addresses
        user.visits += 1
        uow.commit()
    assert writes(probe) == []


@pytest.mark.row("E6")
@pytest.mark.needs("statements")
def test_what_was_added_and_taken_back_before_the_flush_writes_nothing(accounts: NewUnit, probe: Probe) -> None:
    with accounts() as uow:
        user = User("squidward")
        uow.users.add(user)
        uow.expunge(user)
        probe.statements()
        uow.commit()
        assert writes(probe) == []


@pytest.mark.row("E6")
def test_a_change_keeps_what_others_wrote_into_other_columns(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        with accounts() as other:
            other.users.get_one(sandy).age = 31
            other.commit()
        user.fullname = "Sandy Squirrel"
        uow.commit()
    with accounts() as third:
        found = third.users.get_one(sandy)
        assert (found.fullname, found.age) == ("Sandy Squirrel", 31)


@pytest.mark.row("E6")
def test_setting_a_value_to_itself_keeps_what_others_wrote(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        with accounts() as other:
            other.users.get_one(sandy).age = 31
            other.commit()
        user.age = 30
        uow.commit()
    with accounts() as third:
        assert third.users.get_one(sandy).age == 31


@pytest.mark.row("E6")
def test_a_value_can_be_set_to_none(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        uow.users.get_one(sandy).age = None
        uow.commit()
    with accounts() as other:
        assert other.users.get_one(sandy).age is None


@pytest.mark.row("E6")
def test_an_attribute_that_was_deleted_is_refused(accounts: NewUnit, sandy: int) -> None:
    with accounts() as uow:
        del uow.users.get_one(sandy).fullname
        with pytest.raises(InvalidValue, match=r"User\.fullname was deleted: set it to None"):
            uow.flush()
