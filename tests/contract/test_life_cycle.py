"""L1–L9, L14: how a unit of work begins, goes on and ends, and who gives the connection back."""

import gc
import warnings
from collections.abc import Callable

import pytest

from unitofwork import Database, EntityState, Repository, UnitOfWork, where
from unitofwork.domain.errors import (
    AlreadyBegun,
    DetachedEntity,
    NeedsRollback,
    NotBegun,
    PersistenceError,
    UniqueViolation,
    UnitClosed,
    UnitOfWorkError,
)

from .adapters import Probe
from .model import Accounts, Address, Team, User

Operation = Callable[[Accounts], object]

OPERATIONS: dict[str, Operation] = {
    "flush": lambda uow: uow.flush(),
    "commit": lambda uow: uow.commit(),
    "rollback": lambda uow: uow.rollback(),
    "savepoint": lambda uow: uow.savepoint().__enter__(),
    "no_autoflush": lambda uow: uow.no_autoflush().__enter__(),
    "session": lambda uow: uow.session,
    "after_commit": lambda uow: uow.after_commit(print),
    "after_rollback": lambda uow: uow.after_rollback(print),
    "new": lambda uow: uow.new,
    "dirty": lambda uow: uow.dirty,
    "deleted": lambda uow: uow.deleted,
    "in": lambda uow: User("patrick") in uow,
    "iteration": lambda uow: list(uow),
    "state": lambda uow: uow.state(User("patrick")),
    "is_modified": lambda uow: uow.is_modified(User("patrick")),
    "refresh": lambda uow: uow.refresh(User("patrick")),
    "expire": lambda uow: uow.expire(User("patrick")),
    "expire_all": lambda uow: uow.expire_all(),
    "expunge": lambda uow: uow.expunge(User("patrick")),
    "expunge_all": lambda uow: uow.expunge_all(),
    "repository.add": lambda uow: uow.users.add(User("patrick")),
    "repository.get": lambda uow: uow.users.get(1),
    "repository.find": lambda uow: uow.users.find(),
    "repository.find_one": lambda uow: uow.users.find_one(name="patrick"),
    "repository.first": lambda uow: uow.users.first(),
    "repository.page": lambda uow: uow.users.page(size=1),
    "repository.stream": lambda uow: uow.users.stream(),
    "repository.count": lambda uow: uow.users.count(),
    "repository.exists": lambda uow: uow.users.exists(),
    "repository.delete": lambda uow: uow.users.delete(User("patrick")),
    "repository.upsert": lambda uow: uow.users.upsert(User("patrick")),
    "repository.insert_many": lambda uow: uow.users.insert_many([{"name": "patrick"}]),
    "repository.upsert_many": lambda uow: uow.users.upsert_many([{"name": "patrick"}], key="name"),
    "repository.update_where": lambda uow: uow.users.update_where(where(User.name) == "patrick", age=1),
    "repository.delete_where": lambda uow: uow.users.delete_where(where(User.name) == "patrick"),
    "repository.refresh": lambda uow: uow.users.refresh(User("patrick")),
    "repository.in": lambda uow: User("patrick") in uow.users,
    "undeclared repository": lambda uow: uow.repository(User).count(),
}

every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())


@pytest.mark.row("L1")
def test_the_list_of_operations_is_complete() -> None:
    """A new public name of the unit or of the repository must be tried in every phase, too."""
    covered = {name.removeprefix("repository.") for name in OPERATIONS} | {
        "begin",
        "close",
        "invalidate",
        "life",
        "subscribe",  # which is about every transaction of the unit, in any phase
        "once",  # tried in test_inbox, with units that have one
        "add_all",
        "get_one",
    }
    public = {name for owner in (UnitOfWork, Repository) for name in vars(owner) if not name.startswith("_")}
    assert public - covered == {"repository"}  # tried as "undeclared repository"


# L1: begin


@pytest.mark.row("L1")
@every_operation
def test_nothing_can_be_done_before_begin(accounts: Callable[[], Accounts], operation: Operation) -> None:
    with pytest.raises(NotBegun, match="begin"):
        operation(accounts())


