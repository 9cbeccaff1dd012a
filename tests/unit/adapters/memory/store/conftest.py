"""A database of teams, users and badges."""

import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table, UniqueConstraint
from sqlalchemy.orm import registry

from unit.adapters.memory.store.town import Town
from unitofwork.adapters.memory.store import Store


@pytest.fixture
def town() -> Town:
    """Teams (id, code, name), users (id, name, team, boss) and badges (id, user, team), none of them there."""
    mapping = registry()
    metadata = mapping.metadata
    Table(
        "teams",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("code", Integer, unique=True),
        Column("name", String(10)),
    )
    Table(
        "users",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(10), nullable=False),
        Column("team", ForeignKey("teams.id", ondelete="SET NULL", onupdate="CASCADE")),
        Column("boss", ForeignKey("users.id")),
        UniqueConstraint("name", "team"),
    )
    Table(
        "badges",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("user", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        Column("team", ForeignKey("teams.code", deferrable=True, initially="DEFERRED")),
    )
    return Town(Store(metadata, mapping))
