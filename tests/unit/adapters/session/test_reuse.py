"""A closed session serves the next unit if nobody can tell it from a new one, and is left alone otherwise."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from weakref import ref

import pytest
from sqlalchemy import Column, Engine, Integer, String, Table, create_engine, event, inspect
from sqlalchemy.orm import object_session, registry

from unitofwork import Event, entity, map_entity, record, value
from unitofwork.adapters.session.orm_session import OrmSession
from unitofwork.adapters.session.reuse import CLOSED, Sessions
from unitofwork.adapters.sqlalchemy.engine_session import EngineSession
from unitofwork.domain.errors import UnitClosed


@entity
class Note:
    text: str
    id: int | None = None


@value
class Told(Event):
    """Happened to a note."""


@pytest.fixture
def engine() -> Iterator[Engine]:
    mapping = registry()
    map_entity(
        mapping, Note, Table("notes", mapping.metadata, Column("id", Integer, primary_key=True), Column("text", String))
    )
    made = create_engine("sqlite://")
    mapping.metadata.create_all(made)
    yield made
    made.dispose()
    mapping.dispose()


@pytest.fixture
def sessions(engine: Engine) -> Sessions[OrmSession]:
    return Sessions(partial(EngineSession, engine, read_only=False, autoflush=True, expire_on_commit=False), most=2)


def taken(sessions: Sessions[OrmSession]) -> OrmSession:
    return sessions.take(autoflush=True, expire_on_commit=False)


def used(sessions: Sessions[OrmSession], use: Callable[[OrmSession], object]) -> int:
    """Take a session, use it, close it and give it back; which one it was."""

    def give_back(session: OrmSession) -> int:
        session.close()
        number = id(session)
        held.clear()
        sessions.give_back(session)
        return number

    held = [taken(sessions)]
    use(held[0])
    return give_back(held.pop())


def work(session: OrmSession) -> None:
    session.add(Note("kept"))
    session.commit()


def test_the_next_unit_gets_the_session_of_the_last_one(sessions: Sessions[OrmSession]) -> None:
    assert used(sessions, work) == used(sessions, work)


def test_a_session_in_which_events_were_recorded_serves_again_and_holds_nobody(
    sessions: Sessions[OrmSession],
) -> None:
    def use(session: OrmSession) -> None:
        session.add(note := Note("told"))
        record(note, Told())
        session.commit()
        assert session.recorded() == (note,)
        gone.append(ref(note))

    gone = list[ref[Note]]()
    assert used(sessions, use) == used(sessions, use)
    assert [each() for each in gone] == [None, None]


def test_nothing_of_the_last_unit_is_in_it(sessions: Sessions[OrmSession]) -> None:
    used(sessions, lambda session: session.add(Note("forgotten")))
    session = taken(sessions)
    assert not list(session)
    assert not session.in_transaction()


def test_what_the_next_unit_asks_for_is_set(sessions: Sessions[OrmSession]) -> None:
    used(sessions, lambda session: setattr(session, "autoflush", False))
    session = sessions.take(autoflush=True, expire_on_commit=True)
    assert (session.autoflush, session.expire_on_commit) == (True, True)


def test_an_entity_is_not_in_the_next_unit(sessions: Sessions[OrmSession]) -> None:
    notes = [Note("added"), Note("deleted"), Note("loaded")]

    def use(session: OrmSession) -> None:
        session.add_all(notes[1:])
        session.commit()
        session.add(notes[0])
        session.delete(notes[1])
        session.flush()

    used(sessions, use)
    session = taken(sessions)
    assert [object_session(note) for note in notes] == [None, None, None]
    assert not any(note in session for note in notes)
    assert not inspect(notes[1]).deleted


def held_outside(session: OrmSession) -> None:
    HELD.append(session)


HELD: list[OrmSession] = []

TOUCHED: dict[str, Callable[[OrmSession], object]] = {
    "held": held_outside,
    "held by what is read": lambda session: HELD.append(session.connection),  # type: ignore[arg-type]  # holds it
    "listened to": lambda session: event.listen(session, "after_commit", lambda _: None),
    "info": lambda session: session.info.update(who="somebody"),
    "attribute": lambda session: setattr(session, "mine", True),
    "setting": lambda session: setattr(session, "twophase", True),
    "method": lambda session: setattr(session, "commit", lambda: None),
    "failed": lambda session: session.failed(ValueError()),
    "bind": lambda session: setattr(session, "bind", create_engine("sqlite://")),
}


@pytest.mark.parametrize("how", TOUCHED)
def test_a_session_that_somebody_has_or_changed_is_left_alone(sessions: Sessions[OrmSession], how: str) -> None:
    try:
        first = used(sessions, TOUCHED[how])
        assert len(sessions) == 0
        if HELD:
            assert used(sessions, work) != first
    finally:
        HELD.clear()


def test_an_open_transaction_is_left_alone(sessions: Sessions[OrmSession]) -> None:
    session = taken(sessions)
    session.connection()
    sessions.give_back(session)
    assert len(sessions) == 0
    session.close()


def test_no_more_are_kept_than_told(sessions: Sessions[OrmSession]) -> None:
    several = [taken(sessions) for _ in range(3)]
    while several:
        sessions.give_back(several.pop())
    assert len(sessions) == 2


def test_threads_never_share_a_session(engine: Engine) -> None:
    sessions = Sessions[OrmSession](
        partial(EngineSession, engine, read_only=False, autoflush=True, expire_on_commit=False)
    )
    busy: dict[int, bool] = {}

    def use(_: int) -> None:
        for _ in range(300):
            session = taken(sessions)
            assert busy.setdefault(id(session), True), "two threads have it"
            del busy[id(session)]
            sessions.give_back(session)

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(use, number) for number in range(4)]:
            done.result(timeout=60)


def test_what_stands_in_for_a_closed_session_is_closed_and_does_nothing_else() -> None:
    CLOSED.close()
    CLOSED.invalidate()
    CLOSED.autoflush = False
    assert CLOSED.failure is None
    with pytest.raises(UnitClosed):
        _ = CLOSED.autoflush
    with pytest.raises(UnitClosed):
        CLOSED.add(Note("late"))


LEFT_OPEN = """
import unitofwork
from sqlalchemy import text
from sqlalchemy.orm import registry

unit = unitofwork.UnitOfWork(unitofwork.SqlAlchemyDatabase("sqlite://", registry())).begin()
unitofwork.orm_session(unit.session).execute(text("SELECT 1"))
unitofwork.left_open = unit  # goes late, when much is gone already
"""


def test_a_unit_that_is_open_when_python_exits_is_closed_without_an_error() -> None:
    exited = subprocess.run([sys.executable, "-c", LEFT_OPEN], capture_output=True, text=True, timeout=60, check=True)
    assert "Error" not in exited.stderr
