"""How the proof's entities are kept: the tables with their rules, and the mapping."""

from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Enum,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    Interval,
    LargeBinary,
    Numeric,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import attribute_keyed_dict, composite, deferred, registry, relationship

from properties.twin.entities import (
    Address,
    Badge,
    Car,
    Colour,
    Desk,
    Employee,
    Engineer,
    InOrder,
    Item,
    Manager,
    Node,
    Note,
    Order,
    Pet,
    Profile,
    Sample,
    Tag,
    Team,
    Truck,
    User,
    Vehicle,
)
from unitofwork import map_entity

OWNED = "all, delete-orphan"


@cache
def mapping() -> registry:
    """Map the entities, once."""
    made = registry()
    _map_users(made)
    _map_nodes(made)
    _map_staff(made)
    _map_orders(made)
    _map_samples(made)
    return made


def _table(made: registry, name: str, *parts: Any) -> Table:
    """A table with a generated key, which is never used again."""
    return Table(name, made.metadata, Column("id", Integer, primary_key=True), *parts, sqlite_autoincrement=True)


def _to_user(**how: Any) -> Column[int]:
    ondelete = how.pop("ondelete", None)
    return Column("user_id", ForeignKey("users.id", ondelete=ondelete), **how)


def _map_users(made: registry) -> None:
    teams = _table(
        made,
        "teams",
        Column("name", String(8), nullable=False, unique=True),
        Column("version", Integer, nullable=False),
    )
    users = _table(
        made,
        "users",
        Column("name", String(8), nullable=False, unique=True),
        Column("fullname", String(20)),
        Column("age", Integer),
        Column("team_id", ForeignKey("teams.id")),
        CheckConstraint("age >= 0", name="age_is_not_negative"),
        UniqueConstraint("fullname", "age", name="one_of_an_age"),
    )
    addresses = _table(
        made, "addresses", Column("email", String(20), nullable=False, unique=True), _to_user(nullable=False)
    )
    profiles = _table(made, "profiles", Column("text", String(20)), _to_user(unique=True))
    tags = _table(made, "tags", Column("word", String(8), nullable=False, unique=True))
    notes = _table(made, "notes", Column("keyword", String(8), nullable=False), Column("text", String(20)), _to_user())
    badges = _table(
        made,
        "badges",
        Column("number", Integer, CheckConstraint("number > 0"), nullable=False),
        _to_user(ondelete="CASCADE"),
    )
    pets = _table(made, "pets", Column("name", String(8)), _to_user(ondelete="SET NULL"))
    tagged = Table(
        "tagged",
        made.metadata,
        Column("user_id", ForeignKey("users.id"), primary_key=True),
        Column("tag_id", ForeignKey("tags.id"), primary_key=True),
    )
    members = relationship(User, back_populates="team", order_by=users.c.id)
    map_entity(made, Team, teams, properties={"members": members}, version_id_col=teams.c.version)
    map_entity(
        made,
        User,
        users,
        properties={
            "team": relationship(Team, back_populates="members"),
            "addresses": relationship(Address, back_populates="user", cascade=OWNED, order_by=addresses.c.id),
            "profile": relationship(Profile, back_populates="user", cascade=OWNED, uselist=False),
            "tags": relationship(
                Tag, secondary=tagged, back_populates="users", collection_class=InOrder, order_by=tags.c.id
            ),
            "notes": relationship(
                Note, back_populates="user", cascade=OWNED, collection_class=attribute_keyed_dict("keyword")
            ),
            "badges": relationship(
                Badge, back_populates="user", cascade=OWNED, passive_deletes=True, order_by=badges.c.id
            ),
            "pets": relationship(Pet, back_populates="user", passive_deletes="all"),
        },
    )
    map_entity(made, Address, addresses, properties={"user": relationship(User, back_populates="addresses")})
    map_entity(made, Profile, profiles, properties={"user": relationship(User, back_populates="profile")})
    map_entity(
        made,
        Tag,
        tags,
        properties={"users": relationship(User, secondary=tagged, back_populates="tags", order_by=users.c.id)},
    )
    map_entity(made, Note, notes, properties={"user": relationship(User, back_populates="notes")})
    map_entity(made, Badge, badges, properties={"user": relationship(User, back_populates="badges")})
    map_entity(made, Pet, pets, properties={"user": relationship(User, back_populates="pets")})


