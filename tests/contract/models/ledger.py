"""Entries of a ledger, with columns that others than the entry fill, compute, or load late."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TypeAlias

from attrs import field
from sqlalchemy import Column, Computed, DateTime, ForeignKey, Integer, String, Table, Text, func, select, text
from sqlalchemy.orm import column_property, deferred, registry, relationship

from unitofwork import UnitOfWork, entity, map_entity, repository


@entity
class Entry:
    amount: int
    status: str | None = None
    number: int | None = None
    currency: str | None = None
    changes: int | None = None
    changed: datetime | None = None
    remark: str | None = None
    scan: str | None = None
    lines: list["Line"] = field(factory=list)
    id: int | None = None
    twice: int | None = field(init=False)
    dearest: int | None = field(init=False)
    count: int = field(init=False)


@entity
class Line:
    price: int
    entry: Entry | None = None
    id: int | None = None


class Ledger(UnitOfWork):
    entries = repository(Entry)
    lines = repository(Line)


NewUnit: TypeAlias = Callable[[], Ledger]


def _now() -> datetime:
    return datetime.now(UTC)


@cache
def mapping() -> registry:
    """Map the ledger, once."""
    made = registry()
    lines = Table(
        "lines",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("price", Integer, nullable=False),
        Column("entry_id", ForeignKey("entries.id")),
    )
    entries = Table(
        "entries",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("amount", Integer, nullable=False),
        Column("status", String(10), default="new"),
        Column("number", Integer, default=lambda: 7),
        Column("currency", String(3), server_default="EUR"),
        Column("changes", Integer, default=0, onupdate=text("changes + 1")),
        Column("changed", DateTime(timezone=True), onupdate=_now),
        Column("remark", String(60)),
        Column("scan", Text),
        Column("twice", Integer, Computed("amount * 2", persisted=True)),
    )
    dearest = select(func.max(lines.c.price)).where(lines.c.entry_id == entries.c.id).scalar_subquery()
    count = select(func.count(lines.c.id)).where(lines.c.entry_id == entries.c.id).scalar_subquery()
    map_entity(
        made,
        Entry,
        entries,
        properties={
            "remark": deferred(entries.c.remark),
            "scan": deferred(entries.c.scan, group="papers"),
            "lines": relationship(Line, back_populates="entry", cascade="all, delete-orphan"),
            "dearest": column_property(dearest),
            "count": column_property(count, deferred=True),
        },
    )
    map_entity(made, Line, lines, properties={"entry": relationship(Entry, back_populates="lines")})
    return made
