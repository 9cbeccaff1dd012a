"""L3–L6: a with block ends the transaction, commit begins another one, and flush keeps it open."""

from collections.abc import Callable

import pytest

from unitofwork import Database
from unitofwork.domain.errors import DetachedEntity, PersistenceError

from .adapters import Probe
from .model import Accounts, Address, User

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
