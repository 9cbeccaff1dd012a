"""Documents with versions: counted, random, timed, without a field, in a hierarchy, by hand; and one without."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeAlias
from uuid import uuid4

from attrs import field
from sqlalchemy import Column, DateTime, ForeignKey, Integer, String, Table
from sqlalchemy.orm import registry, relationship

from unitofwork import UnitOfWork, entity, map_entity, repository


@entity
class Document:
    text: str
    pages: list["Page"] = field(factory=list)
    version: int | None = None
    id: int | None = None


@entity
class Page:
    """Has no version."""

    text: str
    document: Document | None = None
    id: int | None = None


@entity
class Memo:
    """Has a version that only its row knows by name."""

    text: str
    id: int | None = None


@entity
class Letter:
    """Has a version that says nothing but that it is another one."""

    text: str
    version: str | None = None
    id: int | None = None


@entity
class Report:
    """Has the time of its last change for a version."""

    text: str
    changed: datetime | None = None
    id: int | None = None


@entity
class Contract:
    text: str
    version: int | None = None
    id: int | None = None
    kind: str = field(init=False)


@entity
class Lease(Contract):
    """Has a table of its own, whose changes count as the contract's."""

    rent: int = 0


@entity
class Manual:
    """Counts its versions by itself: only some changes make another one."""

    text: str
    version: int = 1
    id: int | None = None


class Documents(UnitOfWork):
    documents = repository(Document)
    pages = repository(Page)
    memos = repository(Memo)
    letters = repository(Letter)
    reports = repository(Report)
    contracts = repository(Contract)
    leases = repository(Lease)
    manuals = repository(Manual)


NewUnit: TypeAlias = Callable[[], Documents]


def _random(_: str | None) -> str:
    return uuid4().hex


def _later(before: datetime | None) -> datetime:
    """The time, or the least that is later than before."""
    now = datetime.now(UTC)
    return now if before is None else max(now, before + timedelta(microseconds=1))


@cache
def mapping() -> registry:
    """Map the documents, once."""
    made = registry()

    def table(name: str, *columns: Column[Any]) -> Table:
        return Table(
            name,
            made.metadata,
            Column("id", Integer, primary_key=True),
            Column("text", String(30), nullable=False),
            *columns,
        )

    def counted() -> Column[int]:
        return Column("version", Integer, nullable=False)

    documents = table("documents", counted())
    pages = table("pages", Column("document_id", ForeignKey("documents.id")))
    memos = table("memos", counted())
    letters = table("letters", Column("version", String(32), nullable=False))
    reports = table("reports", Column("changed", DateTime(timezone=True), nullable=False))
    contracts = table("contracts", counted(), Column("kind", String(10), nullable=False))
    leases = Table(
        "leases",
        made.metadata,
        Column("id", ForeignKey("contracts.id"), primary_key=True),
        Column("rent", Integer, nullable=False),
    )
    manuals = table("manuals", counted())
    map_entity(
        made,
        Document,
        documents,
        properties={"pages": relationship(Page, back_populates="document", cascade="all, delete-orphan")},
        version_id_col=documents.c.version,
    )
    map_entity(made, Page, pages, properties={"document": relationship(Document, back_populates="pages")})
    map_entity(made, Memo, memos, version_id_col=memos.c.version)
    map_entity(made, Letter, letters, version_id_col=letters.c.version, version_id_generator=_random)
    map_entity(made, Report, reports, version_id_col=reports.c.changed, version_id_generator=_later)
    map_entity(
        made,
        Contract,
        contracts,
        version_id_col=contracts.c.version,
        polymorphic_on=contracts.c.kind,
        polymorphic_identity="contract",
    )
    map_entity(made, Lease, leases, inherits=Contract, polymorphic_identity="lease")
    map_entity(made, Manual, manuals, version_id_col=manuals.c.version, version_id_generator=False)
    return made
