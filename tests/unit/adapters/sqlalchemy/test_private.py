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
    assert "_sorted_tables" not in vars(mapper)
    with Session(engine) as session:
        flush_nothing(session, mapper)
    assert "_sorted_tables" in vars(mapper)
    assert sent == []
    engine.dispose()
    mapping.dispose()
