"""Columns that no field names and fields that nothing maps are refused, both lists shown."""

import attrs
import pytest
from sqlalchemy import (
    Column,
    Computed,
    DateTime,
    FetchedValue,
    Identity,
    Integer,
    Sequence,
    String,
    Table,
    func,
    insert_sentinel,
    select,
)
from sqlalchemy.orm import column_property, composite, deferred, registry, synonym

from unitofwork.adapters.orm import check_registry, map_entity
from unitofwork.domain.entity import entity, value
from unitofwork.domain.errors import MappingError

from ..mapping_checks.tables import table_of

pytestmark = pytest.mark.row("M")


def test_a_field_and_a_column_of_almost_the_same_name_are_refused_together(mapping: registry) -> None:
    @entity
    class User:
        _name: str
        id: int | None = None

    table = table_of(mapping)
    with pytest.raises(MappingError) as refused:
        map_entity(mapping, User, table)
    assert str(refused.value) == (
        "User does not fit its table: no field names the column name and nothing maps the field _name;"
        ' write properties={"_name": table.c.name}'
    )
    assert refused.value.columns == ("name",)
    map_entity(mapping, User, table, properties={"_name": table.c.name})


def test_each_cure_is_shown_for_what_it_cures(mapping: registry) -> None:
    @entity
    class User:
        _name: str
        friends: int = 0
        id: int | None = None

    table = table_of(mapping, "users", Column("name", String), Column("age", Integer))
    with pytest.raises(MappingError) as refused:
        map_entity(mapping, User, table)
    cures = str(refused.value).split("; ")[1:]
    assert cures[:2] == [
        'write properties={"_name": table.c.name}',
        "give User a field for each column, or leave them out by exclude_properties=['age']",
    ]
    assert cures[2].startswith("map each field in properties=")


def test_every_column_without_a_field_is_shown(mapping: registry) -> None:
    @entity
    class User:
        id: int | None = None

    table = table_of(mapping, "users", Column("name", String), Column("age", Integer))
    with pytest.raises(
        MappingError, match=r"no field names the columns name, age; .*exclude_properties=\['name', 'age'\]"
    ):
        map_entity(mapping, User, table)
    map_entity(mapping, User, table, exclude_properties=["name", table.c.age])


def test_include_properties_leaves_the_other_columns_out(mapping: registry) -> None:
    @entity
    class User:
        id: int | None = None

    map_entity(mapping, User, table_of(mapping), include_properties=["id"])


def test_a_column_prefix_names_the_fields(mapping: registry) -> None:
    @entity
    class User:
        _name: str
        _id: int | None = None

    map_entity(mapping, User, table_of(mapping), column_prefix="_")


def test_fields_that_nothing_maps_are_shown_with_their_cures(mapping: registry) -> None:
    @entity
    class User:
        name: str
        cache: dict[str, str] = attrs.field(factory=dict)
        friend: "User | None" = None
        id: int | None = None

    table = table_of(mapping)
    with pytest.raises(MappingError, match=r"nothing maps the fields cache, friend; .*back_populates= .*unmapped="):
        map_entity(mapping, User, table)
    map_entity(mapping, User, table, unmapped=["cache", "friend"])


def test_columns_that_the_database_fills_need_no_field(mapping: registry) -> None:
    @entity
    class User:
        name: str

    table = table_of(
        mapping,
        "users",
        Column("name", String),
        Column("created", DateTime, server_default=func.now()),
        Column("changed", DateTime, server_onupdate=FetchedValue()),
        Column("ticket", Integer, Sequence("tickets")),
        insert_sentinel("sentinel"),
        Column("length", Integer, Computed("length(name)")),
        Column("number", Integer, Identity()),
        Column("written", DateTime, default=func.now()),
    )
    map_entity(mapping, User, table)


def test_a_default_in_python_does_not_replace_a_field(mapping: registry) -> None:
    @entity
    class User:
        id: int | None = None

    with pytest.raises(MappingError, match="no field names the column name"):
        map_entity(mapping, User, table_of(mapping, "users", Column("name", String, default="anonymous")))


def test_a_key_that_the_application_gives_needs_a_field(mapping: registry) -> None:
    @entity
    class Country:
        name: str

    table = Table("countries", mapping.metadata, Column("code", String(2), primary_key=True), Column("name", String))
    with pytest.raises(MappingError, match="no field names the column code"):
        map_entity(mapping, Country, table)


def test_a_version_column_needs_no_field(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    table = table_of(mapping, "users", Column("name", String), Column("version", Integer, nullable=False))
    map_entity(mapping, User, table, version_id_col=table.c.version)


def test_columns_of_composites_and_column_properties_need_no_field(mapping: registry) -> None:
    @value
    class Point:
        x: int
        y: int

    @entity
    class Place:
        at: Point
        _note: str = ""
        id: int | None = None

    table = table_of(mapping, "places", *(Column(name, Integer) for name in "xy"), Column("note", String))
    map_entity(
        mapping,
        Place,
        table,
        properties={
            "at": composite(Point, table.c.x, table.c.y),
            "_note": deferred(table.c.note),
            "note": synonym("_note"),
            "sum": column_property(table.c.x + table.c.y),
        },
    )


def test_a_composite_may_name_attributes(mapping: registry) -> None:
    @value
    class Point:
        x: int
        y: int

    @entity
    class Place:
        at: Point
        id: int | None = None

    table = table_of(mapping, "places", Column("x", Integer), Column("y", Integer))
    with pytest.raises(MappingError, match="no field names the column y;"):
        map_entity(mapping, Place, table, properties={"at": composite(Point, "x", table.c.x)})
    map_entity(mapping, Place, table, properties={"at": composite(Point, "x", "y")})
    check_registry(mapping)


def test_a_class_may_be_mapped_to_a_query(mapping: registry) -> None:
    @entity
    class Length:
        id: int
        length: int

    table = table_of(mapping)
    lengths = select(table.c.id, func.length(table.c.name).label("length")).subquery()
    map_entity(mapping, Length, lengths)
    check_registry(mapping)
