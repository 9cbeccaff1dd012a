"""Row L12: a unit for each thread and each task, so that none is used by two at the same time."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from unitofwork import UnitRegistry
from unitofwork.domain.errors import NeedsRollback, UniqueViolation, UnitClosed

from .adapters import Probe
from .model import Accounts, NewUnit, User

pytestmark = [pytest.mark.row("L12"), pytest.mark.needs("threads")]

SOON = 20
"""Seconds within which whatever a test waits for must have come."""


@pytest.fixture
def units(accounts: NewUnit) -> Iterator[UnitRegistry[Accounts]]:
    made = UnitRegistry(accounts)
    yield made
    made.remove()


def in_thread(act: Callable[[], object]) -> None:
    """Do it in a thread that has ended, with all that was its own, when this returns."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(act).result(SOON)
    gc.collect()


def test_one_thread_gets_one_unit_that_has_begun(units: UnitRegistry[Accounts]) -> None:
    uow = units()
    uow.users.add(User("patrick"))
    assert units() is uow
    assert units().users.count() == 1


@pytest.mark.needs("threads")
def test_each_thread_gets_its_own(units: UnitRegistry[Accounts]) -> None:
    both = threading.Barrier(2)

    def own() -> Accounts:
        uow = units()
        both.wait(SOON)
        assert units() is uow
        units.remove()
        return uow

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(own), pool.submit(own)
        assert first.result(SOON) is not second.result(SOON)


def test_each_task_gets_its_own_even_a_child(units: UnitRegistry[Accounts]) -> None:
    """A child runs beside its parent, and would be in the parent's transaction."""
    outside = units()

    async def child() -> Accounts:
        uow = units()
        await asyncio.sleep(0)
        assert units() is uow
        units.remove()
        return uow

    async def parent() -> set[int]:
        own = units()
        found = [outside, own, *await asyncio.gather(child(), child())]
        assert units() is own
        units.remove()
        return {id(uow) for uow in found}

    assert len(asyncio.run(parent())) == 4
    assert units() is outside


def test_remove_closes_the_unit_and_the_next_is_another(units: UnitRegistry[Accounts], probe: Probe) -> None:
    uow = units()
    uow.users.add(User("patrick"))
    uow.flush()
    units.remove()
    assert probe.checked_out() == 0
    with pytest.raises(UnitClosed):
        uow.users.count()
    assert units() is not uow
    assert units().users.count() == 0


def test_remove_without_a_unit_is_harmless(units: UnitRegistry[Accounts]) -> None:
    units.remove()
    units()
    units.remove()
    units.remove()


def test_remove_leaves_the_units_of_others(units: UnitRegistry[Accounts]) -> None:
    uow = units()
    in_thread(units.remove)
    assert units() is uow
    assert uow.users.count() == 0


def test_a_unit_that_a_block_closed_is_begun_again(units: UnitRegistry[Accounts]) -> None:
    for name in ("patrick", "gary"):
        with units() as uow:
            uow.users.add(User(name))
            uow.commit()
    assert units().users.count() == 2


@pytest.mark.usefixtures("sandy")
def test_a_unit_that_failed_needs_its_rollback(units: UnitRegistry[Accounts]) -> None:
    units().users.add(User("sandy"))
    with pytest.raises(UniqueViolation):
        units().flush()
    with pytest.raises(NeedsRollback):
        units().users.count()
    units().rollback()
    assert units().users.count() == 1


def test_a_thread_that_ends_without_remove_leaves_nothing_but_a_warning(
    units: UnitRegistry[Accounts], probe: Probe
) -> None:
    forgotten = list[weakref.ref[Accounts]]()

    def forget() -> None:
        uow = units()
        uow.users.add(User("patrick"))
        uow.flush()
        forgotten.append(weakref.ref(uow))

    with pytest.warns(ResourceWarning, match="never closed") as caught:
        in_thread(forget)
    assert [warning.filename for warning in caught] == [__file__]
    caught.clear()  # a warning knows whom it is about
    assert [each() for each in forgotten] == [None]
    assert probe.checked_out() == 0
    assert units().users.count() == 0


def test_a_task_that_ends_without_remove_leaves_nothing_but_a_warning(
    units: UnitRegistry[Accounts], probe: Probe
) -> None:
    async def forget() -> None:
        units().users.count()

    async def several() -> None:
        for _ in range(3):
            await asyncio.create_task(forget())
        gc.collect()

    with pytest.warns(ResourceWarning, match="never closed") as caught:
        asyncio.run(several())
    assert len(caught) == 3
    assert probe.checked_out() == 0


def test_two_registries_have_nothing_in_common(accounts: NewUnit, units: UnitRegistry[Accounts]) -> None:
    other = UnitRegistry(accounts)
    assert other() is not units()
    other.remove()
    assert units().users.count() == 0