@pytest.mark.row("L1")
def test_begin_twice_is_refused(accounts: Callable[[], Accounts]) -> None:
    uow = accounts().begin()
    with pytest.raises(AlreadyBegun):
        uow.begin()
    uow.close()


@pytest.mark.row("L1")
def test_a_with_block_inside_another_of_the_same_unit_is_refused(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        with pytest.raises(AlreadyBegun), uow:
            pytest.fail("entered twice")
        assert uow.users.count() == 0


@pytest.mark.row("L1")
def test_begin_returns_the_unit_for_a_with_block(accounts: Callable[[], Accounts], sandy: int) -> None:
    unit = accounts()
    with unit.begin(read_only=True) as uow:
        assert uow is unit
        assert uow.users.get_one(sandy).name == "sandy"
    with pytest.raises(UnitClosed):
        uow.users.count()


@pytest.mark.row("L1")
def test_begin_takes_no_connection_before_it_is_needed(accounts: Callable[[], Accounts], probe: Probe) -> None:
    with accounts():
        assert probe.checked_out() == 0


@pytest.mark.row("L1")
def test_a_read_only_unit_refuses_changes_and_goes_on(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts().begin(read_only=True) as uow:
        user = uow.users.get_one(sandy)
        user.fullname = "Sandy Squirrel"
        with pytest.raises(UnitOfWorkError, match="read-only"):
            uow.flush()
        uow.rollback()
        assert user.fullname == "Sandy Cheeks"


@pytest.mark.row("L1")
@pytest.mark.parametrize(
    "change",
    [lambda uow, key: uow.users.add(User("patrick")), lambda uow, key: uow.users.delete(uow.users.get_one(key))],
    ids=["add", "delete"],
)
def test_a_read_only_unit_never_commits_a_change(
    accounts: Callable[[], Accounts], sandy: int, change: Callable[[Accounts, int], None]
) -> None:
    with accounts().begin(read_only=True) as uow:
        change(uow, sandy)
        with pytest.raises(UnitOfWorkError, match="read-only"):
            uow.commit()
    with accounts() as uow:
        assert [user.name for user in uow.users.find()] == ["sandy"]


# L2: close


@pytest.mark.row("L2")
def test_close_rolls_back_what_is_open(accounts: Callable[[], Accounts]) -> None:
    uow = accounts().begin()
    uow.users.add(User("patrick"))
    uow.flush()
    uow.close()
    with accounts() as later:
        assert later.users.count() == 0


@pytest.mark.row("L2")
def test_close_gives_the_connection_back(accounts: Callable[[], Accounts], probe: Probe) -> None:
    uow = accounts().begin()
    uow.users.count()
    assert probe.checked_out() == 1
    uow.close()
    assert probe.checked_out() == 0


@pytest.mark.row("L2")
def test_close_detaches_every_entity(accounts: Callable[[], Accounts], sandy: int) -> None:
    uow = accounts().begin()
    persistent, pending = uow.users.get_one(sandy), User("patrick")
    uow.users.add(pending)
    uow.close()
    with uow:
        assert uow.state(persistent) is EntityState.DETACHED
        assert uow.state(pending) is EntityState.TRANSIENT
        assert list(uow) == []


@pytest.mark.row("L2")
def test_close_shows_nothing_as_kept_that_was_only_flushed(accounts: Callable[[], Accounts], sandy: int) -> None:
    """Else a retry that adds the entity to another unit would find it unchanged, and write nothing."""
    with accounts() as uow:
        user, team = uow.users.get_one(sandy), Team("squirrels")
        user.fullname = "only flushed"
        uow.flush()
        user.team = team
    with pytest.raises(DetachedEntity):
        _ = user.fullname
    with accounts() as uow:
        uow.users.add(user)
        assert user.fullname == "Sandy Cheeks"


@pytest.mark.row("L2")
def test_a_change_that_was_not_even_flushed_survives_close(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.fullname = "Sandy Squirrel"
    assert user.fullname == "Sandy Squirrel"
    with accounts() as uow:
        uow.users.add(user)
        uow.commit()
    with accounts() as uow:
        assert uow.users.get_one(sandy).fullname == "Sandy Squirrel"


@pytest.mark.row("L2")
def test_what_was_only_read_stays_readable_after_close(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.add(User("patrick"))
        uow.flush()
    assert user.fullname == "Sandy Cheeks"


@pytest.mark.row("L2")
@pytest.mark.needs("savepoints")
def test_close_inside_a_savepoint_shows_nothing_as_kept(accounts: Callable[[], Accounts], sandy: int) -> None:
    uow = accounts().begin()
    user = uow.users.get_one(sandy)
    user.fullname = "before the savepoint"
    with pytest.raises(UnitClosed), uow.savepoint():
        uow.close()
    with accounts() as uow:
        uow.users.add(user)
        assert user.fullname == "Sandy Cheeks"


@pytest.mark.row("L2")
@every_operation
def test_nothing_can_be_done_after_close(accounts: Callable[[], Accounts], operation: Operation) -> None:
    uow = accounts().begin()
    uow.close()
    with pytest.raises(UnitClosed, match="closed"):
        operation(uow)


@pytest.mark.row("L2")
def test_begin_after_close_starts_afresh(accounts: Callable[[], Accounts], sandy: int) -> None:
    uow = accounts().begin()
    before = uow.users.get_one(sandy)
    uow.close()
    uow.begin()
    assert uow.users.get_one(sandy) is not before
    uow.close()


@pytest.mark.row("L2")
def test_close_twice_is_harmless(accounts: Callable[[], Accounts]) -> None:
    uow = accounts().begin()
    uow.close()
    uow.close()


@pytest.mark.row("L2")
def test_close_before_begin_is_harmless(accounts: Callable[[], Accounts]) -> None:
    uow = accounts()
    uow.close()
    with uow:
        assert uow.users.count() == 0


@pytest.mark.row("L2")
def test_invalidate_closes(accounts: Callable[[], Accounts], probe: Probe, sandy: int) -> None:
    with accounts() as uow:
        user, patrick = uow.users.get_one(sandy), User("patrick")
        user.fullname = "only flushed"
        uow.users.add(patrick)
        uow.flush()
        uow.invalidate()
        assert probe.checked_out() == 0
        with pytest.raises(UnitClosed):
            uow.users.count()
    with accounts() as uow:
        assert uow.state(user) is EntityState.DETACHED
        assert uow.state(patrick) is EntityState.TRANSIENT
        uow.users.add(user)
        assert user.fullname == "Sandy Cheeks"
        assert uow.users.count() == 1


@pytest.mark.row("L2")
def test_a_failed_unit_can_be_invalidated(accounts: Callable[[], Accounts], sandy: int) -> None:
    uow = accounts().begin()
    uow.users.add(User("sandy"))
    with pytest.raises(UniqueViolation):
        uow.flush()
    uow.invalidate()
    with uow:
        assert uow.users.get_one(sandy).name == "sandy"


@pytest.mark.row("L2")
def test_invalidate_inside_a_savepoint_closes(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow, pytest.raises(UnitClosed), uow.savepoint():
        uow.users.add(User("patrick"))
        uow.flush()
        uow.invalidate()
    with accounts() as uow:
        assert uow.users.count() == 0


@pytest.mark.row("L2")
def test_invalidate_before_begin_and_twice_is_harmless(accounts: Callable[[], Accounts]) -> None:
    uow = accounts()
    uow.invalidate()
    uow.invalidate()
    with uow:
        assert uow.users.count() == 0


# L3: the with block


@pytest.mark.row("L3")
def test_leaving_without_commit_rolls_back(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        uow.users.add(User("patrick"))
        uow.flush()
    with accounts() as uow:
        assert uow.users.count() == 0


@pytest.mark.row("L3")
def test_leaving_by_an_exception_rolls_back_and_lets_it_through(accounts: Callable[[], Accounts], probe: Probe) -> None:
    class Mishap(Exception):
        pass

    mishap = Mishap()
    with pytest.raises(Mishap) as caught, accounts() as uow:
        uow.users.add(User("patrick"))
        uow.flush()
        raise mishap
    assert caught.value is mishap
    assert probe.checked_out() == 0
    with accounts() as uow:
        assert uow.users.count() == 0


@pytest.mark.row("L3")
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_not_even_an_interrupt_commits(accounts: Callable[[], Accounts], kind: type[BaseException]) -> None:
    with pytest.raises(kind), accounts() as uow:
        uow.users.add(User("patrick"))
        uow.flush()
        raise kind
    with accounts() as uow:
        assert uow.users.count() == 0


@pytest.mark.row("L3")
def test_an_error_while_closing_does_not_replace_the_exception(
    accounts: Callable[[], Accounts], monkeypatch: pytest.MonkeyPatch
) -> None:
    uow = accounts()
    with pytest.raises(ValueError, match="the first") as caught, uow:
        close = uow.session.close

        def fail_after_closing() -> None:
            close()
            raise PersistenceError("the second")

        monkeypatch.setattr(uow.session, "close", fail_after_closing)
        raise ValueError("the first")
    assert "the second" in caught.value.__notes__[0]


# L4: after commit


@pytest.mark.row("L4")
def test_after_commit_the_unit_goes_on_in_a_new_transaction(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        uow.users.add(User("patrick"))
        uow.commit()
        uow.users.add(User("gary"))
        uow.flush()
    with accounts() as uow:
        assert [user.name for user in uow.users.find()] == ["patrick"]


@pytest.mark.row("L4")
def test_commit_gives_the_connection_back(accounts: Callable[[], Accounts], probe: Probe) -> None:
    with accounts() as uow:
        uow.users.add(User("patrick"))
        uow.commit()
        assert probe.checked_out() == 0


@pytest.mark.row("L4")
def test_entities_stay_in_the_unit_after_commit(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        patrick = User("patrick")
        uow.users.add(patrick)
        uow.commit()
        assert patrick in uow
        assert uow.users.get(patrick.id) is patrick


@pytest.mark.row("L4")
def test_a_change_after_commit_needs_another_commit(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.age = 31
        uow.commit()
        user.age = 32
    with accounts() as uow:
        assert uow.users.get_one(sandy).age == 31


# L5: attributes after commit


@pytest.mark.row("L5")
def test_loaded_attributes_stay_readable_after_commit_and_after_close(
    accounts: Callable[[], Accounts], sandy: int, probe: Probe
) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.age = 31
        uow.commit()
        probe.statements()
        assert (user.name, user.age) == ("sandy", 31)
        assert probe.statements() == []
    assert (user.name, user.age) == ("sandy", 31)


@pytest.mark.row("L5")
def test_with_expire_on_commit_attributes_are_loaded_afresh(database: Database, sandy: int) -> None:
    with Accounts(database, expire_on_commit=True) as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
        with Accounts(database) as other:
            other.users.get_one(sandy).age = 99
            other.commit()
        assert user.age == 99


@pytest.mark.row("L5")
def test_with_expire_on_commit_an_attribute_read_after_close_names_itself_and_the_cure(
    database: Database, sandy: int
) -> None:
    with Accounts(database, expire_on_commit=True) as uow:
        user = uow.users.get_one(sandy)
        uow.commit()
    with pytest.raises(DetachedEntity, match=r"User\.fullname.*inside the unit.*load=") as caught:
        _ = user.fullname
    assert caught.value.entity_type is User


# L6: flush


@pytest.mark.row("L6")
def test_flush_sets_generated_keys_and_keeps_the_transaction_open(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        patrick = User("patrick", addresses=[Address("star@example.org")])
        uow.users.add(patrick)
        uow.flush()
        assert patrick.id is not None
        assert patrick.addresses[0].id is not None
        uow.rollback()
        assert uow.users.count() == 0


@pytest.mark.row("L6")
@pytest.mark.needs("concurrent_readers")
def test_other_units_do_not_see_what_was_only_flushed(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        uow.users.get_one(sandy).age = 99
        uow.users.add(User("patrick"))
        uow.flush()
        with accounts().begin(read_only=True) as other:
            assert other.users.get_one(sandy).age == 30
            assert other.users.count() == 1


# L7: a failed flush


def failed(uow: Accounts) -> UniqueViolation:
    """Make the unit's flush fail, and return its error."""
    uow.users.add(User("sandy"))
    with pytest.raises(UniqueViolation) as caught:
        uow.flush()
    return caught.value


@pytest.mark.row("L7")
@pytest.mark.usefixtures("sandy")
@pytest.mark.parametrize(
    "operation",
    [operation for name, operation in OPERATIONS.items() if name != "rollback"],
    ids=[name for name in OPERATIONS if name != "rollback"],
)
def test_after_a_failed_flush_everything_but_rollback_is_refused(
    accounts: Callable[[], Accounts], operation: Operation
) -> None:
    with accounts() as uow:
        error = failed(uow)
        with pytest.raises(NeedsRollback, match="rollback") as caught:
            operation(uow)
        assert caught.value.__cause__ is error


@pytest.mark.row("L7")
@pytest.mark.usefixtures("sandy")
def test_begin_after_a_failed_flush_is_refused(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        failed(uow)
        with pytest.raises(NeedsRollback):
            uow.begin()


@pytest.mark.row("L7")
@pytest.mark.usefixtures("sandy")
def test_after_rollback_a_failed_unit_goes_on(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        failed(uow)
        uow.rollback()
        uow.users.add(User("patrick"))
        uow.commit()
    with accounts() as uow:
        assert uow.users.count() == 2


@pytest.mark.row("L7")
def test_a_failed_flush_keeps_nothing_of_the_transaction(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        uow.users.get_one(sandy).age = 99
        uow.flush()
        failed(uow)
        uow.rollback()
        uow.commit()
    with accounts() as uow:
        assert uow.users.get_one(sandy).age == 30


@pytest.mark.row("L7")
@pytest.mark.usefixtures("sandy")
def test_a_failed_commit_keeps_nothing_and_needs_rollback(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        uow.users.add_all([User("patrick"), User("sandy")])
        with pytest.raises(UniqueViolation):
            uow.commit()
        with pytest.raises(NeedsRollback):
            uow.commit()
        uow.rollback()
        uow.commit()
    with accounts() as uow:
        assert [user.name for user in uow.users.find()] == ["sandy"]


@pytest.mark.row("L7")
@pytest.mark.usefixtures("sandy")
def test_a_failed_autoflush_is_a_failed_flush(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow:
        uow.users.add(User("sandy"))
        with pytest.raises(UniqueViolation) as caught:
            uow.users.find(name="patrick")
        with pytest.raises(NeedsRollback) as refused:
            uow.users.count()
        assert refused.value.__cause__ is caught.value


@pytest.mark.row("L7")
def test_lazy_loading_after_a_failed_flush_is_refused(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        error = failed(uow)
        with pytest.raises(NeedsRollback) as caught:
            _ = user.team
        assert caught.value.__cause__ is error


@pytest.mark.row("L7")
def test_a_failed_autoflush_of_a_lazy_load_is_a_failed_flush(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.add(User("sandy"))
        with pytest.raises(UniqueViolation):
            _ = user.addresses
        with pytest.raises(NeedsRollback):
            uow.users.count()


@pytest.mark.row("L7")
def test_a_question_that_is_refused_does_not_end_the_transaction(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        uow.users.get_one(sandy).age = 31
        with pytest.raises(PersistenceError):
            uow.users.find(nmae="sandy")
        with pytest.raises(PersistenceError):
            uow.users.find_one(name="patrick")
        uow.commit()
    with accounts() as uow:
        assert uow.users.get_one(sandy).age == 31


@pytest.mark.row("L7")
@pytest.mark.usefixtures("sandy")
def test_a_failed_unit_can_be_left_and_gives_its_connection_back(
    accounts: Callable[[], Accounts], probe: Probe
) -> None:
    with accounts() as uow:
        failed(uow)
    assert probe.checked_out() == 0


# L8: rollback


@pytest.mark.row("L8")
def test_rollback_makes_pending_entities_transient_and_keeps_their_generated_keys(
    accounts: Callable[[], Accounts],
) -> None:
    with accounts() as uow:
        patrick = User("patrick")
        uow.users.add(patrick)
        uow.flush()
        generated = patrick.id
        uow.rollback()
        assert uow.state(patrick) is EntityState.TRANSIENT
        assert patrick.id == generated is not None
        assert patrick.name == "patrick"


@pytest.mark.row("L8")
def test_rollback_makes_deleted_entities_persistent(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        uow.users.delete(user)
        uow.flush()
        assert uow.state(user) is EntityState.DELETED
        uow.rollback()
        assert uow.state(user) is EntityState.PERSISTENT
        assert user.name == "sandy"
        assert len(user.addresses) == 2


@pytest.mark.row("L8")
def test_rollback_restores_changed_attributes_and_collections(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        user = uow.users.get_one(sandy)
        user.age = 99
        user.addresses.pop()
        uow.flush()
        user.fullname = "not flushed"
        uow.rollback()
        assert (user.age, user.fullname, len(user.addresses)) == (30, "Sandy Cheeks", 2)


@pytest.mark.row("L8")
def test_rollback_of_nothing_is_harmless(accounts: Callable[[], Accounts], sandy: int) -> None:
    with accounts() as uow:
        uow.rollback()
        user = uow.users.get_one(sandy)
        uow.rollback()
        uow.rollback()
        assert user.name == "sandy"


# L9: a unit that is dropped


@pytest.mark.row("L9")
def test_a_unit_dropped_unclosed_gives_its_connection_back_and_says_where_it_began(
    accounts: Callable[[], Accounts], probe: Probe
) -> None:
    def drop() -> int:
        uow = accounts()
        uow.begin()
        line = drop.__code__.co_firstlineno + 2
        uow.users.count()
        return line

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = drop()
        gc.collect()
    assert probe.checked_out() == 0
    [warning] = [each for each in caught if each.category is ResourceWarning]
    assert (warning.filename, warning.lineno) == (__file__, line)
    assert "Accounts" in str(warning.message)


@pytest.mark.row("L9")
def test_a_dropped_unit_is_gone_at_once(accounts: Callable[[], Accounts], probe: Probe) -> None:
    """Its repositories do not keep it alive, so that no garbage collection is needed."""
    gc.disable()
    try:
        uow = accounts().begin()
        uow.users.count()
        with pytest.warns(ResourceWarning):
            del uow
        assert probe.checked_out() == 0
    finally:
        gc.enable()


@pytest.mark.row("L9")
def test_a_repository_that_outlives_its_unit_is_closed_with_it(accounts: Callable[[], Accounts]) -> None:
    with pytest.warns(ResourceWarning):
        users = accounts().begin().users
    with pytest.raises(UnitClosed):
        users.count()


@pytest.mark.row("L9")
def test_a_closed_unit_is_dropped_in_silence(accounts: Callable[[], Accounts]) -> None:
    with accounts():
        pass
    accounts()
    gc.collect()


# L14: dispose


@pytest.mark.row("L14")
def test_a_unit_open_at_dispose_still_ends_cleanly(database: Database, probe: Probe) -> None:
    uow = Accounts(database).begin()
    uow.users.add(User("patrick"))
    uow.flush()
    database.dispose()
    uow.users.add(User("gary"))
    uow.commit()
    uow.close()
    assert probe.checked_out() == 0


@pytest.mark.row("L14")
def test_dispose_twice_is_harmless(database: Database) -> None:
    database.dispose()
    database.dispose()


# Inheritance of the unit's own class


@pytest.mark.row("L1")
def test_a_subclass_says_its_name_and_its_phase(accounts: Callable[[], Accounts]) -> None:
    uow = accounts()
    assert repr(uow) == "<Accounts, new>"
    with uow:
        assert repr(uow) == "<Accounts, begun>"
        assert repr(uow.users) == "<Users of User>"
    assert repr(uow) == "<Accounts, closed>"


@pytest.mark.row("L1")
def test_a_repository_keeps_only_its_own_type(accounts: Callable[[], Accounts]) -> None:
    with accounts() as uow, pytest.raises(UnitOfWorkError, match="keeps no Address"):
        uow.users.add(Address("star@example.org"))  # type: ignore[arg-type]  # what the checkers refuse, at run time
