"""Cascades along the relationships that have them come to the same as SQLAlchemy's own."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session, registry

from unit.adapters.memory.private.teams import Member, Team, state_of
from unitofwork.adapters.memory.private import cascades


class CascadingSession(Session):
    """SQLAlchemy's session with the cascades that are tried here."""

    def _save_or_update_state(self, state: Any) -> None:
        cascades.add(self, state)

    def _delete_impl(self, state: Any, obj: object, head: bool) -> None:
        if head:
            cascades.delete(self, state, obj)
        else:
            super()._delete_impl(state, obj, head)


Open: TypeAlias = Callable[[], Session]


@pytest.fixture(params=[Session, CascadingSession])
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


def test_what_is_related_comes_in_the_order_in_which_it_is_found(opened: Open) -> None:
    session = opened()
    red, blue, green = Team("red"), Team("blue"), Team("green")
    red.members = [Member("ada"), Member("bob")]
    red.members[0].boss = blue
    blue.members = [Member("eve")]
    blue.members[0].boss = green
    session.add(red)
    assert [each.name for each in session.new] == ["red", "ada", "blue", "eve", "green", "bob"]
    assert [state_of(each).insert_order for each in session.new] == [1, 2, 3, 4, 5, 6]


def test_who_was_related_comes_too(opened: Open, team: Team) -> None:
    first = team.members[0]
    Session.object_session(team).expunge_all()  # type: ignore[union-attr]  # it has one
    team.members = [Member("bob")]
    session = opened()
    session.add(team)
    assert first in session
    assert [each.name for each in session.new] == ["bob"]


def test_whoever_listens_is_told_of_each(opened: Open) -> None:
    session, heard = opened(), list[object]()
    event.listen(session, "transient_to_pending", lambda _, entity: heard.append(entity.name))
    session.add(Team("red", [Member("ada")]))
    assert heard == ["red", "ada"]


def test_what_is_of_another_class_is_refused(opened: Open) -> None:
    red, other = Team("red"), Team("blue")
    state_of(red).dict["members"] = []
    red.members.append(other)  # type: ignore[arg-type]  # on purpose
    with pytest.raises((AssertionError, AttributeError)):
        opened().add(red)


def test_a_long_chain_is_followed_to_its_end(opened: Open) -> None:
    session, first = opened(), Team("first")
    last = first
    for number in range(2000):
        member = Member(f"m{number}", last)
        member.boss = last = Team(f"t{number}")
    session.add(first)
    assert len(session.new) == 4001


def test_what_is_deleted_along_is_loaded_if_need_be(opened: Open, team: Team) -> None:
    session = opened()
    mine = session.get_one(Team, team.id)
    session.delete(mine)
    assert {type(each) for each in session.deleted} == {Team, Member}
    session.delete(mine)
    assert len(session.deleted) == 2
    session.flush()
    assert state_of(mine).deleted


def test_a_detached_entity_comes_back_to_be_deleted(opened: Open, team: Team) -> None:
    Session.object_session(team).expunge_all()  # type: ignore[union-attr]  # it has one
    session = opened()
    session.delete(team)
    assert team in session
    assert team.members[0] in session.deleted
