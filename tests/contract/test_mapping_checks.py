"""What `map_entity` and `check_registry` refuse, what they warn of, and what they let pass."""

import enum
import gc
import warnings
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import attrs
import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    DateTime,
    Enum,
    FetchedValue,
    ForeignKey,
    Identity,
    Integer,
    Numeric,
    Sequence,
    String,
    Table,
    TypeDecorator,
    Uuid,
    create_engine,
    func,
    insert_sentinel,
    select,
)
from sqlalchemy.ext.mutable import MutableComposite
from sqlalchemy.orm import (
    Session,
    attribute_keyed_dict,
    backref,
    column_property,
    composite,
    deferred,
    registry,
    relationship,
    synonym,
)
from sqlalchemy.orm.collections import collection
from sqlalchemy.types import UserDefinedType

from unitofwork import SqlAlchemyDatabase
from unitofwork.adapters.orm import MappingWarning, check_registry, map_entity
from unitofwork.domain.entity import entity, value
from unitofwork.domain.errors import MappingError


@pytest.fixture
def mapping() -> Iterator[registry]:
    """A registry of the test's own; its classes leave with it, so that no later test sees their subclasses."""
    mapping = registry()
    yield mapping
    mapping.dispose()
    gc.collect()


def table_of(mapping: registry, name: str = "users", *columns: Column[Any] | CheckConstraint) -> Table:
    """A table with a surrogate key, and a ``name`` unless other columns are given."""
    return Table(
        name, mapping.metadata, Column("id", Integer, primary_key=True), *(columns or (Column("name", String(50)),))
    )


# --- the class ------------------------------------------------------------------------------------------------------


