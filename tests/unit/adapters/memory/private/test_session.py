"""The shorter ways of a session come to the same as SQLAlchemy's own."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from sqlalchemy import event
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session, registry
from sqlalchemy.orm.attributes import set_committed_value

from unit.adapters.memory.private.teams import Member, Team, state_of
from unitofwork.adapters.memory.private.session import ShorterSession
from unitofwork.adapters.memory.private.transaction import PlainTransaction


def shorter(bind: object) -> Session:
    return ShorterSession(bind, read_only=False, autoflush=True, expire_on_commit=False)


def plain(bind: object) -> Session:
    return Session(bind, expire_on_commit=False)  # type: ignore[arg-type]  # an engine


Open: TypeAlias = Callable[[], Session]


@pytest.fixture(params=[plain, shorter])
def opened(request: pytest.FixtureRequest, mapping: registry, session: Session) -> Iterator[Open]:
    """Opens sessions of either kind."""
    sessions: list[Session] = []

    def open_session() -> Session:
        made: Session = request.param(session.get_bind())
        sessions.append(made)
        return made

    yield open_session
    for each in sessions:
        each.close()


def test_letting_go_of_everything_detaches_it(opened: Open, team: Team) -> None:
    session = opened()
    mine, new, gone = session.get_one(Team, team.id), Team("new"), session.get_one(Team, team.id).members[0]
    session.add(new)
    session.delete(gone)
    mine.name = "blue"
    session.expunge_all()
    assert state_of(mine).detached
    assert state_of(new).transient
    assert [*session.new, *session.dirty, *session.deleted, *session.identity_map.values()] == []
    assert session.get_one(Team, team.id) is not mine


def test_what_was_let_go_of_cannot_come_back_by_itself(opened: Open, team: Team) -> None:
    session = opened()
    identities = session.identity_map
    mine = session.get_one(Team, team.id)
    session.expunge_all()
    with pytest.raises(InvalidRequestError, match="no longer valid"):
        identities._add_unpresent(state_of(mine), state_of(mine).key)


def test_whoever_listens_is_told_who_is_let_go_of(opened: Open, team: Team) -> None:
    session, heard = opened(), list[object]()
    event.listen(session, "persistent_to_detached", lambda _, entity: heard.append(entity))
    event.listen(session, "pending_to_transient", lambda _, entity: heard.append(entity))
    mine, new = session.get_one(Team, team.id), Team("new")
    session.add(new)
    session.expunge_all()
    assert heard == [mine, new]


def test_whoever_listens_to_all_sessions_is_told_too(opened: Open, team: Team) -> None:
    session, heard = opened(), list[object]()
    mine = session.get_one(Team, team.id)

    def hear(_: Session, entity: object) -> None:
        heard.append(entity)

    event.listen(type(session), "persistent_to_detached", hear)
    try:
        session.expunge_all()
    finally:
        event.remove(type(session), "persistent_to_detached", hear)
    assert heard == [mine]


@pytest.mark.parametrize("listening", [False, True])
def test_what_is_deleted_leaves_the_session_and_comes_back_by_a_rollback(
    opened: Open, team: Team, listening: bool
) -> None:
    session, heard = opened(), list[object]()
    if listening:
        event.listen(session, "persistent_to_deleted", lambda _, entity: heard.append(entity))
    mine = session.get_one(Team, team.id)
    (member,) = mine.members
    member.name = "bob"
    session.flush()
    session.delete(member)
    session.flush()
    state = state_of(member)
    assert state.deleted
    assert state.session is session
    assert state.key not in session.identity_map
    assert [*session.deleted, *session.dirty] == []
    assert heard == ([member] if listening else [])
    session.rollback()
    assert state.persistent
    assert session.identity_map[state.key] is member
    assert member.name == "ada"


def test_who_was_changed_while_its_row_was_deleted_is_no_longer_dirty(opened: Open, team: Team) -> None:
    session = opened()
    member = session.get_one(Team, team.id).members[0]
    event.listen(Member, "before_delete", lambda *_: setattr(member, "name", "bob"))
    session.delete(member)
    session.flush()
    assert list(session.dirty) == []


def test_nothing_is_flushed_where_nothing_was_changed(opened: Open, team: Team) -> None:
    session, flushed = opened(), list[object]()
    event.listen(session, "before_flush", lambda *_: flushed.append(None))
    mine = session.get_one(Team, team.id)
    session.flush()
    assert flushed == []
    mine.name = "blue"
    session.flush()
    assert len(flushed) == 1
    new = Team("new")
    session.add(new)
    session.flush()
    assert len(flushed) == 2
    session.delete(new)
    session.flush()
    assert len(flushed) == 3


def test_whatever_is_done_first_begins_a_transaction(opened: Open, team: Team) -> None:
    session = opened()
    assert not session.in_transaction()
    session.add(Team("new"))
    assert session.in_transaction()
    session.rollback()
    session.delete(session.get_one(Team, team.id))
    assert session.in_transaction()
    session.rollback()
    with session.begin():
        session.add(Member("ada"))
    assert not session.in_transaction()


def test_changing_an_entity_begins_a_transaction(opened: Open, team: Team) -> None:
    session = opened()
    mine = session.get_one(Team, team.id)
    session.commit()
    set_committed_value(mine, "name", "blue")
    assert not session.in_transaction()
    mine.name = "green"
    assert session.in_transaction()


def test_plain_connection_is_that_of_the_transaction_and_not_of_a_savepoint(session: Session) -> None:
    engine = session.get_bind()
    made = ShorterSession(engine, read_only=False, autoflush=True, expire_on_commit=False)
    connection = made.plain_connection(engine)
    assert isinstance(made.get_transaction(), PlainTransaction)
    assert made.connection() is connection
    with made.begin_nested():
        assert made.plain_connection(engine) is None
    assert made.plain_connection(engine) is connection
    made.close()


def test_a_session_lets_go_at_once_only_where_nothing_was_flushed(session: Session, team: Team) -> None:
    made = ShorterSession(session.get_bind(), read_only=False, autoflush=True, expire_on_commit=False)
    mine = made.get_one(Team, team.id)
    mine.name = "blue"
    made.flush()
    assert not made.let_go()
    assert mine in made
    made.commit()
    assert made.let_go()
    mine = made.get_one(Team, team.id)
    assert made.in_transaction()
    assert made.let_go()
    assert not made.in_transaction()
    assert state_of(mine).detached


@pytest.mark.parametrize("deletes", [False, True])
def test_no_entity_takes_a_session_that_was_left_for_its_own(session: Session, team: Team, deletes: bool) -> None:
    made = ShorterSession(session.get_bind(), read_only=False, autoflush=True, expire_on_commit=False)
    mine, key = made.get_one(Team, team.id).members[0], made.hash_key
    if deletes:
        made.delete(mine)
    made.commit()
    made.close()
    made.leave()
    assert state_of(mine).session is None
    assert (made.hash_key != key) is deletes
    assert not made.holds_on
