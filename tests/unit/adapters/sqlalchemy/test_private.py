"""What is used of SQLAlchemy's inside, and by nothing else that is tested, does what it is used for."""

from sqlalchemy import Column, Integer, Table, create_engine, event, inspect
from sqlalchemy.orm import Session, registry

from unitofwork import entity, map_entity
from unitofwork.adapters.sqlalchemy.private import flush_nothing, held


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


def test_held_is_the_connection_of_the_open_transaction_and_nothing_before_it() -> None:
    engine, other = create_engine("sqlite://"), create_engine("sqlite://")
    with Session(engine) as session:
        assert held(session, engine) is None
        connection = session.connection()
        assert held(session, engine) is connection
        assert held(session, other) is None
        session.commit()
        assert held(session, engine) is None
    with engine.connect() as outer, Session(outer) as session:
        connection = session.connection()
        assert held(session, outer) is connection
    engine.dispose()
    other.dispose()
