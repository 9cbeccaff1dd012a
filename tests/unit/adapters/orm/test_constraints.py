"""Constraints found again from what a database says of them, under the names that PostgreSQL gives."""

from collections.abc import Iterator

import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import registry

from unitofwork.adapters.orm.constraints import (
    constraint_name,
    entity_of,
    find_check,
    find_foreign_key,
    find_unique,
)
from unitofwork.adapters.orm.mapping import map_entity
from unitofwork.domain.entity import entity


def names(table: Table) -> set[str]:
    inside = {constraint for column in table.columns for constraint in column.constraints}
    return {constraint_name(each) for each in table.constraints | inside}


def test_a_constraint_keeps_its_own_name() -> None:
    table = Table(
        "users",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("name", String),
        UniqueConstraint("name", name="one_name"),
        CheckConstraint("name <> ''", name="named"),
    )
    assert names(table) == {"users_pkey", "one_name", "named"}


def test_a_naming_convention_is_followed() -> None:
    metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s", "uq": "uq_%(table_name)s_%(column_0_name)s"})
    table = Table("users", metadata, Column("id", Integer, primary_key=True), Column("name", String, unique=True))
    assert names(table) == {"pk_users", "uq_users_name"}


def test_constraints_without_a_name_get_postgresqls() -> None:
    """PostgreSQL 15 gave these names to this very table."""
    metadata = MetaData()
    Table("users", metadata, Column("id", Integer, primary_key=True))
    table = Table(
        "addresses",
        metadata,
        Column("id", Integer, CheckConstraint("id > 0"), primary_key=True),
        Column("user_id", ForeignKey("users.id")),
        Column("street", String),
        Column("number", Integer),
        UniqueConstraint("street", "number"),
        CheckConstraint("number > 0"),
        CheckConstraint("number < 1000 AND street <> 'number'"),
        CheckConstraint("number <> 13"),
        CheckConstraint("street <> 'id'"),
        CheckConstraint("1 = 1"),
        CheckConstraint("2 = 2"),
    )
    table.append_constraint(CheckConstraint(table.c.number != 17))
    table.append_constraint(ForeignKeyConstraint(["number"], ["users.id"]))
    assert names(table) == {
        "addresses_pkey",
        "addresses_user_id_fkey",
        "addresses_number_fkey",
        "addresses_street_number_key",
        "addresses_id_check",
        "addresses_number_check",
        "addresses_number_check1",
        "addresses_number_check2",
        "addresses_street_check",
        "addresses_check",
        "addresses_check1",
        "addresses_check2",
    }


def test_an_index_and_an_exclusion_without_a_name_get_postgresqls() -> None:
    table = Table("rooms", MetaData(), Column("id", Integer, primary_key=True), Column("during", String))
    exclusion = ExcludeConstraint((table.c.during, "&&"))
    table.append_constraint(exclusion)
    assert constraint_name(exclusion) == "rooms_during_excl"
    assert constraint_name(Index(None, table.c.during)) == "ix_rooms_during"  # which SQLAlchemy chooses


@pytest.mark.parametrize(
    ("table_name", "column", "expected"),
    [
        ("t" * 70, "c", "t" * 57 + "_c_key"),
        ("t", "c" * 63, "t_" + "c" * 57 + "_key"),
        ("t" * 50, "c" * 50, "t" * 29 + "_" + "c" * 29 + "_key"),
        ("t" * 50, "c" * 20, "t" * 38 + "_" + "c" * 20 + "_key"),
        ("ä" * 31, "ö" * 31, "ä" * 14 + "_" + "ö" * 14 + "_key"),
    ],
)
def test_long_names_are_cut_as_postgresql_cuts_them(table_name: str, column: str, expected: str) -> None:
    unique = UniqueConstraint(column)
    Table(table_name, MetaData(), Column("id", Integer, primary_key=True), Column(column, String), unique)
    assert constraint_name(unique) == expected
    assert len(expected.encode()) <= 63


def test_names_that_are_the_same_once_cut_are_numbered() -> None:
    column = "c" * 60
    rules = [
        UniqueConstraint(column),
        UniqueConstraint(column, "id"),
        CheckConstraint("id > 0", name="t_check"),
        CheckConstraint("1 = 1"),
    ]
    Table("t", MetaData(), Column("id", Integer, primary_key=True), Column(column, String), *rules)
    cut = "t_" + "c" * 57
    assert [constraint_name(rule) for rule in rules] == [f"{cut}_key", f"{cut[:-1]}_key1", "t_check", "t_check1"]