def _map_nodes(made: registry) -> None:
    nodes = _table(
        made,
        "nodes",
        Column("label", String(8)),
        Column("rank", Integer),
        Column("parent_id", ForeignKey("nodes.id")),
        UniqueConstraint("parent_id", "label"),
    )
    map_entity(
        made,
        Node,
        nodes,
        properties={
            "parent": relationship(Node, back_populates="children", remote_side=nodes.c.id),
            "children": relationship(Node, back_populates="parent", cascade="all", order_by=nodes.c.id),
        },
    )


def _map_staff(made: registry) -> None:
    employees = _table(
        made,
        "employees",
        Column("name", String(8), nullable=False),
        Column("kind", String(10), nullable=False),
        Column("floor", Integer),
        Column("place", Integer),
        Column("mentor_id", ForeignKey("employees.id", deferrable=True, initially="DEFERRED")),
    )

    def part(name: str, *columns: Column[Any]) -> Table:
        return Table(name, made.metadata, Column("id", ForeignKey("employees.id"), primary_key=True), *columns)

    managers = part("managers", Column("bonus", Integer, nullable=False))
    engineers = part("engineers", Column("language", String(8), nullable=False, unique=True))
    vehicles = _table(
        made,
        "vehicles",
        Column("plate", String(8), nullable=False, unique=True),
        Column("kind", String(10), nullable=False),
        Column("doors", Integer),
        Column("tons", Integer),
        Column("driver_id", ForeignKey("employees.id")),
        CheckConstraint("doors IS NULL OR doors BETWEEN 2 AND 5", name="doors_that_cars_have"),
    )
    map_entity(
        made,
        Employee,
        employees,
        properties={
            "desk": composite(Desk, employees.c.floor, employees.c.place),
            "mentor": relationship(Employee, remote_side=employees.c.id),
        },
        polymorphic_on=employees.c.kind,
        polymorphic_identity="employee",
    )
    map_entity(made, Manager, managers, inherits=Employee, polymorphic_identity="manager")
    map_entity(
        made, Engineer, engineers, inherits=Employee, polymorphic_identity="engineer", polymorphic_load="selectin"
    )
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


def _map_orders(made: registry) -> None:
    def key() -> tuple[Column[str], Column[int]]:
        return (
            Column("shop", String(4), primary_key=True),
            Column("number", Integer, primary_key=True, autoincrement=False),
        )

    orders = Table(
        "orders", made.metadata, *key(), Column("title", String(20)), Column("version", Integer, nullable=False)
    )
    items = Table(
        "items",
        made.metadata,
        *key(),
        Column("position", Integer, primary_key=True, autoincrement=False),
        Column("product", String(20)),
        ForeignKeyConstraint(["shop", "number"], ["orders.shop", "orders.number"], onupdate="CASCADE"),
    )
    map_entity(
        made,
        Order,
        orders,
        properties={"items": relationship(Item, back_populates="order", cascade=OWNED, order_by=items.c.position)},
        version_id_col=orders.c.version,
    )
    map_entity(made, Item, items, properties={"order": relationship(Order, back_populates="items")})


def _summary(context: Any) -> str:
    given: dict[str, object] = context.get_current_parameters()
    return f"{given['word']}/{given['status']}"


def _revised() -> str:
    return "revised"


def _map_samples(made: registry) -> None:
    samples = _table(
        made,
        "samples",
        Column("yes", Boolean),
        Column("small", SmallInteger),
        Column("big", BigInteger),
        Column("price", Numeric(6, 2)),
        Column("ratio", Float),
        Column("word", String(5)),
        Column("free", Text),
        Column("data", LargeBinary),
        Column("colour", Enum(Colour)),
        Column("day", Date),
        Column("moment", DateTime),
        Column("instant", DateTime(timezone=True)),
        Column("span", Interval),
        Column("key", Uuid, unique=True),
        Column("facts", JSON),
        Column("settings", MutableDict.as_mutable(JSON())),
        Column("status", String(10), default="new"),
        Column("summary", String(20), default=_summary),
        Column("currency", String(3), server_default="EUR"),
        Column("changes", Integer, default=0, onupdate=text("samples.changes + 1")),
        Column("changed", String(10), onupdate=_revised),
        Column("remark", Text),
        CheckConstraint("price < 5000 OR small IS NULL", name="dear_or_small"),
    )
    map_entity(made, Sample, samples, properties={"remark": deferred(samples.c.remark)})
