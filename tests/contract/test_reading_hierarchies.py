"""Rows Q3, Q4, Q5: pages, streams and locks of hierarchies, and of entities whose key has several parts."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import FOR_SHARE, FOR_UPDATE, Database, where

from .models.staff import Employee, Engineer, Lead, Manager, NewUnit, Staff
from .models.staff import mapping as staff_mapping

pytestmark = pytest.mark.row("Q3", "Q4", "Q5")


@pytest.fixture
def mapping() -> registry:
    return staff_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Staff(database)


@pytest.fixture
def staffed(unit: NewUnit) -> NewUnit:
    """Sixty people of four classes, the names of whom occur several times."""
    with unit() as uow:
        boss = Manager("boss", bonus=1)
        makes = (Employee, lambda name: Manager(name, bonus=2), Engineer, lambda name: Lead(name, team_size=3))
        people = [makes[number % 4](f"name {number % 7}") for number in range(59)]
        for person in people[::2]:
            person.boss = boss
        uow.employees.add_all([boss, *people])
        uow.commit()
    return unit


@pytest.mark.parametrize("order", ["id", "name", ("boss.name", where("name").desc())], ids=str)
def test_pages_and_streams_are_of_every_class(staffed: NewUnit, order: object) -> None:
    with staffed() as uow:
        found = uow.employees.find(order_by=order)
        paged = list(page := uow.employees.page(order_by=order, size=7))
        while page.next is not None:
            page = uow.employees.page(order_by=order, size=7, after=page.next)
            paged += page
        assert [person.name for person in paged] == [person.name for person in found]
        assert set(paged) == set(found)
        assert {person.role() for person in uow.employees.stream(order_by=order)} == {"works", "leads"}
        assert set(uow.employees.stream(order_by=order)) == set(found)


def test_an_attribute_of_a_subclass_orders_its_pages(staffed: NewUnit) -> None:
    with staffed() as uow:
        first = uow.leads.page(order_by=("team_size", "language", "name"), size=4)
        second = uow.leads.page(order_by=("team_size", "language", "name"), size=100, after=first.next)
        assert [*first, *second] == uow.leads.find(order_by=("team_size", "language", "name", "id"))


def test_locks_are_of_every_class(staffed: NewUnit) -> None:
    with staffed() as uow:
        assert len(uow.employees.find(order_by="boss.name", limit=50, lock=FOR_SHARE)) == 50
        assert all(isinstance(lead, Lead) for lead in uow.leads.find(lock=FOR_UPDATE))
        boss = uow.managers.find_one(name="boss", lock=FOR_UPDATE.nowait())
        assert uow.employees.get_one(boss.id, lock=FOR_UPDATE) is boss


@pytest.mark.needs("row_locks")
def test_whoever_asks_for_the_base_meets_the_lock_of_a_subclass(staffed: NewUnit) -> None:
    with staffed() as uow, staffed() as other:
        locked = {manager.id for manager in uow.managers.find(lock=FOR_UPDATE)}
        assert len(locked) == 16
        free = {person.id for person in other.employees.find(lock=FOR_UPDATE.skip_locked())}
        assert len(free) == 44
        assert free.isdisjoint(locked)
