"""A mapping of teams and their members, and a plain session on SQLite."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table, create_engine
from sqlalchemy.orm import Session, registry, relationship

from unit.adapters.memory.private.teams import Member, Team
from unitofwork import map_entity


@pytest.fixture
def mapping() -> Iterator[registry]:
    made = registry()
    teams = Table(
        "teams", made.metadata, Column("id", Integer, primary_key=True), Column("name", String, server_default="none")
    )
    members = Table(
        "members",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String),
        Column("motto", String, default="on"),
        Column("team_id", ForeignKey("teams.id")),
        Column("boss_id", ForeignKey("teams.id")),
    )
    map_entity(
        made,
        Team,
        teams,
        properties={
            "members": relationship(
                Member, back_populates="team", foreign_keys=members.c.team_id, cascade="all, delete-orphan"
            )
        },
    )
    map_entity(
        made,
        Member,
        members,
        properties={
            "team": relationship(Team, back_populates="members", foreign_keys=members.c.team_id),
            "boss": relationship(Team, foreign_keys=members.c.boss_id, lazy="raise"),
        },
    )
    made.configure()
    yield made
    made.dispose()


@pytest.fixture
def session(mapping: registry) -> Iterator[Session]:
    engine = create_engine("sqlite://")
    mapping.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as made:
        yield made
    engine.dispose()


@pytest.fixture
def team(session: Session) -> Team:
    """A team with a row and one member."""
    made = Team("red", [Member("ada")])
    session.add(made)
    session.commit()
    return made
