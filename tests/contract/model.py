"""The application that the contract is tried on: teams of users, who have addresses and badges."""

from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from attrs import Factory, field, validators
from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import backref, registry, relationship

from unitofwork import Repository, UnitOfWork, entity, map_entity, repository, where


@entity
class Team:
    name: str = field(validator=validators.min_len(1))
    members: list["User"] = field(factory=list)
    id: int | None = None


def _greeting(user: "User") -> str:
    return f"hello {user.name}"


@entity
class User:
    name: str
    fullname: str | None = None
    age: int | None = None
    addresses: list["Address"] = field(factory=list)
    team: Team | None = None
    id: int | None = None
    visits: int = 0
    drafts: list[str] = field(factory=list)
    greeting: str = field(init=False, default=Factory(_greeting, takes_self=True))

    def __attrs_post_init__(self) -> None:
        self.visits += 1


@entity
class Address:
    email_address: str
    user: User | None = None
    id: int | None = None


@entity
class Badge:
    """Known to its user through a backref alone; its constructor may raise after the user has it."""

    number: int = field(validator=validators.gt(0))
    user: User | None = None
    id: int | None = None


@entity
class Comment:
    """Answers another comment, or none."""

    text: str | None = None
    score: int | None = None
    answers_to: "Comment | None" = None
    answers: list["Comment"] = field(factory=list)
    id: int | None = None


class Users(Repository[User]):
    def named(self, name: str) -> User:
        return self.find_one(where(User.name) == name)


class Accounts(UnitOfWork):
    teams = repository(Team)
    users = repository(User, Users)
    addresses = repository(Address)
    badges = repository(Badge)
    comments = repository(Comment)


NewUnit: TypeAlias = Callable[[], Accounts]
"""What the fixture ``accounts`` is."""


def emails(user: User) -> set[str]:
    """The addresses of a user, as texts."""
    return {address.email_address for address in user.addresses}


@cache
def mapping() -> registry:
    """Map the application, once."""
    made = registry()
    teams = Table(
        "teams",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30), nullable=False, unique=True),
    )
    users = Table(
        "users",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(30), nullable=False, unique=True),
        Column("fullname", String(60)),
        Column("age", Integer),
        Column("team_id", ForeignKey("teams.id", ondelete="SET NULL")),
        CheckConstraint("age >= 0", name="age_is_not_negative"),
    )
    addresses = Table(
        "addresses",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("email_address", String(50), nullable=False, unique=True),
        Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    )
    badges = Table(
        "badges",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("number", Integer, nullable=False),
        Column("user_id", ForeignKey("users.id", ondelete="CASCADE")),
    )
    comments = Table(
        "comments",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("text", String(60)),
        Column("score", Integer),
        Column("answers_to_id", ForeignKey("comments.id")),
    )
    map_entity(
        made,
        Team,
        teams,
        properties={"members": relationship(User, back_populates="team", passive_deletes="all")},
    )
    map_entity(
        made,
        User,
        users,
        properties={
            "addresses": relationship(Address, back_populates="user", cascade="all, delete-orphan"),
            "team": relationship(Team, back_populates="members"),
        },
        unmapped=["visits", "drafts", "greeting"],
    )
    map_entity(made, Address, addresses, properties={"user": relationship(User, back_populates="addresses")})
    # What the database does to the rows of a deleted user's badges, it does alone.
    to_user = relationship(User, backref=backref("badges", cascade="save-update, merge", passive_deletes="all"))
    map_entity(made, Badge, badges, properties={"user": to_user})
    map_entity(
        made,
        Comment,
        comments,
        properties={
            "answers_to": relationship(Comment, back_populates="answers", remote_side=[comments.c.id]),
            "answers": relationship(Comment, back_populates="answers_to"),
        },
    )
    return made
