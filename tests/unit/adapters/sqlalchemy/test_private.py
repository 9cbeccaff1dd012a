"""What is used of SQLAlchemy's inside, and by nothing else that is tested, does what it is used for."""

from sqlalchemy import Column, Integer, Table, create_engine, event, inspect
from sqlalchemy.orm import Session, registry

from unitofwork import entity, map_entity
from unitofwork.adapters.sqlalchemy.private import flush_nothing


@entity
class Note:
    id: int | None = None


def test_flush_nothing_works_out_what_a_mapper_keeps_and_sends_nothing() -> None:
    mapping = registry()
    map_entity(mapping, Note, Table("notes", mapping.metadata, Column("id", Integer, primary_key=True)))
    engine = create_engine("sqlite://")
    sent: list[object] = []
    event.listen(engine, "before_cursor_execute", lambda *call: sent.append(call))
    mapper = inspect(Note)
    kept = {"_sorted_tables", "_table_to_equated", "_propkey_to_col"}
    assert not kept & vars(mapper).keys()
    with Session(engine) as session:
        flush_nothing(session, mapper)
    assert kept <= vars(mapper).keys()
    assert sent == []
    engine.dispose()
    mapping.dispose()
