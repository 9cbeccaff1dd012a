"""Loading without the constructor, and constructors that fail."""

from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from sqlalchemy import Column, Engine, ForeignKey, Integer, String, Table, create_engine, event, select
from sqlalchemy.orm import Session, registry, relationship, validates

from unitofwork.adapters.orm.mapping import map_entity
from unitofwork.domain.entity import entity
from unitofwork.domain.errors import MappingError
from unitofwork.domain.messages import Event, record


@pytest.fixture
def mapping() -> Iterator[registry]:
    mapping = registry()
    yield mapping
    mapping.dispose()


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = create_engine("sqlite://")
    yield engine
    engine.dispose()


def refuse(instance: object, field: object, value: object) -> None:
    if value == "refused":
        raise ValueError("refused by a validator")


def with_field(value: int, field: "attrs.Attribute[Any]") -> str:
    return f"{field.name} {value}"


# --- loading (E13) --------------------------------------------------------------------------------------------------


def employees(mapping: registry) -> tuple[type[Any], type[Any]]:
    """An employee with fields in memory, and a manager with one more."""

    @entity
    class Employee:
        name: str
        id: int | None = None
        plain: str = "plain"
        tags: list[str] = attrs.field(factory=list)
        shout: str = attrs.Factory(lambda self: self.name.upper() + self.plain, takes_self=True)
        converted: Any = attrs.field(default="1", converter=int)
        described: Any = attrs.field(default=1, converter=attrs.Converter(with_field, takes_field=True))

        def __attrs_post_init__(self) -> None:
            self.tags.append("made")

    @entity
    class Manager(Employee):
        bonus: int = 0
        note: str = "none"

    table = Table(
        "employees",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("kind", String),
        Column("name", String),
    )
    managers = Table(
        "managers",
        mapping.metadata,
        Column("id", ForeignKey("employees.id"), primary_key=True),
        Column("bonus", Integer),
    )
    map_entity(
        mapping,
        Employee,
        table,
        unmapped=["plain", "tags", "shout", "converted", "described"],
        polymorphic_on=table.c.kind,
        polymorphic_identity="e",
    )
    map_entity(mapping, Manager, managers, unmapped=["note"], inherits=Employee, polymorphic_identity="m")
    return Employee, Manager


def test_fields_that_are_not_mapped_get_their_defaults_on_load(mapping: registry, engine: Engine) -> None:
    employee, manager = employees(mapping)
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([employee("sandy"), manager("patrick", bonus=3, note="changed")])
        session.commit()
    with Session(engine) as session:
        sandy, patrick = session.scalars(select(employee).order_by(employee.id)).all()
        assert (sandy.plain, sandy.tags, sandy.shout) == ("plain", [], "SANDYplain")
        assert (sandy.converted, sandy.described) == (1, "described 1")
        assert (patrick.plain, patrick.shout, patrick.bonus, patrick.note) == ("plain", "PATRICKplain", 3, "none")
        assert sandy.tags is not patrick.tags
        assert "note" not in vars(sandy)
        assert not session.dirty


def test_a_refresh_leaves_fields_that_are_not_mapped_alone(mapping: registry, engine: Engine) -> None:
    employee, _ = employees(mapping)
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        sandy = employee("sandy")
        session.add(sandy)
        session.commit()
        sandy.plain = "changed"
        session.expire(sandy)
        session.refresh(sandy)
        assert (sandy.plain, sandy.tags) == ("changed", ["made"])


def test_a_subclass_may_map_what_its_base_does_not(mapping: registry, engine: Engine) -> None:
    @entity
    class Employee:
        name: str
        id: int | None = None
        note: str = "none"

    @entity
    class Manager(Employee):
        pass

    table = Table("employees", mapping.metadata, Column("id", Integer, primary_key=True), Column("name", String))
    key: Column[int] = Column("id", ForeignKey("employees.id"), primary_key=True)
    managers = Table("managers", mapping.metadata, key, Column("note", String))
    map_entity(mapping, Employee, table, unmapped=["note"])
    map_entity(mapping, Manager, managers, inherits=Employee)
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Manager("sandy", note="kept"))
        session.commit()
    with Session(engine) as session:
        assert session.scalars(select(Manager)).one().note == "kept"


# --- constructors that fail (E14) -----------------------------------------------------------------------------------


def users(mapping: registry, *, cascade: str = "save-update, merge", uselist: bool = True) -> tuple[Any, Any]:
    """A user with addresses, and an address that refuses a name after it has taken its user."""

    @entity
    class User:
        name: str
        addresses: Any = attrs.field(default=attrs.Factory(list) if uselist else None)
        id: int | None = None

    @entity
    class Address:
        user: Any = None
        addresses: list["Address"] = attrs.field(factory=list)
        parent: Any = None
        name: str = attrs.field(default="", validator=refuse)
        id: int | None = None

    table = Table("users", mapping.metadata, Column("id", Integer, primary_key=True), Column("name", String))
    addresses = Table(
        "addresses",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String),
        Column("user_id", ForeignKey("users.id")),
        Column("parent_id", ForeignKey("addresses.id")),
    )
    many = relationship(Address, back_populates="user", cascade=cascade, uselist=uselist)
    map_entity(mapping, User, table, properties={"addresses": many})
    map_entity(
        mapping,
        Address,
        addresses,
        properties={
            "user": relationship(User, back_populates="addresses"),
            "addresses": relationship(Address, back_populates="parent"),
            "parent": relationship(Address, back_populates="addresses", remote_side=addresses.c.id),
        },
    )
    return User, Address


