"""Staff of departments, with tables of their own for what is special of them, and vehicles, which share one."""

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from attrs import field
from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import registry, relationship

from unitofwork import UnitOfWork, entity, map_entity, repository


@entity
class Department:
    name: str
    staff: list["Employee"] = field(factory=list)
    id: int | None = None


@entity
class Employee:
    name: str
    department: Department | None = None
    boss: "Manager | None" = None
    id: int | None = None
    kind: str = field(init=False)

    def role(self) -> str:
        return "works"


@entity
class Manager(Employee):
    bonus: int = 0
    reports: list[Employee] = field(factory=list)

    def role(self) -> str:
        return "leads"


@entity
class Engineer(Employee):
    """What is special of engineers is loaded with them, whoever asks."""

    language: str = "python"


@entity
class Lead(Engineer):
    """An engineer of a third table."""

    team_size: int = 0


@entity
class Vehicle:
    """There is none that is nothing more."""

    plate: str
    driver: Employee | None = None
    id: int | None = None


@entity
class Car(Vehicle):
    doors: int | None = None


@entity
class Truck(Vehicle):
    tons: int | None = None


class Staff(UnitOfWork):
    departments = repository(Department)
    employees = repository(Employee)
    managers = repository(Manager)
    engineers = repository(Engineer)
    leads = repository(Lead)
    vehicles = repository(Vehicle)
    cars = repository(Car)
    trucks = repository(Truck)


NewUnit: TypeAlias = Callable[[], Staff]


@cache
def mapping() -> registry:
    """Map the staff and the vehicles, once."""
    made = registry()
    departments = Table(
        "departments", made.metadata, Column("id", Integer, primary_key=True), Column("name", String(30))
    )
    employees = Table(
        "employees",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30), nullable=False),
        Column("kind", String(10), nullable=False),
        Column("department_id", ForeignKey("departments.id")),
        Column("boss_id", ForeignKey("managers.id", use_alter=True, name="employees_boss_id_fkey")),
    )
    managers = Table(
        "managers",
        made.metadata,
        Column("id", ForeignKey("employees.id"), primary_key=True),
        Column("bonus", Integer, nullable=False),
    )
    engineers = Table(
        "engineers",
        made.metadata,
        Column("id", ForeignKey("employees.id"), primary_key=True),
        Column("language", String(20), nullable=False),
    )
    leads = Table(
        "leads",
        made.metadata,
        Column("id", ForeignKey("engineers.id"), primary_key=True),
        Column("team_size", Integer, nullable=False),
    )
    vehicles = Table(
        "vehicles",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("plate", String(10), nullable=False),
        Column("kind", String(10), nullable=False),
        Column("doors", Integer),
        Column("tons", Integer),
        Column("driver_id", ForeignKey("employees.id")),
    )
    map_entity(
        made,
        Department,
        departments,
        properties={"staff": relationship(Employee, back_populates="department", order_by=employees.c.name)},
    )
    map_entity(
        made,
        Employee,
        employees,
        properties={
            "department": relationship(Department, back_populates="staff"),
            "boss": relationship(
                Manager, back_populates="reports", foreign_keys=employees.c.boss_id, remote_side=managers.c.id
            ),
        },
        polymorphic_on=employees.c.kind,
        polymorphic_identity="employee",
    )
    map_entity(
        made,
        Manager,
        managers,
        inherits=Employee,
        inherit_condition=managers.c.id == employees.c.id,
        properties={
            "reports": relationship(
                Employee,
                back_populates="boss",
                foreign_keys=employees.c.boss_id,
                primaryjoin=employees.c.boss_id == managers.c.id,
            )
        },
        polymorphic_identity="manager",
    )
    map_entity(
        made, Engineer, engineers, inherits=Employee, polymorphic_identity="engineer", polymorphic_load="selectin"
    )
    map_entity(made, Lead, leads, inherits=Engineer, polymorphic_identity="lead", polymorphic_load="selectin")
    map_entity(
        made,
        Vehicle,
        vehicles,
        properties={"driver": relationship(Employee)},
        polymorphic_on=vehicles.c.kind,
        polymorphic_abstract=True,
    )
    map_entity(made, Car, inherits=Vehicle, polymorphic_identity="car")
    map_entity(made, Truck, inherits=Vehicle, polymorphic_identity="truck")
    return made
