"""A flush leaves a session and its entities as SQLAlchemy's own leaves them."""

from typing import Any

import pytest
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import FlushError

from unit.adapters.memory.private.teams import Team, state_of
from unitofwork.adapters.memory.private.written import Keyed, Written, flush


def written(new: list[Any], kept: list[Any], deleted: list[Any]) -> Written[Keyed]:
    made = Written(Keyed(Team, ("id",), owns=True, only_key="id"))
    made.new, made.kept, made.deleted = [list(map(state_of, each)) for each in (new, kept, deleted)]
    return made


def test_a_flush_leaves_entities_as_written(session: Session, team: Team) -> None:
    new, gone = Team("new", id=50), Team("gone")
    session.add(gone)
    session.commit()
    session.add(new)
    session.delete(gone)
    team.name = "blue"
    flush(session, lambda _: None, [written([new], [team], [gone])])
    assert state_of(new).persistent
    assert session.identity_map[inspect(Team).identity_key_from_primary_key((50,))] is new
    assert state_of(gone).deleted
    assert [*session.new, *session.dirty, *session.deleted] == []
    session.rollback()
    assert state_of(new).transient
    assert state_of(gone).persistent
    assert team.name == "red"


def test_a_flush_tells_who_listens_and_leaves_the_rest_to_the_session(session: Session, team: Team) -> None:
    heard: list[object] = []
    event.listen(session, "pending_to_persistent", lambda _, entity: heard.append(entity))
    new = Team("new", id=50)
    session.add(new)
    team.id = 51
    flush(session, lambda _: None, [written([new], [team], [])])
    assert heard == [new]
    assert state_of(team).key[1] == (51,)
    session.rollback()
    assert state_of(team).key[1] != (51,)


def test_a_flush_that_fails_is_rolled_back(session: Session) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    new = Team("new", id=50)
    session.add(new)
    with pytest.raises(ZeroDivisionError):
        flush(session, fail, [written([new], [], [])])
    assert not session.is_active
    session.rollback()
    assert state_of(new).transient


def test_a_flush_without_a_key_is_refused(session: Session) -> None:
    new = Team("new")
    session.add(new)
    with pytest.raises(FlushError, match="NULL identity key"):
        flush(session, lambda _: None, [written([new], [], [])])
