"""What can only be told when every class is mapped, such as subclasses that are not."""

import gc
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import registry, relationship

from unitofwork import MemoryDatabase, SqlAlchemyDatabase
from unitofwork.adapters.orm import MappingWarning, check_registry, map_entity
from unitofwork.domain.entity import entity
from unitofwork.domain.errors import MappingError

from ..mapping_checks.tables import table_of

pytestmark = pytest.mark.row("M")


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


@pytest.mark.parametrize("use", [check_registry, MemoryDatabase, partial(SqlAlchemyDatabase, "sqlite://")])
@pytest.mark.parametrize(
    ("given", "text"),
    [
        (registry().metadata, "the mapping is of type MetaData: give the sqlalchemy.orm.registry itself"),
        ("sqlite://", "the mapping is of type str: give the sqlalchemy.orm.registry itself"),
        (registry, "the mapping is the class registry: give the sqlalchemy.orm.registry itself"),
        (lambda: registry(), "the mapping is of type function: call it, and give what it returns"),
    ],
    ids=["MetaData", "a URL", "the class", "a function"],
)
def test_what_is_no_registry_is_refused_by_a_sentence(use: Callable[[Any], object], given: object, text: str) -> None:
    with pytest.raises(MappingError) as refused:
        use(given)
    assert str(refused.value) == text


def test_a_relationship_without_a_foreign_key_is_named_with_the_cure(mapping: registry) -> None:
    @entity
    class Child:
        id: int | None = None

    @entity
    class Parent:
        children: list[Child] = attrs.field(factory=list)
        id: int | None = None

    bare = [Table(name, mapping.metadata, Column("id", Integer, primary_key=True)) for name in ("parents", "children")]
    map_entity(mapping, Parent, bare[0], properties={"children": relationship(Child)})
    map_entity(mapping, Child, bare[1])
    with pytest.raises(
        MappingError, match=r"^Parent\.children relates two tables between which there is no foreign key:"
    ):
        check_registry(mapping)
