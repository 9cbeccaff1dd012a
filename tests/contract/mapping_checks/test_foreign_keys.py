"""Foreign keys behind a relationship need no field, and a field may be what a backref maps."""

import attrs
import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import backref, registry, relationship

from unitofwork.adapters.orm import check_registry, map_entity
from unitofwork.domain.entity import entity
from unitofwork.domain.errors import MappingError

from ..mapping_checks.tables import table_of

pytestmark = pytest.mark.row("M")


@pytest.mark.parametrize("side", ["one", "many", "both"])
def test_a_foreign_key_behind_a_relationship_of_either_side_needs_no_field(mapping: registry, side: str) -> None:
    both = side == "both"

    @entity
    class User:
        name: str
        id: int | None = None
        addresses: list["Address"] = attrs.field(factory=list)

    @entity
    class Address:
        id: int | None = None
        user: User | None = None

    users = table_of(mapping)
    addresses = table_of(mapping, "addresses", Column("user_id", ForeignKey("users.id")))
    many = {"addresses": relationship(Address, back_populates="user" if both else None)}
    one = {"user": relationship(User, back_populates="addresses" if both else None)}
    map_entity(
        mapping, Address, addresses, properties=one if side != "many" else {}, unmapped="user" if side == "many" else ()
    )
    map_entity(
        mapping, User, users, properties=many if side != "one" else {}, unmapped="addresses" if side == "one" else ()
    )
    check_registry(mapping)


def test_a_foreign_key_that_no_relationship_fills_is_refused_when_all_classes_are_known(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    @entity
    class Address:
        user: User | None = None
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
    user = relationship(lambda: not_read_yet, backref="addresses")  # type: ignore[name-defined]  # noqa: F821  # a name that does not exist: that is tried
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
