"""The default of a relationship must be of its kind: a collection where it is to many, none where it is to one."""

from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from sqlalchemy import Column, ForeignKey, Integer, Table
from sqlalchemy.orm import attribute_keyed_dict, registry, relationship
from sqlalchemy.orm.collections import collection

from unitofwork.adapters.orm import check_registry, map_entity
from unitofwork.domain.entity import entity
from unitofwork.domain.errors import MappingError

from ..mapping_checks.tables import table_of

pytestmark = pytest.mark.row("M")


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
