"""Records: what a mapper's tables hold of one entity, put together."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import pytest
from attrs import define, field
from sqlalchemy import Column, ForeignKey, Integer, String, Table, inspect
from sqlalchemy.orm import configure_mappers, registry

from contract.models.staff import Car, Employee, Engineer, Lead, Manager, Truck, Vehicle, mapping
from unitofwork import entity, map_entity
from unitofwork.adapters.memory.questions.records import Records, records_of
from unitofwork.adapters.memory.store import Row
from unitofwork.domain.errors import MappingError


@define
class Rows:
    """Rows in lists: what a transaction shows of its tables."""

    kept: dict[str, list[Row]] = field(factory=dict)

    def now(self) -> datetime:
        raise AssertionError("records do not depend on the time")

    def keep(self, table: str, *values: object) -> None:
        rows = self.kept.setdefault(table, [])
        rows.append((len(rows) + 100, *values))

    def table(self, table: Table) -> Any:
        return table

    def rows(self, table: Any) -> Collection[Row]:
        return self.kept.get(table.name, [])

    def find(self, table: Any, columns: tuple[Column[Any], ...], values: tuple[Any, ...]) -> Collection[Row]:
        places = [list(table.columns).index(column) + 1 for column in columns]
        return [
            row
            for row in self.rows(table)
            if all(v is not None and row[place] == v for place, v in zip(places, values, strict=True))
        ]

    def by_key(self, table: Any, key: tuple[Any, ...]) -> Row | None:
        return next(iter(self.find(table, tuple(table.primary_key.columns), key)), None)


@pytest.fixture
def staff() -> Rows:
    """An employee, a manager, an engineer and a lead, in this order."""
    rows = Rows()
    rows.keep("employees", 1, "Ann", "employee", None, 2)
    rows.keep("employees", 2, "Bob", "manager", None, None)
    rows.keep("employees", 3, "Cid", "engineer", None, 2)
    rows.keep("employees", 4, "Dee", "lead", None, None)
    rows.keep("managers", 2, 500)
    rows.keep("engineers", 3, "c")
    rows.keep("engineers", 4, "lisp")
    rows.keep("leads", 4, 9)
    rows.keep("vehicles", 1, "A 1", "car", 4, None, 1)
    rows.keep("vehicles", 2, "A 2", "truck", None, 7, None)
    return rows


def records(entity_type: type) -> Records:
    mapping()
    configure_mappers()
    return records_of(inspect(entity_type))


def test_those_of_a_mapper_on_one_table_are_its_rows(staff: Rows) -> None:
    assert records(Employee).all(staff) == staff.kept["employees"]


def test_those_of_a_subclass_join_its_tables_the_base_first(staff: Rows) -> None:
    assert records(Manager).all(staff) == [(101, 2, "Bob", "manager", None, None, 100, 2, 500)]
    assert records(Lead).all(staff) == [(103, 4, "Dee", "lead", None, None, 101, 4, "lisp", 100, 4, 9)]
    assert [table.name for table in records(Lead).tables] == ["employees", "engineers", "leads"]


def test_each_column_has_its_place(staff: Rows) -> None:
    of_leads = records(Lead)
    (lead,) = of_leads.all(staff)
    shown = {str(column): lead[place] for column, place in of_leads.place.items()}
    assert shown["employees.id"] == shown["engineers.id"] == shown["leads.id"] == 4
    assert (shown["employees.name"], shown["engineers.language"], shown["leads.team_size"]) == ("Dee", "lisp", 9)


def test_a_record_is_taken_apart_into_its_rows(staff: Rows) -> None:
    of_leads = records(Lead)
    (lead,) = of_leads.all(staff)
    assert [of_leads.row(lead, table) for table in of_leads.tables] == [
        (103, 4, "Dee", "lead", None, None),
        (101, 4, "lisp"),
        (100, 4, 9),
    ]


@pytest.mark.parametrize(("entity_type", "key"), [(Manager, 2), (Engineer, 3), (Lead, 4)])
def test_a_record_is_found_by_its_key_where_it_is_of_the_class(staff: Rows, entity_type: type, key: int) -> None:
    found = records(entity_type).by_key(staff, (key,))
    assert found is not None
    assert found[1] == key
    assert records(entity_type).by_key(staff, (1,)) is None


def test_records_are_found_by_columns_of_any_table(staff: Rows) -> None:
    of_leads = records(Lead)
    columns = {str(column): column for column in of_leads.place}
    asked: list[tuple[list[str], list[object]]] = [
        (["employees.name"], ["Dee"]),
        (["engineers.language"], ["lisp"]),
        (["leads.team_size", "employees.name"], [9, "Dee"]),
    ]
    for names, values in asked:
        wanted = tuple(columns[name] for name in names)
        assert of_leads.find(staff, wanted, tuple(values)) == of_leads.all(staff)
        assert of_leads.find(staff, wanted, (*values[:-1], "Ann")) == []


def test_none_is_equal_to_nothing(staff: Rows) -> None:
    of_leads = records(Lead)
    columns = {str(column): column for column in of_leads.place}
    asked = (columns["leads.team_size"], columns["employees.boss_id"])
    assert of_leads.find(staff, asked, (9, None)) == []


def test_those_of_classes_that_share_a_table_are_told_apart(staff: Rows) -> None:
    car, truck = staff.kept["vehicles"]
    assert list(records(Vehicle).all(staff)) == [car, truck]
    assert records(Car).all(staff) == [car]
    assert records(Truck).all(staff) == [truck]
    assert records(Car).by_key(staff, (1,)) == car
    assert records(Car).by_key(staff, (2,)) is None


@entity
class Shape:
    name: str
    id: int | None = None
    kind: str = field(init=False)


@entity
class Circle(Shape):
    radius: int = 0


@entity
class Wheel(Circle):
    spokes: int = 0


@pytest.fixture(scope="module")
def shapes() -> registry:
    made = registry()
    base = Table("shapes", made.metadata, *_columns("name", "kind"))
    circles = Table("circles", made.metadata, *_columns("radius", of=base))
    wheels = Table("wheels", made.metadata, *_columns("spokes", of=circles))
    map_entity(
        made,
        Shape,
        base,
        polymorphic_on=base.c.kind,
        polymorphic_identity="shape",
        with_polymorphic="*",
    )
    map_entity(made, Circle, circles, inherits=Shape, polymorphic_identity="circle")
    map_entity(made, Wheel, wheels, inherits=Circle, polymorphic_identity="wheel")
    configure_mappers()
    return made


def _columns(*names: str, of: Table | None = None) -> list[Column[Any]]:
    key = Column("id", Integer, *([] if of is None else [ForeignKey(of.c.id)]), primary_key=True)
    return [key, *(Column(name, String(20) if of is None else Integer) for name in names)]


@pytest.mark.usefixtures("shapes")
def test_tables_of_subclasses_that_come_with_the_base_are_filled_up_with_none() -> None:
    rows = Rows()
    rows.keep("shapes", 1, "dot", "shape")
    rows.keep("shapes", 2, "ring", "circle")
    rows.keep("shapes", 3, "bike", "wheel")
    rows.keep("circles", 2, 5)
    rows.keep("circles", 3, 6)
    rows.keep("wheels", 3, 32)
    of_shapes = records_of(inspect(Shape))
    dot, ring, bike = of_shapes.all(rows)
    assert dot == (100, 1, "dot", "shape", None, None, None, None, None, None)
    assert ring == (101, 2, "ring", "circle", 100, 2, 5, None, None, None)
    assert bike == (102, 3, "bike", "wheel", 101, 3, 6, 100, 3, 32)
    assert of_shapes.row(dot, of_shapes.tables[1]) is None
    spokes = next(column for column in of_shapes.place if column.name == "spokes")
    assert of_shapes.find(rows, (spokes,), (32,)) == [bike]


def test_a_join_by_something_else_than_equal_keys_is_refused() -> None:
    @entity
    class Base:
        id: int | None = None
        size: int = 0

    @entity
    class Sub(Base):
        more: int = 0

    made = registry()
    bases = Table("bases", made.metadata, Column("id", Integer, primary_key=True), Column("size", Integer))
    subs = Table("subs", made.metadata, Column("id", Integer, primary_key=True), Column("more", Integer))
    made.map_imperatively(Base, bases)
    made.map_imperatively(
        Sub,
        subs,
        inherits=Base,
        inherit_condition=bases.c.size == subs.c.id,
        properties={"sub_id": subs.c.id},
    )
    configure_mappers()
    with pytest.raises(MappingError, match="Sub is not joined to its base by equal keys"):
        records_of(inspect(Sub))
    made.dispose()
