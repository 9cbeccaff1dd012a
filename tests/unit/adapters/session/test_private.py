"""What is used of SQLAlchemy's inside does what it is used for: one test for each name."""

import gc
from collections.abc import Iterator

import pytest
from attrs import field
from sqlalchemy import Column, Engine, ForeignKey, Integer, String, Table, create_engine, delete, inspect
from sqlalchemy.exc import InvalidRequestError, SAWarning
from sqlalchemy.orm import Session, registry, relationship
from sqlalchemy.orm.exc import StaleDataError

from unitofwork import entity, map_entity
from unitofwork.adapters.session.lazy_loading import guard
from unitofwork.adapters.session.private import (
    TakingNothingDeleted,
    blanked,
    forget_gone,
    has_changes,
    is_sqlalchemys,
    not_found,
    session_of,
    undelete,
    written,
)
from unitofwork.domain.errors import UnitOfWorkError


@entity
class Note:
    text: str
    answers: list["Note"] = field(factory=list)
    last: "Note | None" = None
    id: int | None = field(default=None)


@pytest.fixture
def session() -> Iterator[Session]:
    mapping = registry()
    notes = Table(
        "notes",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("text", String),
        Column("last_id", ForeignKey("notes.id")),
    )
    answers = Table(
        "answers",
        mapping.metadata,
        Column("note_id", ForeignKey("notes.id"), primary_key=True),
        Column("answer_id", ForeignKey("notes.id"), primary_key=True),
    )
    map_entity(
        mapping,
        Note,
        notes,
        properties={
            "answers": relationship(
                Note,
                secondary=answers,
                primaryjoin=notes.c.id == answers.c.note_id,
                secondaryjoin=notes.c.id == answers.c.answer_id,
            ),
            "last": relationship(Note, remote_side=notes.c.id, post_update=True),
        },
        confirm_deleted_rows=True,
    )
    engine: Engine = create_engine("sqlite://")
    mapping.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as made:
        yield made
    engine.dispose()
    mapping.dispose()


def kept(session: Session) -> Note:
    note = Note("kept")
    session.add(note)
    session.commit()
    return note


def test_has_changes_knows_what_is_new_changed_and_deleted(session: Session) -> None:
    known = [has_changes(session)]
    note = Note("first")
    session.add(note)
    known.append(has_changes(session))
    session.flush()
    known.append(has_changes(session))
    note.text = "second"
    known.append(has_changes(session))
    session.flush()
    session.delete(note)
    known.append(has_changes(session))
    assert known == [False, True, False, True, True]


def test_written_knows_what_was_added(session: Session) -> None:
    note = Note("new")
    session.add(note)
    assert written(session).added == set()
    session.flush()
    assert written(session).added == {inspect(note)}


def test_written_knows_what_was_changed(session: Session) -> None:
    note = kept(session)
    note.text = "changed"
    session.flush()
    assert written(session).changed == {inspect(note)}


def test_written_knows_what_was_deleted(session: Session) -> None:
    note = kept(session)
    session.delete(note)
    session.flush()
    assert written(session).deleted == {inspect(note)}


def test_written_knows_of_savepoints_open_and_released(session: Session) -> None:
    first, second = Note("first"), Note("second")
    with session.begin_nested():
        session.add(first)
    session.begin_nested()
    session.add(second)
    session.flush()
    assert written(session).added == {inspect(first), inspect(second)}


def test_nothing_is_written_after_commit(session: Session) -> None:
    kept(session)
    assert not written(session).added | written(session).changed | written(session).deleted


def test_undelete_lets_an_entity_be_added_again(session: Session) -> None:
    note = kept(session)
    session.delete(note)
    session.flush()
    session.close()
    undelete(inspect(note))
    session.add(note)
    assert inspect(note).persistent


def test_taking_nothing_deleted_refuses_what_the_session_refuses_too(session: Session) -> None:
    note = kept(session)
    session.delete(note)
    session.flush()
    with pytest.raises(InvalidRequestError, match="has been deleted"):
        session.add(note)
    with TakingNothingDeleted() as other:
        session.commit()
        session.close()
        with pytest.raises(UnitOfWorkError, match="the row of this Note was deleted"):
            other.add(note)


