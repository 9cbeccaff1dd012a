"""Rows E2, E8: subclasses in tables of their own and in one that they share are entities of their base, too."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, where
from unitofwork.domain.errors import DetachedEntity, MappingError, UnitOfWorkError

from .adapters import Probe
from .models.staff import Car, Department, Employee, Engineer, Lead, Manager, NewUnit, Staff, Truck
from .models.staff import mapping as staff_mapping
from .sent import selects, writes

pytestmark = pytest.mark.row("E2", "E8")


@pytest.fixture
def mapping() -> registry:
    return staff_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Staff(database)


@pytest.fixture
def keys(unit: NewUnit) -> dict[str, int]:
    """The keys of one of each, by name."""
    with unit() as uow:
        anna = Manager("anna", bonus=5)
        department = Department(
            "lab",
            [anna, Employee("bob", boss=anna), Engineer("cleo", boss=anna, language="c"), Lead("dan", team_size=3)],
        )
        uow.departments.add(department)
        uow.vehicles.add_all([Car("car", doors=4, driver=anna), Truck("truck", tons=7), Car("old car")])
        uow.commit()
        kept = {each.name: each.id for each in department.staff} | {each.plate: each.id for each in uow.vehicles.find()}
        assert None not in kept.values()
        return kept  # type: ignore[return-value]  # no value is None


# --- who answers ----------------------------------------------------------------------------------------------------


def test_a_question_of_the_base_is_answered_by_subclasses_as_themselves(unit: NewUnit, keys: dict[str, int]) -> None:
    with unit() as uow:
        found = uow.employees.find(order_by="name")
        assert [(type(each), each.name, each.role()) for each in found] == [
            (Manager, "anna", "leads"),
            (Employee, "bob", "works"),
            (Engineer, "cleo", "works"),
            (Lead, "dan", "works"),
        ]
        assert {type(each) for each in uow.vehicles.find()} == {Car, Truck}


def test_a_question_of_a_subclass_is_answered_by_it_and_its_own(unit: NewUnit, keys: dict[str, int]) -> None:
    with unit() as uow:
        assert [each.name for each in uow.engineers.find(order_by="name")] == ["cleo", "dan"]
        assert [each.name for each in uow.leads.find()] == ["dan"]
        assert (uow.managers.count(), uow.engineers.count(), uow.employees.count()) == (1, 2, 4)
        assert (uow.cars.count(), uow.trucks.count(), uow.vehicles.count()) == (2, 1, 3)
        assert uow.trucks.exists(plate="truck")
        assert not uow.trucks.exists(plate="car")


def test_conditions_reach_what_the_subclass_and_its_bases_have(unit: NewUnit, keys: dict[str, int]) -> None:
    with unit() as uow:
        found = uow.leads.find((where(Lead.team_size) > 2) & (where(Engineer.language) == "python"), name="dan")
        assert [each.id for each in found] == [keys["dan"]]
        assert uow.cars.find_one(doors=4).plate == "car"
        assert [each.name for each in uow.managers.find(order_by=where(Manager.bonus).desc())] == ["anna"]


def test_a_question_of_the_base_names_nothing_of_a_subclass(unit: NewUnit, keys: dict[str, int]) -> None:
    with unit() as uow, pytest.raises(MappingError, match="Employee has no attribute 'bonus'"):
        uow.employees.find(bonus=5)


def test_a_question_of_the_base_may_name_any_column_of_a_table_that_is_shared(
    unit: NewUnit, keys: dict[str, int]
) -> None:
    with unit() as uow:
        assert [each.plate for each in uow.vehicles.find(doors=4)] == ["car"]
        assert [each.plate for each in uow.vehicles.find(where("tons").is_not_none())] == ["truck"]


def test_paths_lead_to_a_base_and_from_a_subclass(unit: NewUnit, keys: dict[str, int]) -> None:
    with unit() as uow:
        assert [each.name for each in uow.employees.find(where("boss.bonus") == 5, order_by="name")] == ["bob", "cleo"]
        assert uow.managers.find_one(where("reports.name") == "cleo").name == "anna"
        assert uow.departments.find_one(where("staff.name") == "dan").name == "lab"
        assert uow.vehicles.find_one(where("driver.department.name") == "lab").plate == "car"
        anna = uow.managers.get_one(keys["anna"])
        assert uow.employees.count(boss=anna) == 2
        assert uow.vehicles.find_one(driver=anna).plate == "car"


# --- one identity across the hierarchy ------------------------------------------------------------------------------


@pytest.mark.needs("statements")
def test_a_subclass_and_its_base_know_one_object(unit: NewUnit, keys: dict[str, int], probe: Probe) -> None:
    with unit() as uow:
        anna = uow.managers.get_one(keys["anna"])
        probe.statements()
        assert uow.employees.get_one(keys["anna"]) is anna
        assert selects(probe) == 0
        assert anna in uow.employees.find()
    with unit() as uow:
        assert uow.managers.get_one(keys["anna"]) is uow.employees.find_one(name="anna")


@pytest.mark.parametrize("loaded", [False, True])
def test_a_siblings_key_is_nobodys(unit: NewUnit, keys: dict[str, int], loaded: bool) -> None:
    with unit() as uow:
        if loaded:
            assert len(uow.employees.find()) + len(uow.vehicles.find()) == 7
        assert uow.engineers.get(keys["anna"]) is None
        assert uow.managers.get(keys["bob"]) is None
        assert uow.leads.get(keys["cleo"]) is None
        assert uow.trucks.get(keys["car"]) is None
        assert type(uow.engineers.get(keys["dan"])) is Lead


@pytest.mark.parametrize("loaded", [False, True])
def test_a_key_is_taken_throughout_the_hierarchy(unit: NewUnit, keys: dict[str, int], loaded: bool) -> None:
    with unit() as uow:
        held = uow.engineers.get_one(keys["cleo"]) if loaded else None
        if held is not None:
            with pytest.raises(UnitOfWorkError, match="another Manager with the same key"):
                uow.managers.add(Manager("eve", id=keys["cleo"]))
        with pytest.raises(UnitOfWorkError, match=r"Manager.*Engineer"):
            uow.managers.upsert(Manager("eve", id=keys["cleo"]))


def test_an_entity_of_a_subclass_belongs_to_the_repositories_of_its_bases(unit: NewUnit) -> None:
    with unit() as uow:
        dan = Lead("dan")
        uow.employees.add(dan)
        assert (dan in uow.leads, dan in uow.engineers, dan in uow.managers) == (True, True, False)
        with pytest.raises(UnitOfWorkError, match="a repository of Lead keeps no Engineer"):
            uow.leads.add(Engineer("cleo"))  # type: ignore[arg-type]  # refused by checkers too


# --- what is loaded -------------------------------------------------------------------------------------------------


def test_what_is_special_of_a_subclass_is_loaded_when_it_is_read(unit: NewUnit, keys: dict[str, int]) -> None:
    with unit() as uow:
        anna = next(each for each in uow.employees.find() if each.name == "anna")
        assert isinstance(anna, Manager)
        assert anna.bonus == 5
    with unit() as uow:
        anna = uow.employees.find_one(name="anna")
        assert isinstance(anna, Manager)
    with pytest.raises(DetachedEntity, match=r"Manager\.bonus"):
        assert anna.bonus


@pytest.mark.needs("statements")
def test_what_is_special_of_a_subclass_may_be_loaded_with_it(unit: NewUnit, keys: dict[str, int], probe: Probe) -> None:
    """By ``polymorphic_load`` of its mapping: with as many statements for many as for one."""
    with unit() as uow:
        probe.statements()
        found = uow.employees.find()
        sent = selects(probe)
    special = {each.name: each for each in found if isinstance(each, Engineer)}
    assert (special["cleo"].language, special["dan"].language) == ("c", "python")
    assert isinstance(special["dan"], Lead)
    assert special["dan"].team_size == 3
    with unit() as uow:
        uow.engineers.add_all([*map(Engineer, "efg"), *map(Lead, "hij")])
        uow.commit()
    with unit() as uow:
        probe.statements()
        assert len(uow.employees.find()) == 10
        assert selects(probe) == sent


def test_get_loads_the_whole_of_a_subclass(unit: NewUnit, keys: dict[str, int]) -> None:
    with unit() as uow:
        anna, car = uow.managers.get_one(keys["anna"]), uow.vehicles.get_one(keys["car"])
    assert anna.bonus == 5
    assert isinstance(car, Car)
    assert car.doors == 4


def test_related_entities_are_of_their_own_class(unit: NewUnit, keys: dict[str, int]) -> None:
    with unit() as uow:
        department = uow.departments.find_one(load=["staff.boss", "staff.department"])
    assert [type(each) for each in department.staff] == [Manager, Employee, Engineer, Lead]
    assert all(each.boss is department.staff[0] for each in department.staff[1:3])


# --- what is written ------------------------------------------------------------------------------------------------


@pytest.mark.needs("statements")
def test_a_change_is_written_to_the_table_that_has_it(unit: NewUnit, keys: dict[str, int], probe: Probe) -> None:
    with unit() as uow:
        dan = uow.leads.get_one(keys["dan"])
        dan.team_size, dan.name = 4, "daniel"
        probe.statements()
        uow.commit()
        assert sorted(statement.split()[1] for statement in writes(probe)) == ["employees", "leads"]
    with unit() as uow:
        found = uow.leads.get_one(keys["dan"])
        assert (found.name, found.language, found.team_size) == ("daniel", "python", 4)


def test_deleting_one_of_a_subclass_deletes_all_of_its_rows(unit: NewUnit, keys: dict[str, int]) -> None:
    with unit() as uow:
        uow.employees.delete(uow.employees.get_one(keys["dan"]))
        uow.vehicles.delete(uow.cars.get_one(keys["old car"]))
        uow.commit()
    with unit() as uow:
        assert [uow.employees.get(keys["dan"]), uow.engineers.get(keys["dan"]), uow.leads.get(keys["dan"])] == [
            None
        ] * 3
        assert (uow.leads.count(), uow.cars.count()) == (0, 1)
        uow.managers.add(Manager("dan again", id=keys["dan"]))
        uow.commit()


def test_rolling_back_restores_what_is_special_of_a_subclass(unit: NewUnit, keys: dict[str, int]) -> None:
    with unit() as uow:
        anna = uow.managers.get_one(keys["anna"])
        anna.bonus, anna.name = 6, "ann"
        uow.flush()
        uow.rollback()
        assert (anna.bonus, anna.name, anna.kind) == (5, "anna", "manager")


def test_the_class_of_a_row_is_told_by_its_class(unit: NewUnit, keys: dict[str, int]) -> None:
    with unit() as uow:
        assert {each.name: each.kind for each in uow.employees.find()} == {
            "anna": "manager",
            "bob": "employee",
            "cleo": "engineer",
            "dan": "lead",
        }