@pytest.fixture
def users() -> Table:
    return Table(
        "users",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("mail", String, unique=True),
        Column("name", String, key="called"),
        Column("boss_id", ForeignKey("users.id")),
        Column("town", String, ForeignKey("towns.name"), ForeignKey("cities.name"), index=True),
        Column("nick", String, unique=True, index=True),
        UniqueConstraint("called", "town"),
        CheckConstraint("name  <>\n 'x'"),
        CheckConstraint("length(mail) > 3", name="long_enough"),
        Index("lower_mail", func.lower(Column("mail")), unique=True),
    )


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("id",), "users_pkey"),
        (("mail",), "users_mail_key"),
        (("name", "town"), "users_name_town_key"),
        (("town", "name"), "users_name_town_key"),
        (("nick",), "ix_users_nick"),
        (("name",), None),
        (("town",), None),
        (("id", "mail"), None),
        ((), None),
    ],
)
def test_what_is_unique_is_found_by_its_columns(users: Table, columns: tuple[str, ...], expected: str | None) -> None:
    assert find_unique(users, columns) == expected


def test_a_foreign_key_is_found_by_its_columns(users: Table) -> None:
    for other in ("towns", "cities"):
        Table(other, users.metadata, Column("name", String, primary_key=True))
    assert find_foreign_key(users, ["boss_id"]) == "users_boss_id_fkey"
    assert find_foreign_key(users, ["boss_id"], "users") == "users_boss_id_fkey"
    assert find_foreign_key(users, ["boss_id"], "towns") is None
    assert find_foreign_key(users, ["town"], "towns") == "users_town_fkey"
    assert find_foreign_key(users, ["town"], "cities") == "users_town_fkey1"
    assert find_foreign_key(users, ["mail"]) is None


def test_a_check_is_found_by_its_name_or_its_text(users: Table) -> None:
    users.append_constraint(CheckConstraint(users.c.called != "y"))
    assert find_check(users, "long_enough") == "long_enough"
    assert find_check(users, "name <> 'x'") == "users_name_check"
    assert find_check(users, "name != 'y'") == "users_name_check1"
    assert find_check(users, "users_name_check") == "users_name_check"
    assert find_check(users, "length(mail) > 3") is None  # SQLite tells the name of one that has one
    assert find_check(users, "other") is None


@entity
class Employee:
    name: str
    id: int | None = None


@entity
class Manager(Employee):
    bonus: int = 0


@entity
class Clerk(Employee):
    pass


@pytest.fixture
def mapping() -> Iterator[registry]:
    mapping = registry()
    employees = Table(
        "employees",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String),
        Column("kind", String),
        schema="staff",
    )
    managers = Table(
        "managers",
        mapping.metadata,
        Column("id", ForeignKey("staff.employees.id"), primary_key=True),
        Column("bonus", Integer),
    )
    map_entity(mapping, Employee, employees, polymorphic_on=employees.c.kind, polymorphic_identity="e")
    map_entity(mapping, Manager, managers, inherits=Employee, polymorphic_identity="m")
    map_entity(mapping, Clerk, inherits=Employee, polymorphic_identity="c")
    yield mapping
    mapping.dispose()


@pytest.mark.parametrize(
    ("table", "expected"),
    [("employees", Employee), ("staff.employees", Employee), ("managers", Manager), ("others", None)],
)
def test_the_entity_of_a_table_is_the_class_that_first_has_it(
    mapping: registry, table: str, expected: type | None
) -> None:
    assert entity_of(mapping, table) is expected


def test_a_class_that_is_mapped_to_a_join_is_no_tables_entity() -> None:
    @entity
    class Both:
        name: str
        title: str
        id: int | None = None

    mapping = registry()
    key: Column[int] = Column("id", Integer, primary_key=True)
    names = Table("names", mapping.metadata, key, Column("name", String))
    titles = Table(
        "titles", mapping.metadata, Column("id", ForeignKey("names.id"), primary_key=True), Column("title", String)
    )
    map_entity(mapping, Both, names.join(titles), properties={"id": [titles.c.id, names.c.id]})
    assert entity_of(mapping, "names") is None
    mapping.dispose()