def test_taking_nothing_deleted_takes_back_what_was_not_deleted_after_all(session: Session) -> None:
    note = kept(session)
    with TakingNothingDeleted(session.get_bind()) as other:
        session.expunge(note)
        other.add(note)
        other.delete(note)
        other.flush()
        other.rollback()
        assert inspect(note).persistent


def test_forget_gone_frees_the_key(session: Session) -> None:
    note = kept(session)
    session.execute(delete(Note), execution_options={"synchronize_session": False})
    forget_gone(session, inspect(note))
    assert note not in session
    session.add(Note("another", id=note.id))
    session.commit()


def flushing(session: Session) -> BaseException:
    """The error of a flush that does not find a row."""
    with pytest.raises((StaleDataError, SAWarning)) as raised:
        session.flush()
    return raised.value


def gone(session: Session, note: Note) -> None:
    """Remove a row behind the session's back."""
    session.execute(delete(Note).where(inspect(Note).c.id == note.id), execution_options={"synchronize_session": False})


def test_not_found_knows_what_was_to_be_changed(session: Session) -> None:
    note = kept(session)
    gone(session, note)
    note.text = "changed"
    assert not_found(flushing(session)) == (inspect(Note), inspect(Note).local_table)


def test_not_found_knows_what_was_to_be_changed_after_the_others(session: Session) -> None:
    note, last = kept(session), kept(session)
    gone(session, note)
    note.last = last
    assert not_found(flushing(session)) == (inspect(Note), inspect(Note).local_table)


def test_not_found_knows_what_was_to_be_deleted(session: Session) -> None:
    note = kept(session)
    gone(session, note)
    session.delete(note)
    assert not_found(flushing(session)) == (inspect(Note), inspect(Note).local_table)


def test_not_found_knows_what_was_associated(session: Session) -> None:
    note = kept(session)
    note.answers.append(kept(session))
    session.commit()
    association = inspect(Note).relationships["answers"].secondary
    assert isinstance(association, Table)
    session.execute(association.delete())
    note.answers.clear()
    assert not_found(flushing(session)) == (inspect(Note), association)


def test_blanked_knows_the_part_of_a_key(session: Session) -> None:
    mapping = inspect(Note).registry

    @entity
    class Remark:
        text: str
        note: Note | None = None

    keys: tuple[Column[int], Column[str]] = (
        Column("note_id", ForeignKey("notes.id"), primary_key=True),
        Column("text", String, primary_key=True),
    )
    remarks = Table("remarks", mapping.metadata, *keys)
    mapper = map_entity(mapping, Remark, remarks, properties={"note": relationship(Note, foreign_keys=keys[0])})
    remarks.create(session.connection())
    remark = Remark("first", kept(session))
    session.add(remark)
    session.commit()
    remark.note = None
    with pytest.raises(AssertionError) as raised:
        session.flush()
    assert blanked(raised.value) == (mapper, keys[0])


def test_nothing_is_known_of_other_errors() -> None:
    with pytest.raises(AssertionError) as raised:
        raise AssertionError
    assert not_found(raised.value) is None
    assert blanked(raised.value) is None
    assert not is_sqlalchemys(raised.value)


def test_an_error_that_sqlalchemy_raised_is_its_own(session: Session) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        session.refresh(Note("new"))
    assert is_sqlalchemys(raised.value)


def test_the_hooks_of_lazy_loading_are_where_they_are_expected(session: Session) -> None:
    mapper = inspect(Note)
    before = mapper.class_manager.expired_attribute_loader
    guard(mapper.registry)
    assert mapper.class_manager.expired_attribute_loader is not before
    note = kept(session)
    session.expire(note)
    assert note.text == "kept"


def test_session_of_is_the_session_that_an_entity_is_in(session: Session) -> None:
    note = Note("one")
    assert session_of(inspect(note)) is None
    session.add(note)
    assert session_of(inspect(note)) is session
    session.expunge(note)
    assert session_of(inspect(note)) is None


def test_session_of_knows_no_session_that_is_gone(session: Session) -> None:
    note, other = Note("one"), Session()
    other.add(note)
    del other
    gc.collect()
    assert session_of(inspect(note)) is None
