"""The short way through a transaction comes to the same as SQLAlchemy's own."""

import gc
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from sqlalchemy import event
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session, SessionTransaction, registry

from unit.adapters.memory.private.teams import Member, Team, state_of
from unitofwork.adapters.memory.private.transaction import PlainTransaction


class PlainSession(Session):
    """SQLAlchemy's session with the transaction that is tried here."""

    def _autobegin_t(self, begin: bool = False) -> SessionTransaction:
        return self._transaction or PlainTransaction(self)


Open: TypeAlias = Callable[[], Session]


@pytest.fixture(params=[Session, PlainSession])
def opened(request: pytest.FixtureRequest, mapping: registry, session: Session) -> Iterator[Open]:
    """Opens sessions of either kind."""
    sessions: list[Session] = []

    def open_session() -> Session:
        made: Session = request.param(session.get_bind(), expire_on_commit=False)
        sessions.append(made)
        return made

    yield open_session
    for each in sessions:
        each.close()


def test_a_commit_keeps_and_a_rollback_undoes_what_was_flushed(opened: Open) -> None:
    session = opened()
    red = Team("red", [Member("ada")])
    session.add(red)
    session.commit()
    assert session.get_transaction() is None
    blue = Team("blue")
    session.add(blue)
    red.name = "green"
    red.members.clear()
    session.flush()
    session.rollback()
    assert state_of(blue).transient
    assert red.name == "red"
    assert [member.name for member in red.members] == ["ada"]


def test_a_savepoint_goes_back_to_where_it_was_set(opened: Open) -> None:
    session = opened()
    red, blue = Team("red"), Team("blue")
    session.add(red)
    with session.begin_nested():
        red.name = "green"
    with pytest.raises(ZeroDivisionError), session.begin_nested():
        session.add(blue)
        session.flush()
        raise ZeroDivisionError
    assert state_of(blue).transient
    session.commit()
    assert opened().get_one(Team, red.id).name == "green"
    session.delete(red)
    session.flush()
    session.rollback()
    assert state_of(red).persistent


def test_whoever_listens_is_told_of_each_step(opened: Open) -> None:
    session, heard = opened(), list[str]()
    for name in ("after_transaction_create", "after_begin", "before_commit", "after_commit", "after_transaction_end"):
        event.listen(session, name, lambda *_, name=name: heard.append(name))
    session.connection()
    session.commit()
    assert heard == [
        "after_transaction_create",
        "after_begin",
        "before_commit",
        "after_commit",
        "after_transaction_end",
    ]


def test_nobody_ends_a_transaction_that_is_being_committed(opened: Open) -> None:
    session = opened()
    event.listen(Team, "before_insert", lambda *_: session.commit())
    session.add(Team("red"))
    with pytest.raises(InvalidRequestError):
        session.commit()


def test_a_failed_flush_ends_the_transaction(opened: Open) -> None:
    session = opened()
    session.add(Team("red", id=1))
    session.commit()
    again = Team("red again", id=1)
    opened_again = opened()
    opened_again.add(again)
    with pytest.raises(Exception, match="UNIQUE"):
        opened_again.commit()
    with pytest.raises(InvalidRequestError):
        opened_again.connection()
    opened_again.rollback()
    assert state_of(again).transient


def test_an_entity_that_is_gone_is_not_missed_by_a_rollback(opened: Open) -> None:
    session, heard = opened(), list[object]()
    event.listen(session, "persistent_to_transient", lambda _, entity: heard.append(entity))
    session.add(Team("red"))
    session.flush()
    gc.collect()
    session.rollback()
    assert heard == []


def test_attributes_expire_with_a_commit_if_they_are_to(opened: Open) -> None:
    session = opened()
    session.expire_on_commit = True
    red = Team("red")
    session.add(red)
    session.commit()
    assert "name" in state_of(red).unloaded


def test_a_connection_is_asked_for_once_and_given_back(session: Session) -> None:
    engine = session.get_bind()
    made = PlainSession(engine)
    transaction = made._autobegin_t()
    assert isinstance(transaction, PlainTransaction)
    connection = transaction.connect(engine)
    assert connection is made.connection()
    made.close()
    assert connection.closed


def test_a_connection_with_options_is_left_to_sqlalchemy(session: Session) -> None:
    made = PlainSession(session.get_bind(), execution_options={"stream_results": True})
    transaction = made._autobegin_t()
    assert isinstance(transaction, PlainTransaction)
    assert transaction.connect(session.get_bind()) is None