def test_an_entity_that_fits_its_table_is_mapped_without_a_warning(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    mapper = map_entity(mapping, User, table_of(mapping))
    check_registry(mapping)
    assert mapper.class_ is User
    assert User("sandy").name == "sandy"


def test_a_class_that_attrs_did_not_make_is_refused(mapping: registry) -> None:
    class User:
        id: int
        name: str

    with pytest.raises(MappingError, match="User is not an attrs class: decorate it with @entity") as refused:
        map_entity(mapping, User, table_of(mapping))
    assert refused.value.entity_type is User


def test_a_class_slotted_by_attrs_is_refused(mapping: registry) -> None:
    @attrs.define(eq=False)
    class User:
        name: str
        id: int | None = None

    with pytest.raises(MappingError, match=r"User is a slotted class.*slots=False"):
        map_entity(mapping, User, table_of(mapping))


def test_a_class_slotted_by_hand_is_refused(mapping: registry) -> None:
    @attrs.define(slots=False, eq=False, init=False)
    class User:
        __slots__ = ("__weakref__", "id", "name")
        id: int | None
        name: str

    with pytest.raises(MappingError, match=r"User is a slotted class.*slots=False"):
        map_entity(mapping, User, table_of(mapping))


def test_a_slotted_subclass_is_refused_though_its_base_has_a_dict(mapping: registry) -> None:
    @entity
    class Base:
        id: int | None = None

    @attrs.define(eq=False)
    class User(Base):
        name: str = ""

    with pytest.raises(MappingError, match=r"User is a slotted class.*slots=False"):
        map_entity(mapping, User, table_of(mapping))


def test_a_frozen_class_is_refused_and_frozen_fields_are_the_cure(mapping: registry) -> None:
    @attrs.frozen(slots=False, eq=False)
    class Frozen:
        name: str
        id: int | None = None

    table = table_of(mapping)
    with pytest.raises(MappingError, match=r"Frozen is frozen.*on_setattr=attrs\.setters\.frozen"):
        map_entity(mapping, Frozen, table)

    @entity
    class User:
        name: str = attrs.field(on_setattr=attrs.setters.frozen)
        id: int | None = None

    map_entity(mapping, User, table)
    user = User("sandy")
    with pytest.raises(attrs.exceptions.FrozenAttributeError):
        user.name = "squirrel"


@pytest.mark.parametrize("cached", [False, True])
def test_a_hash_made_by_attrs_is_refused(mapping: registry, cached: bool) -> None:
    @attrs.define(slots=False, unsafe_hash=True, cache_hash=cached)
    class User:
        name: str
        id: int | None = None

    with pytest.raises(MappingError, match=r"User is hashed by its attributes.*drop unsafe_hash and cache_hash"):
        map_entity(mapping, User, table_of(mapping))


def test_a_hash_that_a_base_has_from_attrs_is_refused(mapping: registry) -> None:
    @attrs.define(slots=False, unsafe_hash=True)
    class Base:
        id: int | None = None

    @entity
    class User(Base):
        name: str = ""

    with pytest.raises(MappingError, match="User is hashed by its attributes"):
        map_entity(mapping, User, table_of(mapping))


def test_a_handwritten_hash_over_the_key_is_refused(mapping: registry) -> None:
    @entity
    class User:
        name: str
        _id: int | None = None

        def __hash__(self) -> int:
            return hash((type(self), self._id))

    table = table_of(mapping)
    with pytest.raises(MappingError, match=r"User.__hash__ reads the key '_id'.*drop it"):
        map_entity(mapping, User, table, properties={"_id": table.c.id})


def test_a_handwritten_hash_that_does_not_read_the_key_passes(mapping: registry) -> None:
    """It calls the function ``id``, which has the key's name."""

    @entity
    class User:
        name: str
        id: int | None = None

        def __hash__(self) -> int:
            return id(self)

    map_entity(mapping, User, table_of(mapping))


def test_equality_by_value_is_warned_of(mapping: registry) -> None:
    @attrs.define(slots=False)
    class User:
        name: str
        id: int | None = None

    with pytest.warns(MappingWarning, match=r"User compares by value \(eq=True\).*use @entity") as warned:
        map_entity(mapping, User, table_of(mapping))
    assert warned[0].filename == __file__


def test_equality_by_value_that_a_base_brings_is_warned_of(mapping: registry) -> None:
    @attrs.define(slots=False)
    class Base:
        id: int | None = None

    @entity
    class User(Base):
        name: str = ""

    with pytest.warns(MappingWarning, match="User compares by value"):
        map_entity(mapping, User, table_of(mapping))


def test_handwritten_equality_is_the_authors_choice(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

        def __eq__(self, other: object) -> bool:
            return isinstance(other, User) and self.name == other.name

        def __hash__(self) -> int:
            return hash(self.name)

    map_entity(mapping, User, table_of(mapping))


def test_a_plain_subclass_of_an_entity_is_an_entity(mapping: registry) -> None:
    @entity
    class Base:
        name: str
        id: int | None = None

    class User(Base):
        pass

    map_entity(mapping, User, table_of(mapping))
    assert User("sandy").name == "sandy"


def test_mapping_a_class_twice_is_refused(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    table = table_of(mapping)
    map_entity(mapping, User, table)
    with pytest.raises(MappingError, match="User is mapped already"):
        map_entity(mapping, User, table)


def test_what_sqlalchemy_refuses_is_a_mapping_error_too(mapping: registry) -> None:
    @entity
    class User:
        name: str

    table = Table("users", mapping.metadata, Column("name", String))
    with pytest.raises(MappingError, match="could not assemble any primary key") as refused:
        map_entity(mapping, User, table)
    assert refused.value.entity_type is User
    assert "\n" not in str(refused.value)


# --- columns and fields ---------------------------------------------------------------------------------------------


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


@pytest.mark.parametrize("side", ["one", "many", "both"])
def test_a_foreign_key_behind_a_relationship_of_either_side_needs_no_field(mapping: registry, side: str) -> None:
    both = side == "both"

    @entity
    class User:
        name: str
        id: int | None = None

    @entity
    class Address:
        id: int | None = None

    users = table_of(mapping)
    addresses = table_of(mapping, "addresses", Column("user_id", ForeignKey("users.id")))
    many = {"addresses": relationship(Address, back_populates="user" if both else None)}
    one = {"user": relationship(User, back_populates="addresses" if both else None)}
    map_entity(mapping, Address, addresses, properties=one if side != "many" else {})
    map_entity(mapping, User, users, properties=many if side != "one" else {})
    check_registry(mapping)


def test_a_foreign_key_that_no_relationship_fills_is_refused_when_all_classes_are_known(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    @entity
    class Address:
        id: int | None = None

    map_entity(mapping, User, table_of(mapping))
    addresses = table_of(mapping, "addresses", Column("user_id", ForeignKey("users.id")))
    map_entity(mapping, Address, addresses, properties={"user": relationship(User, viewonly=True)})
    for _ in range(2):
        with pytest.raises(MappingError, match="no field names the foreign key user_id") as refused:
            check_registry(mapping)
        assert refused.value.entity_type is Address


def test_a_field_may_be_mapped_by_a_backref_of_a_class_mapped_before(mapping: registry) -> None:
    @entity
    class User:
        name: str
        addresses: list["Address"] = attrs.field(factory=list)
        followers: list["Address"] = attrs.field(factory=list)
        letters: list["Address"] = attrs.field(factory=list)
        id: int | None = None

    @entity
    class Address:
        user: User | None = None
        followed: User | None = None
        reader: User | None = None
        id: int | None = None

    keys = ("user_id", "followed_id", "reader_id")
    users = Table("users", mapping.metadata, Column("id", Integer, primary_key=True), Column("name", String))
    addresses = table_of(mapping, "addresses", *(Column(key, ForeignKey("users.id")) for key in keys))
    a = addresses.c
    map_entity(
        mapping,
        Address,
        addresses,
        properties={
            "user": relationship(User, backref="addresses", foreign_keys=a.user_id),
            "followed": relationship("User", backref=backref("followers"), foreign_keys=a.followed_id),
            "reader": relationship(lambda: User, backref="letters", foreign_keys=a.reader_id),
        },
    )
    map_entity(mapping, User, users)
    check_registry(mapping)


def test_a_backref_to_a_class_that_cannot_be_resolved_yet_maps_nothing(mapping: registry) -> None:
    @entity
    class User:
        name: str
        addresses: list["Address"] = attrs.field(factory=list)
        id: int | None = None

    @entity
    class Address:
        user: User | None = None
        id: int | None = None

    addresses = table_of(mapping, "addresses", Column("user_id", ForeignKey("users.id")))
    user = relationship(lambda: not_read_yet, backref="addresses")  # type: ignore[name-defined]  # noqa: F821
    map_entity(mapping, Address, addresses, properties={"user": user})
    with pytest.raises(MappingError, match=r"nothing maps the field addresses; .*back_populates="):
        map_entity(mapping, User, table_of(mapping))


def test_a_backref_to_another_class_maps_nothing_here(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    @entity
    class Address:
        user: User | None = None
        id: int | None = None

    @entity
    class Letter:
        addresses: list[Address] = attrs.field(factory=list)
        id: int | None = None

    addresses = table_of(mapping, "addresses", Column("user_id", ForeignKey("users.id")))
    letters = Table("letters", mapping.metadata, Column("id", Integer, primary_key=True))
    map_entity(mapping, Address, addresses, properties={"user": relationship(User, backref="addresses")})
    with pytest.raises(MappingError, match="nothing maps the field addresses"):
        map_entity(mapping, Letter, letters)


def test_a_class_may_be_mapped_to_a_query(mapping: registry) -> None:
    @entity
    class Length:
        id: int
        length: int

    table = table_of(mapping)
    lengths = select(table.c.id, func.length(table.c.name).label("length")).subquery()
    map_entity(mapping, Length, lengths)
    check_registry(mapping)


# --- unmapped= ------------------------------------------------------------------------------------------------------


def test_unmapped_names_fields_only(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    with pytest.raises(MappingError, match="User has no field 'cache' to leave unmapped; it has name, id"):
        map_entity(mapping, User, table_of(mapping), unmapped=["cache"])


def test_an_unmapped_field_must_not_be_mapped(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    with pytest.raises(MappingError, match=r"User\.id is mapped, and named in unmapped="):
        map_entity(mapping, User, table_of(mapping), unmapped=["id"])


def test_an_unmapped_field_needs_a_default(mapping: registry) -> None:
    @entity
    class User:
        name: str
        cache: dict[str, str]
        id: int | None = None

    with pytest.raises(
        MappingError, match=r"User\.cache is unmapped and has no default.*give it a default or a factory"
    ):
        map_entity(mapping, User, table_of(mapping), unmapped=["cache"])


# --- inheritance ----------------------------------------------------------------------------------------------------


def test_joined_inheritance_counts_what_the_parent_maps(mapping: registry) -> None:
    @entity
    class Employee:
        name: str
        id: int | None = None
        cache: str = ""

    @entity
    class Manager(Employee):
        bonus: int = 0

    employees = table_of(mapping, "employees", Column("name", String), Column("kind", String))
    managers = Table(
        "managers",
        mapping.metadata,
        Column("id", ForeignKey("employees.id"), primary_key=True),
        Column("bonus", Integer),
    )
    map_entity(
        mapping, Employee, employees, unmapped=["cache"], polymorphic_on=employees.c.kind, polymorphic_identity="e"
    )
    map_entity(mapping, Manager, managers, inherits=Employee, polymorphic_identity="m")
    check_registry(mapping)


def test_a_joined_table_may_name_its_key_otherwise(mapping: registry) -> None:
    @entity
    class Employee:
        name: str
        id: int | None = None

    @entity
    class Manager(Employee):
        bonus: int = 0

    employees = table_of(mapping, "employees", Column("name", String), Column("kind", String))
    key: Column[int] = Column("employee_id", ForeignKey("employees.id"), primary_key=True)
    managers = Table("managers", mapping.metadata, key, Column("bonus", Integer))
    map_entity(mapping, Employee, employees, polymorphic_on="kind", polymorphic_identity="e")
    map_entity(mapping, Manager, managers, inherits=Employee, polymorphic_identity="m")
    check_registry(mapping)


def test_a_joined_table_that_does_not_fit_is_refused(mapping: registry) -> None:
    @entity
    class Employee:
        name: str
        id: int | None = None

    @entity
    class Manager(Employee):
        _bonus: int = 0

    employees = table_of(mapping, "employees", Column("name", String), Column("kind", String))
    key: Column[int] = Column("id", ForeignKey("employees.id"), primary_key=True)
    managers = Table("managers", mapping.metadata, key, Column("bonus", Integer))
    mapper = map_entity(mapping, Employee, employees, polymorphic_on=employees.c.kind, polymorphic_identity="e")
    with pytest.raises(MappingError, match="the column bonus and nothing maps the field _bonus"):
        map_entity(mapping, Manager, managers, inherits=mapper, polymorphic_identity="m")


def test_classes_that_share_a_table_share_its_columns(mapping: registry) -> None:
    @entity
    class Employee:
        name: str
        id: int | None = None

    @entity
    class Manager(Employee):
        bonus: int = 0

    table = table_of(mapping, "employees", Column("name", String), Column("kind", String), Column("bonus", Integer))
    map_entity(mapping, Employee, table, polymorphic_on=table.c.kind, polymorphic_identity="e")
    map_entity(mapping, Manager, inherits=Employee, polymorphic_identity="m")
    check_registry(mapping)


def test_a_concrete_mapping_inherits_nothing(mapping: registry) -> None:
    @entity
    class Employee:
        name: str
        id: int | None = None

    @entity
    class Manager(Employee):
        bonus: int = 0

    map_entity(mapping, Employee, table_of(mapping, "employees"))
    managers = table_of(mapping, "managers", Column("bonus", Integer))
    with pytest.raises(MappingError, match="nothing maps the field name"):
        map_entity(mapping, Manager, managers, inherits=Employee, concrete=True)


# --- relationships --------------------------------------------------------------------------------------------------


def relate(mapping: registry, parent: type[Any], child: type[Any], *, many: Any, one: Any) -> None:
    """Map a parent of many children, and check."""
    parents = Table("parents", mapping.metadata, Column("id", Integer, primary_key=True))
    key: Column[int] = Column("parent_id", ForeignKey("parents.id"))
    children = Table("children", mapping.metadata, Column("id", Integer, primary_key=True), key)
    map_entity(mapping, parent, parents, properties={"children": many})
    map_entity(mapping, child, children, properties={"parent": one})
    check_registry(mapping)


@pytest.mark.parametrize(
    ("default", "explicit"),
    [
        (attrs.NOTHING, None),
        (attrs.Factory(list), None),
        (attrs.Factory(lambda: []), None),
        (attrs.Factory(lambda self: [], takes_self=True), None),
        (attrs.Factory(set), set),
        (attrs.Factory(dict), attribute_keyed_dict("id")),
    ],
)
def test_a_relationship_to_many_defaults_to_its_collection(mapping: registry, default: Any, explicit: Any) -> None:
    @entity
    class Parent:
        children: Any = attrs.field(default=default)
        id: int | None = attrs.field(default=None, kw_only=True)

    @entity
    class Child:
        parent: Parent | None = None
        id: int | None = None

    many = relationship(Child, back_populates="parent", collection_class=explicit)
    relate(mapping, Parent, Child, many=many, one=relationship(Parent, back_populates="children"))


@pytest.mark.parametrize(
    ("default", "collection", "at_once", "cure"),
    [
        (None, None, False, "list"),
        ((), None, False, "list"),
        (attrs.Factory(set), None, False, "list"),
        (None, set, True, "set"),
        (attrs.Factory(list), set, True, "set"),
        (attrs.Factory(list), attribute_keyed_dict("id"), True, "dict"),
    ],
)
def test_a_relationship_to_many_with_another_default_is_refused(
    mapping: registry, default: Any, collection: Any, at_once: bool, cure: str
) -> None:
    """Where the mapping does not say that it is to many, the mappers are configured first."""

    @entity
    class Parent:
        children: Any = attrs.field(default=default)
        id: int | None = None

    @entity
    class Child:
        parent: Parent | None = None
        id: int | None = None

    many = relationship(Child, back_populates="parent", collection_class=collection)
    with pytest.raises(MappingError, match=rf"Parent\.children relates to many.*factory={cure}"):
        relate(mapping, Parent, Child, many=many, one=relationship(Parent, back_populates="children"))
    assert len(mapping.mappers) == (0 if at_once else 2)


@pytest.mark.parametrize("lazy", ["dynamic", "write_only"])
def test_a_relationship_that_is_never_loaded_whole_is_to_many(mapping: registry, lazy: Any) -> None:
    @entity
    class Parent:
        children: Any = None
        id: int | None = None

    @entity
    class Child:
        parent: Parent | None = None
        id: int | None = None

    with pytest.raises(MappingError, match=r"Parent\.children relates to many.*factory=list"):
        relate(mapping, Parent, Child, many=relationship(Child, lazy=lazy), one=relationship(Parent))
    assert not mapping.mappers


class Bag:
    """A collection that is neither list nor set nor dict."""

    def __init__(self) -> None:
        self.kept: list[Any] = []

    @collection.appender  # type: ignore[untyped-decorator]  # by SQLAlchemy
    def put(self, item: Any) -> None:
        self.kept.append(item)

    @collection.remover  # type: ignore[untyped-decorator]  # by SQLAlchemy
    def take(self, item: Any) -> None:
        self.kept.remove(item)

    @collection.iterator  # type: ignore[untyped-decorator]  # by SQLAlchemy
    def each(self) -> Iterator[Any]:
        yield from self.kept


def test_a_collection_of_its_own_kind_is_the_authors_choice(mapping: registry) -> None:
    @entity
    class Parent:
        children: Any = attrs.field(factory=Bag)
        id: int | None = None

    @entity
    class Child:
        parent: Parent | None = None
        id: int | None = None

    bag: Any = Bag
    many = relationship(Child, back_populates="parent", collection_class=bag)
    relate(mapping, Parent, Child, many=many, one=relationship(Parent, back_populates="children"))


@pytest.mark.parametrize("explicit", [None, False])
def test_a_relationship_to_one_with_a_collection_as_default_is_refused(
    mapping: registry, explicit: bool | None
) -> None:
    @entity
    class Parent:
        children: list["Child"] = attrs.field(factory=list)
        id: int | None = None

    @entity
    class Child:
        parent: Any = attrs.field(factory=list)
        id: int | None = None

    one = relationship(Parent, back_populates="children", uselist=explicit)
    with pytest.raises(
        MappingError, match=r"Child\.parent relates to one, and its default is a list: write default=None"
    ):
        relate(mapping, Parent, Child, many=relationship(Child, back_populates="parent"), one=one)


def test_a_relationship_to_one_from_the_key_side_defaults_to_none(mapping: registry) -> None:
    @entity
    class Parent:
        children: "Child | None" = None
        id: int | None = None

    @entity
    class Child:
        parent: Parent | None = None
        id: int | None = None

    many = relationship(Child, back_populates="parent", uselist=False)
    relate(mapping, Parent, Child, many=many, one=relationship(Parent, back_populates="children"))


# --- converters -----------------------------------------------------------------------------------------------------


class Color(enum.Enum):
    RED = 1


def to_uuid(text: str) -> UUID:
    """A converter that says what it returns."""
    return UUID(text)


def to_whatever(text: str) -> "Unknown":  # type: ignore[name-defined]  # noqa: F821
    """A converter whose annotation cannot be read."""
    return text


def to_uuid_or_none(text: str | None) -> UUID | None:
    """A converter that says that it may return None."""
    return None if text is None else UUID(text)


def to_either(text: str) -> UUID | str:
    """A converter whose result may be of either type."""
    return text


def to_parts(text: str) -> list[UUID]:
    """A converter to a generic type."""
    return [UUID(text)]


def plain(text: str):  # type: ignore[no-untyped-def]
    """A converter that does not say what it returns."""
    return text


def with_field(text: str, field: object) -> UUID:
    """A converter that is given its field."""
    return UUID(text)


class Shouted(TypeDecorator[str]):
    impl = String
    cache_ok = True


CHANGING = [
    (UUID, String()),
    (to_uuid, String()),
    (to_uuid_or_none, String()),
    (attrs.converters.optional(UUID), String()),
    (attrs.converters.optional(to_uuid), String()),
    (attrs.converters.pipe(plain, UUID), String()),
    (attrs.converters.pipe(plain, attrs.converters.optional(to_uuid)), String()),
    (attrs.Converter(with_field, takes_field=True), String()),
    (attrs.converters.optional(attrs.Converter(with_field, takes_field=True)), String()),
    (float, Numeric(10, 2)),
]
KEEPING = [
    (str, String()),
    (str.strip, String()),
    (plain, String()),
    (to_whatever, String()),
    (to_either, String()),
    (to_parts, Uuid()),
    (to_parts, String()),
    (attrs.converters.optional(plain), String()),
    (attrs.converters.default_if_none(""), String()),
    (to_uuid, Uuid()),
    (Decimal, Numeric(10, 2)),
    (float, Numeric(10, 2, asdecimal=False)),
    (datetime.fromisoformat, DateTime()),
    (Color, Enum(Color)),
    (UUID, Shouted()),
]


@pytest.mark.parametrize(("converter", "type_"), CHANGING)
def test_a_converter_that_changes_the_stored_type_is_warned_of(mapping: registry, converter: Any, type_: Any) -> None:
    @entity
    class User:
        name: Any = attrs.field(default=None, converter=converter)
        id: int | None = None

    with pytest.warns(MappingWarning, match=r"User\.name is converted to \w+, but loaded as \w+: .*TypeDecorator"):
        map_entity(mapping, User, table_of(mapping, "users", Column("name", type_)))


@pytest.mark.parametrize(("converter", "type_"), KEEPING)
def test_a_converter_that_keeps_the_stored_type_or_does_not_tell_passes(
    mapping: registry, converter: Any, type_: Any
) -> None:
    @entity
    class User:
        name: Any = attrs.field(default=None, converter=converter)
        id: int | None = None

    map_entity(mapping, User, table_of(mapping, "users", Column("name", type_)))


# --- composites -----------------------------------------------------------------------------------------------------


def place_with(mapping: registry, value_type: Any, **options: Any) -> type[Any]:
    """Map a place whose composite is of the given type."""

    @entity
    class Place:
        at: Any = None
        id: int | None = None

    table = table_of(mapping, "places", Column("x", Integer), Column("y", Integer))
    map_entity(mapping, Place, table, properties={"at": composite(value_type, table.c.x, table.c.y, **options)})
    return Place


def reloaded(mapping: registry, place: Any) -> Any:
    """The place as another session loads it."""
    engine = create_engine("sqlite://")
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(place)
        session.commit()
    with Session(engine) as session:
        at = session.scalars(select(type(place))).one().at
    engine.dispose()
    return at


def test_a_value_object_needs_no_accessor(mapping: registry) -> None:
    @value
    class Point:
        x: int
        y: int

    place = place_with(mapping, Point)
    assert reloaded(mapping, place(Point(1, 2))) == Point(1, 2)


def test_an_accessor_of_its_own_is_kept(mapping: registry) -> None:
    """Even one that gives the values in another order than attrs would."""

    @value
    class Point:
        y: int
        x: int

        def __composite_values__(self) -> tuple[int, int]:
            return self.y + 10, self.x

    place = place_with(mapping, Point)
    assert reloaded(mapping, place(Point(1, 2))) == Point(11, 2)


def test_a_function_may_make_the_values(mapping: registry) -> None:
    def pair(x: int, y: int) -> Any:
        return type("Pair", (), {"__composite_values__": lambda self: (x, y)})()

    place = place_with(mapping, pair)
    assert reloaded(mapping, place(pair(1, 2))).__composite_values__() == (1, 2)


def test_columns_that_are_all_null_load_as_none(mapping: registry) -> None:
    @value
    class Point:
        x: int
        y: int

    place = place_with(mapping, Point)
    assert reloaded(mapping, place(None)) is None


def test_when_a_composite_is_none_may_be_said(mapping: registry) -> None:
    @value
    class Point:
        x: int | None
        y: int | None

    place = place_with(mapping, Point, return_none_on=None)
    assert reloaded(mapping, place(Point(None, None))) == Point(None, None)


def test_a_composite_may_be_none_on_the_callers_own_terms(mapping: registry) -> None:
    @value
    class Point:
        x: int
        y: int

    place = place_with(mapping, Point, return_none_on=lambda x, y: x == 0)
    assert reloaded(mapping, place(Point(0, 1))) is None


def test_a_value_object_may_compute_fields(mapping: registry) -> None:
    @value
    class Point:
        x: int
        y: int
        sum: int = attrs.field(init=False, default=0)

    place = place_with(mapping, Point)
    assert reloaded(mapping, place(Point(1, 2))) == Point(1, 2)


def test_a_value_object_must_take_its_values_by_position(mapping: registry) -> None:
    @value(kw_only=True)
    class Point:
        x: int
        y: int

    with pytest.raises(MappingError, match=r"Place\.at has 2 columns, and Point takes 0 values by position"):
        place_with(mapping, Point)


def test_a_value_object_that_can_change_is_refused(mapping: registry) -> None:
    @attrs.define
    class Point:
        x: int
        y: int

    with pytest.raises(MappingError, match=r"Place\.at is a Point, whose changes would not be noticed.*@value"):
        place_with(mapping, Point)


def test_a_mutable_composite_notices_its_changes(mapping: registry) -> None:
    @attrs.define(slots=False, eq=False)
    class Point(MutableComposite):
        x: int
        y: int

    place_with(mapping, Point)


def test_a_value_object_must_take_as_many_values_as_it_has_columns(mapping: registry) -> None:
    @value
    class Point:
        x: int
        y: int
        z: int = 0

    with pytest.raises(MappingError, match=r"Place\.at has 2 columns, and Point takes 3 values"):
        place_with(mapping, Point)


# --- the registry ---------------------------------------------------------------------------------------------------


def test_an_unmapped_subclass_is_named_at_start_up(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    @entity
    class Admin(User):
        rights: str = ""

    class Root(Admin):
        pass

    map_entity(mapping, User, table_of(mapping))
    with pytest.warns(MappingWarning) as warned:
        check_registry(mapping)
    assert [str(each.message).split(",")[0] for each in warned] == ["Admin is not mapped", "Root is not mapped"]
    assert warned[0].filename == __file__


def test_checking_again_costs_nothing_until_a_class_is_added(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    class Admin(User):
        pass

    map_entity(mapping, User, table_of(mapping))
    with pytest.warns(MappingWarning, match="Admin"):
        check_registry(mapping)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_registry(mapping)

    @entity
    class Other:
        name: str
        id: int | None = None

    map_entity(mapping, Other, table_of(mapping, "others"))
    with pytest.warns(MappingWarning, match="Admin"):
        check_registry(mapping)


def test_what_sqlalchemy_finds_when_it_configures_is_a_mapping_error(mapping: registry) -> None:
    @entity
    class User:
        name: str
        friend: Any = None
        id: int | None = None

    map_entity(mapping, User, table_of(mapping), properties={"friend": relationship("Nobody")})
    with pytest.raises(MappingError, match="Nobody") as refused:
        check_registry(mapping)
    assert "\n" not in str(refused.value)
    assert refused.value.__cause__ is not None


def test_classes_mapped_by_other_means_are_left_alone(mapping: registry) -> None:
    class Plain:
        pass

    @entity
    class User(Plain):
        name: str
        plains: list[Plain] = attrs.field(factory=list)

    plains = table_of(mapping, "plains", Column("kind", String), Column("owner_id", ForeignKey("users.plain_id")))
    key: Column[int] = Column("plain_id", ForeignKey("plains.id"), primary_key=True)
    mapping.map_imperatively(
        Plain,
        plains,
        polymorphic_on=plains.c.kind,
        properties={"owner": relationship("User", foreign_keys=plains.c.owner_id, back_populates="plains")},
    )
    map_entity(
        mapping,
        User,
        Table("users", mapping.metadata, key, Column("name", String)),
        properties={"plains": relationship(Plain, foreign_keys=plains.c.owner_id, back_populates="owner")},
        inherits=Plain,
        inherit_condition=key == plains.c.id,
        polymorphic_identity="u",
    )
    check_registry(mapping)


def test_a_checked_registry_is_not_kept_alive() -> None:
    """The checks remember mappers weakly, or a program that maps anew in each test would grow."""
    import weakref

    def map_and_check() -> "weakref.ref[registry]":
        @entity
        class User:
            name: str
            id: int | None = None

        mapping = registry()
        map_entity(mapping, User, table_of(mapping))
        check_registry(mapping)
        mapping.dispose()
        return weakref.ref(mapping)

    reference = map_and_check()
    gc.collect()
    assert reference() is None


# --- arguments, and what a failure leaves -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"mapping": 5}, "takes a sqlalchemy.orm.registry first, not one of type int"),
        ({"entity_type": 5}, "takes a class to be mapped, not something of type int"),
        ({"table": "users"}, "User cannot be mapped: its table is of type str: give the sqlalchemy.Table itself"),
        ({"table": Integer}, "its table is the class Integer"),
        ({"properties": {"name": 5}}, "properties= gives 'name' something of type int"),
        ({"properties": {"name": "name"}}, "properties= gives 'name' something of type str"),
        ({"properties": {"name": []}}, "properties= gives 'name' something of type list"),
        ({"properties": ["name"]}, "properties= is of type list: give attributes by name"),
        ({"polymorphic_no": "kind"}, "there is no option polymorphic_no; there are .*polymorphic_on, "),
        ({"unmapped": 5}, "User cannot be mapped: TypeError, "),
        ({"exclude_properties": 5}, "User cannot be mapped: TypeError, "),
    ],
    ids=str,
)
def test_arguments_of_another_kind_are_refused_by_a_sentence(
    mapping: registry, given: dict[str, Any], text: str
) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    table = table_of(mapping)
    arguments: dict[str, Any] = {"mapping": mapping, "entity_type": User, "table": table, **given}
    with pytest.raises(MappingError, match=text):
        map_entity(**arguments)
    map_entity(mapping, User, table)


def test_one_unmapped_field_may_be_named_alone(mapping: registry) -> None:
    @entity
    class User:
        name: str
        cache: str = ""
        id: int | None = None

    map_entity(mapping, User, table_of(mapping), unmapped="cache")


def test_a_factory_that_raises_is_named(mapping: registry) -> None:
    def fail() -> list[Any]:
        raise RuntimeError("not now")

    @entity
    class User:
        name: str
        friends: list[Any] = attrs.field(factory=fail)
        id: int | None = None

    with pytest.raises(MappingError, match=r"User\.friends has a factory that raises RuntimeError") as refused:
        map_entity(mapping, User, table_of(mapping), properties={"friends": relationship("User", uselist=True)})
    assert isinstance(refused.value.__cause__, RuntimeError)


def test_a_converter_passes_where_the_column_does_not_tell_what_it_gives_back(mapping: registry) -> None:
    class Point(UserDefinedType[Any]):
        @property
        def python_type(self) -> type[Any]:
            raise NotImplementedError

    @entity
    class Place:
        at: Any = attrs.field(default=None, converter=UUID)
        id: int | None = None

    map_entity(mapping, Place, table_of(mapping, "places", Column("at", Point())))


def test_a_class_can_be_mapped_after_its_mapping_failed_for_want_of_a_key(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    keyless = Table("keyless", mapping.metadata, Column("name", String), Column("id", Integer))
    for _ in range(2):
        with pytest.raises(MappingError, match="could not assemble any primary key"):
            map_entity(mapping, User, keyless)
    assert User("sandy").name == "sandy"
    assert_is_kept(mapping, User, map_entity(mapping, User, table_of(mapping)))


def test_a_class_can_be_mapped_after_a_property_was_refused(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    table, other = table_of(mapping), table_of(mapping, "others")
    with pytest.raises(MappingError):
        map_entity(mapping, User, table, properties={"name": table.c.name, "alias": synonym("name", map_column=True)})
    with pytest.raises(MappingError):
        map_entity(mapping, User, table, properties={"name": [table.c.name, other.c.name]}, primary_key=[other.c.id])
    assert_is_kept(mapping, User, map_entity(mapping, User, table))


@pytest.mark.parametrize("wrong", [{"polymorphic_load": "never"}, {"version_id_col": 5}], ids=str)
def test_a_subclass_whose_mapping_failed_is_unknown_to_its_base(mapping: registry, wrong: dict[str, Any]) -> None:
    @entity
    class Person:
        name: str
        id: int | None = None

    @entity
    class Engineer(Person):
        pass

    people = table_of(mapping, "people", Column("name", String), Column("kind", String))
    base = map_entity(mapping, Person, people, polymorphic_on="kind", polymorphic_identity="person")
    with pytest.raises(MappingError) as refused:
        map_entity(mapping, Engineer, inherits=Person, polymorphic_identity="engineer", **wrong)
    assert [mapper.class_ for mapper in base.self_and_descendants] == [Person]
    mapper = map_entity(mapping, Engineer, inherits=Person, polymorphic_identity="engineer")
    assert refused.value.entity_type is Engineer
    assert list(base.self_and_descendants) == [base, mapper]
    assert_is_kept(mapping, Engineer, mapper)


def assert_is_kept(mapping: registry, entity_type: Any, mapper: Any) -> None:
    """The class is mapped as any other."""
    check_registry(mapping)
    assert mapper in mapping.mappers
    engine = create_engine("sqlite://")
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(entity_type("sandy"))
        session.commit()
        assert type(session.scalars(select(entity_type)).one()) is entity_type
    engine.dispose()


def test_the_warning_of_an_unmapped_subclass_points_at_the_application(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    class Admin(User):
        pass

    map_entity(mapping, User, table_of(mapping))
    with pytest.warns(MappingWarning, match="Admin is not mapped") as warned:
        SqlAlchemyDatabase("sqlite://", mapping).dispose()
    assert warned[0].filename == __file__


# --- defaults that would be stored ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "field",
    [
        attrs.field(default="person"),
        attrs.field(default="person", init=False),
        attrs.field(factory=lambda: "engineer"),
        attrs.field(default=None),
    ],
    ids=["another", "another, set by attrs alone", "factory", "none"],
)
def test_a_default_that_would_replace_what_says_the_row_s_class_is_refused(mapping: registry, field: Any) -> None:
    @entity
    class Person:
        name: str
        id: int | None = None

    @entity
    class Engineer(Person):
        kind: Any = field

    people = table_of(mapping, "people", Column("name", String), Column("kind", String))
    map_entity(mapping, Person, people, polymorphic_on=people.c.kind, polymorphic_identity="person")
    with pytest.raises(MappingError, match=r"Engineer\.kind says .*: drop the field, or write field\(init=False\)"):
        map_entity(mapping, Engineer, inherits=Person, polymorphic_identity="engineer")
    with pytest.raises(MappingError, match=r"Engineer\.kind says "):
        map_entity(mapping, Engineer, inherits=Person, polymorphic_identity="engineer")


def test_a_default_that_a_subclass_inherits_is_refused_there(mapping: registry) -> None:
    """In a joined table too, and under a name of its own."""

    @entity
    class Person:
        name: str
        kind: str = "person"
        id: int | None = None

    @entity
    class Engineer(Person):
        pass

    people = table_of(mapping, "people", Column("name", String), Column("type", String))
    engineers = Table("engineers", mapping.metadata, Column("id", ForeignKey("people.id"), primary_key=True))
    base = map_entity(
        mapping,
        Person,
        people,
        properties={"kind": people.c.type},
        polymorphic_on=people.c.type,
        polymorphic_identity="person",
    )
    with pytest.raises(MappingError, match=r"Engineer\.kind says "):
        map_entity(mapping, Engineer, engineers, inherits=Person, polymorphic_identity="engineer")
    assert list(base.self_and_descendants) == [base]


def test_a_field_may_show_what_says_the_row_s_class(mapping: registry) -> None:
    @entity
    class Person:
        name: str
        kind: str = attrs.field(init=False)
        id: int | None = None

    @entity
    class Engineer(Person):
        pass

    @entity
    class Driver(Person):
        kind: str = "driver"

    people = table_of(mapping, "people", Column("name", String), Column("kind", String))
    map_entity(mapping, Person, people, polymorphic_on="kind", polymorphic_identity="person")
    for each in (Engineer, Driver):
        map_entity(mapping, each, inherits=Person, polymorphic_identity=each.__name__.lower())
    assert (Person("sandy").kind, Engineer("sandy").kind, Driver("sandy").kind) == ("person", "engineer", "driver")
    engine = create_engine("sqlite://")
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Engineer("sandy"), Driver("larry"), Person("patrick")])
        session.commit()
        assert {type(each) for each in session.scalars(select(Person))} == {Person, Engineer, Driver}
    engine.dispose()


def test_the_class_of_a_row_may_be_told_by_an_expression(mapping: registry) -> None:
    @entity
    class Person:
        name: str = "nobody"
        id: int | None = None

    people = table_of(mapping, "people")
    map_entity(mapping, Person, people, polymorphic_on=func.substr(people.c.name, 1, 1), polymorphic_identity="p")


@pytest.mark.parametrize("given", [{"default": "waytoolong"}, {"onupdate": "waytoolong"}, {"default": 5}], ids=str)
@pytest.mark.parametrize("excluded", [(), ("name",)], ids=["mapped", "excluded"])
def test_a_column_s_constant_default_must_fit_the_column(mapping: registry, given: Any, excluded: Any) -> None:
    @entity
    class User:
        id: int | None = None

    @entity
    class Named(User):
        name: str | None = None

    table = table_of(mapping, "users", Column("name", String(5), **given))
    with pytest.raises(MappingError, match=r"constant of the column name .*takes (at most 5 characters|str, not int)"):
        map_entity(mapping, User if excluded else Named, table, exclude_properties=excluded)


def test_a_column_s_default_that_fits_or_is_computed_passes(mapping: registry) -> None:
    @entity
    class User:
        name: str | None = None
        nick: str | None = None
        number: int | None = None
        id: int | None = None

    columns: list[Column[Any]] = [
        Column("name", String(5), default="sandy", onupdate="other"),
        Column("nick", String(5), default=lambda: "waytoolong"),
        Column("number", Integer, default=func.random()),
    ]
    map_entity(mapping, User, table_of(mapping, "users", *columns))
