"""Row I1: nobody sees what is not committed; how much a unit sees of what others commit, it chooses as it begins."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from unitofwork import Isolation
from unitofwork.domain.errors import Conflict

from .model import Accounts, NewUnit, Team

pytestmark = pytest.mark.row("I1")

READ_COMMITTED = (None, Isolation.READ_COMMITTED)
"""The default, and by name."""


def keep_team(accounts: NewUnit, name: str) -> None:
    with accounts() as uow:
        uow.teams.add(Team(name))
        uow.commit()


@pytest.mark.needs("concurrent_readers")
@pytest.mark.parametrize("isolation", [None, *Isolation])
def test_what_is_not_committed_is_invisible_to_others(accounts: NewUnit, isolation: Isolation | None) -> None:
    with accounts() as writer, accounts().begin(read_only=True, isolation=isolation) as reader:
        writer.teams.add(Team("red"))
        writer.flush()
        assert reader.teams.count() == 0
        writer.rollback()
        assert reader.teams.count() == 0


@pytest.mark.needs("read_committed")
@pytest.mark.parametrize("isolation", READ_COMMITTED)
@pytest.mark.parametrize("read_only", [False, True])
def test_read_committed_sees_what_others_commit_from_one_question_to_the_next(
    accounts: NewUnit, isolation: Isolation | None, read_only: bool
) -> None:
    with accounts().begin(read_only=read_only, isolation=isolation) as uow:
        assert uow.teams.count() == 0
        keep_team(accounts, "red")
        assert uow.teams.count() == 1


@pytest.mark.needs("concurrent_readers")
@pytest.mark.parametrize("isolation", [Isolation.SNAPSHOT, Isolation.SERIALIZABLE])
def test_a_snapshot_stays_as_it_was_at_the_first_question(accounts: NewUnit, isolation: Isolation) -> None:
    with accounts().begin(read_only=True, isolation=isolation) as uow:
        assert uow.teams.count() == 0
        keep_team(accounts, "red")
        assert uow.teams.count() == 0
        assert uow.teams.find() == []
        uow.commit()
        assert uow.teams.count() == 1


@pytest.mark.needs("concurrent_writers")
def test_a_unit_that_may_write_reads_from_its_snapshot_too(accounts: NewUnit) -> None:
    with accounts().begin(isolation=Isolation.SNAPSHOT) as uow:
        assert uow.teams.count() == 0
        keep_team(accounts, "red")
        assert uow.teams.count() == 0
        uow.teams.add(Team("blue"))
        uow.commit()
        assert uow.teams.count() == 2


@pytest.mark.needs("concurrent_readers")
@pytest.mark.parametrize("end", [Accounts.commit, Accounts.rollback], ids=["commit", "rollback"])
def test_a_unit_that_goes_on_keeps_its_isolation(accounts: NewUnit, end: Callable[[Accounts], None]) -> None:
    with accounts().begin(read_only=True, isolation=Isolation.SNAPSHOT) as uow:
        assert uow.teams.count() == 0
        end(uow)
        assert uow.teams.count() == 0
        keep_team(accounts, "red")
        assert uow.teams.count() == 0


@pytest.mark.needs("read_committed")
@pytest.mark.parametrize("isolation", [Isolation.SNAPSHOT, Isolation.SERIALIZABLE])
@pytest.mark.parametrize("read_only", [False, True])
def test_the_next_unit_does_not_inherit_it(accounts: NewUnit, isolation: Isolation, read_only: bool) -> None:
    with accounts().begin(read_only=read_only, isolation=isolation) as uow:
        assert uow.teams.count() == 0
    with accounts() as uow:
        assert uow.teams.count() == 0
        keep_team(accounts, "red")
        assert uow.teams.count() == 1
        uow.teams.add(Team("blue"))
        uow.commit()


@pytest.mark.needs("threads", "concurrent_writers")
def test_serializable_refuses_what_no_order_of_the_units_could_give(accounts: NewUnit) -> None:
    """Each adds its team because there is none yet: one after the other, the second would not."""
    both_looked = threading.Barrier(2, timeout=30)

    def add(name: str) -> bool:
        with accounts().begin(isolation=Isolation.SERIALIZABLE) as uow:
            assert uow.teams.count() == 0
            both_looked.wait()
            uow.teams.add(Team(name))
            try:
                uow.commit()
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(2) as threads:
        kept = [each.result(60) for each in (threads.submit(add, "red"), threads.submit(add, "blue"))]
    assert sorted(kept) == [False, True]
    with accounts() as uow:
        assert uow.teams.count() == 1


@pytest.mark.needs("concurrent_writers")
def test_a_snapshot_does_not_refuse_it(accounts: NewUnit) -> None:
    """What is between the two levels: both looked at the same state, and neither changed what the other did."""
    with accounts().begin(isolation=Isolation.SNAPSHOT) as one, accounts().begin(isolation=Isolation.SNAPSHOT) as two:
        assert one.teams.count() == two.teams.count() == 0
        one.teams.add(Team("red"))
        two.teams.add(Team("blue"))
        one.commit()
        two.commit()
    with accounts() as uow:
        assert uow.teams.count() == 2
