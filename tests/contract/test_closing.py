"""L2, L9, L14: whoever closes a unit, drops it or disposes its database gets nothing kept and the connection back."""

import gc
import warnings
from collections.abc import Callable

import pytest

from unitofwork import Database, EntityState
from unitofwork.domain.errors import DetachedEntity, UniqueViolation, UnitClosed

from .adapters import Probe
from .model import Accounts, Team, User
from .operations import Operation, every_operation

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
