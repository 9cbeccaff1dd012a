"""Who has recorded events in a session: looked for while others may record more."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Column, Integer, Table, create_engine
from sqlalchemy.orm import registry

from unitofwork import Event, entity, map_entity, record, value
from unitofwork.adapters.session import orm_session
from unitofwork.adapters.session.orm_session import OrmSession
from unitofwork.adapters.sqlalchemy.engine_session import EngineSession
from unitofwork.domain.messages import has_recorded


@entity
class Note:
    id: int | None = None


@value
class Told(Event):
    """Happened to a note."""


@pytest.fixture
def session() -> Iterator[OrmSession]:
    mapping, engine = registry(), create_engine("sqlite://")
    map_entity(mapping, Note, Table("notes", mapping.metadata, Column("id", Integer, primary_key=True)))
    with EngineSession(engine, read_only=False, autoflush=True, expire_on_commit=False) as made:
        yield made
    engine.dispose()
    mapping.dispose()


def test_who_records_while_the_session_looks_is_found_the_next_time(
    session: OrmSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another thread may do at any moment, for nothing keeps it from the entities."""
    first, second = Note(), Note()
    session.add_all([first, second])

    def looking(each: object) -> bool:
        if not has_recorded(second):
            record(second, Told())
        return has_recorded(each)

    record(first, Told())
    monkeypatch.setattr(orm_session, "has_recorded", looking)
    assert first in session.recorded()
    assert session.recorded() == (first, second)