@pytest.mark.parametrize("cascade", ["save-update, merge", "all, delete-orphan"])
def test_an_entity_whose_constructor_raised_is_not_persisted_through_a_backref(
    mapping: registry, engine: Engine, cascade: str
) -> None:
    user_type, address_type = users(mapping, cascade=cascade)
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        user = user_type("sandy")
        session.add(user)
        session.commit()
        assert user.addresses == []
        with pytest.raises(ValueError, match="refused by a validator"):
            address_type(user=user, name="refused")
        assert user.addresses == []
        assert not session.new
        kept = address_type(user=user)
        session.add(kept)
        session.commit()
        assert session.scalars(select(address_type)).all() == [kept]


def test_a_scalar_backref_lets_go_too(mapping: registry) -> None:
    user_type, address_type = users(mapping, uselist=False)
    user = user_type("sandy")
    with pytest.raises(ValueError, match="refused by a validator"):
        address_type(user=user, name="refused")
    assert user.addresses is None


def test_a_collection_lets_go_of_its_members(mapping: registry) -> None:
    _, address_type = users(mapping)
    children = [address_type(), address_type()]
    with pytest.raises(ValueError, match="refused by a validator"):
        address_type(addresses=children, name="refused")
    assert [child.parent for child in children] == [None, None]


@pytest.mark.parametrize("loaded", [True, False])
def test_letting_go_sends_nothing(mapping: registry, engine: Engine, loaded: bool) -> None:
    user_type, address_type = users(mapping)
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(user_type("sandy", addresses=[address_type()]))
        session.commit()
    statements: list[str] = []
    with Session(engine) as session:
        user = session.scalars(select(user_type)).one()
        before = list(user.addresses) if loaded else None
        user.name = "changed"  # an autoflush would send it
        event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        with pytest.raises(ValueError, match="refused by a validator"):
            address_type(user=user, name="refused")
        assert statements == []
        assert ("addresses" in vars(user)) == loaded
        assert before is None or user.addresses == before
        session.commit()
        assert session.scalars(select(address_type.id)).all() == [1]


def test_an_entity_that_a_session_already_has_is_expunged(mapping: registry, engine: Engine) -> None:
    @entity
    class Post:
        title: str
        comments: list["Comment"] = attrs.field(factory=list)
        id: int | None = None

    @entity
    class Comment:
        on: Any = None
        post: Any = None
        id: int | None = None

        def __attrs_post_init__(self) -> None:
            self.on.comments.append(self)  # cascades into the post's session
            raise ValueError("refused after that")

    posts = Table("posts", mapping.metadata, Column("id", Integer, primary_key=True), Column("title", String))
    key: Column[int] = Column("post_id", ForeignKey("posts.id"))
    comments = Table("comments", mapping.metadata, Column("id", Integer, primary_key=True), key)
    map_entity(mapping, Post, posts, properties={"comments": relationship(Comment, back_populates="post")})
    one = relationship(Post, back_populates="comments")
    map_entity(mapping, Comment, comments, properties={"post": one}, unmapped=["on"])
    mapping.metadata.create_all(engine)
    with Session(engine) as session:
        post = Post("sandy")
        session.add(post)
        with pytest.raises(ValueError, match="refused after that"):
            Comment(on=post)
        assert list(session.new) == [post]
        session.commit()
        assert post.comments == []


def test_a_listener_that_fails_does_not_hide_why_the_constructor_failed(mapping: registry) -> None:
    @entity
    class Post:
        comments: list["Comment"] = attrs.field(factory=list)
        id: int | None = None

        @validates("comments", include_removes=True)
        def _keep(self, key: str, comment: object, is_remove: bool) -> object:
            if is_remove:
                raise RuntimeError("nothing may be removed")
            return comment

    @entity
    class Comment:
        post: Any = None
        title: str = attrs.field(default="", validator=refuse)
        id: int | None = None

    posts = Table("posts", mapping.metadata, Column("id", Integer, primary_key=True))
    key: Column[int] = Column("post_id", ForeignKey("posts.id"))
    comments = Table(
        "comments", mapping.metadata, Column("id", Integer, primary_key=True), Column("title", String), key
    )
    map_entity(mapping, Post, posts, properties={"comments": relationship(Comment, back_populates="post")})
    map_entity(mapping, Comment, comments, properties={"post": relationship(Post, back_populates="comments")})
    with pytest.raises(ValueError, match="refused by a validator"):
        Comment(post=Post(), title="refused")


def test_what_an_entity_records_that_was_made_before_its_class_was_mapped_is_refused(mapping: registry) -> None:
    @entity
    class Early:
        id: int | None = None

    early = Early()
    map_entity(mapping, Early, Table("early", mapping.metadata, Column("id", Integer, primary_key=True)))
    with pytest.raises(
        MappingError, match=r"this Early was made before its class was mapped: call map_entity\(\) first"
    ):
        record(early, Event())
