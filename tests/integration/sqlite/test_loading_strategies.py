"""Relationships that are never loaded when they are read, or only through a query: these are SQLAlchemy's own."""

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import field
from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import registry, relationship

from unitofwork import SqlAlchemyDatabase, UnitOfWork, entity, map_entity, repository
from unitofwork.domain.errors import DetachedEntity, UnitOfWorkError


@entity
class Line:
    text: str
    id: int | None = None


@entity
class Journal:
    name: str
    guarded: list[Line] = field(factory=list)
    id: int | None = None


class Journals(UnitOfWork):
    journals = repository(Journal)
    lines = repository(Line)


@pytest.fixture
def database() -> Iterator[SqlAlchemyDatabase]:
    mapping = registry()
    journals = Table("journals", mapping.metadata, Column("id", Integer, primary_key=True), Column("name", String(30)))
    lines = Table(
        "lines",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("text", String(30)),
        Column("journal_id", ForeignKey("journals.id")),
    )
    map_entity(
        mapping,
        Journal,
        journals,
        properties={
            "guarded": relationship(Line, lazy="raise"),
            "queried": relationship(Line, lazy="dynamic", overlaps="guarded"),
        },
    )
    map_entity(mapping, Line, lines)
    made = SqlAlchemyDatabase("sqlite://", mapping)
    made.create_schema()
    with Journals(made) as uow:
        uow.journals.add(Journal("diary", [Line("one"), Line("two")], id=1))
        uow.commit()
    yield made
    made.dispose()
    mapping.dispose()


def test_a_dynamic_relationship_is_a_query_inside_its_unit(database: SqlAlchemyDatabase) -> None:
    with Journals(database) as uow:
        journal: Any = uow.journals.get_one(1)
        assert {line.text for line in journal.queried} == {"one", "two"}


def test_a_dynamic_relationship_of_a_detached_entity_is_not_empty_but_refused(database: SqlAlchemyDatabase) -> None:
    with Journals(database) as uow:
        journal: Any = uow.journals.get_one(1)
    with pytest.raises(DetachedEntity, match=r"Journal\.queried is not loaded"):
        list(journal.queried)


def test_a_dynamic_relationship_of_a_new_entity_has_what_was_put_in(database: SqlAlchemyDatabase) -> None:
    journal: Any = Journal("new")
    journal.queried.append(Line("three"))
    assert [line.text for line in journal.queried] == ["three"]


def test_an_upsert_into_what_is_not_to_be_loaded_says_how_to_load_it(database: SqlAlchemyDatabase) -> None:
    given = Journal("diary", [Line("three")], id=1)
    with Journals(database) as uow, pytest.raises(UnitOfWorkError, match=r"Journal\.guarded is mapped not .* load="):
        uow.journals.upsert(given)
    with Journals(database) as uow:
        (loaded,) = uow.journals.find(load="guarded")
        uow.journals.upsert(given)
        uow.commit()
        assert len(loaded.guarded) == 3
