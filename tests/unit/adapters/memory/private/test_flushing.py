"""What a flush reads of a session and its entities, and does to them before they are written: a test for each name."""

from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from unit.adapters.memory.private.teams import Member, Team, state_of
from unitofwork.adapters.memory.private import flushing


def test_changes_of_a_session_are_what_it_has_to_flush(session: Session, team: Team) -> None:
    new = Team("new")
    session.add(new)
    team.name = "blue"
    session.delete(team.members[0])
    changes = flushing.changes_of(session)
    assert changes is not None
    assert [list(each) for each in changes] == [[state_of(new)], [state_of(team)], [state_of(team.members[0])]]


@pytest.mark.parametrize("name", ["before_flush", "after_flush", "after_flush_postexec"])
@pytest.mark.parametrize("everywhere", [False, True])
def test_changes_of_a_session_are_not_told_where_somebody_listens(
    session: Session, name: str, everywhere: bool
) -> None:
    def hear(*_: object) -> None:
        pass

    whose: Any = Session if everywhere else session
    event.listen(whose, name, hear)
    try:
        assert flushing.changes_of(session) is None
    finally:
        event.remove(whose, name, hear)
    assert flushing.changes_of(session) is not None


def test_pending_mutations_are_of_collections_that_are_not_loaded(session: Session, team: Team) -> None:
    assert not flushing.pending_mutations(state_of(team))
    session.expire(team, ["members"])
    with session.no_autoflush:
        Member("bob", team)
    assert set(flushing.pending_mutations(state_of(team)) or ()) == {"members"}


def test_is_changed_compares_with_the_row_and_copy_keys_notes_the_change(team: Team) -> None:
    member = team.members[0]
    pairs = (("name", "name"),)
    flushing.copy_keys(pairs, {state_of(member): state_of(team)})
    assert member.name == "red"
    assert flushing.is_changed(state_of(member), "name", member.name)
    flushing.copy_keys(pairs, {state_of(member): None})
    assert state_of(member).dict["name"] is None
    member.name = "ada"
    assert not flushing.is_changed(state_of(member), "name", member.name)


def test_copy_keys_sets_what_is_new_without_events_and_loads_what_has_expired(session: Session, team: Team) -> None:
    new, other, pairs = Member("new"), Member("other"), (("id", "team_id"),)
    session.expire(team)
    flushing.copy_keys(pairs, {state_of(new): state_of(team), state_of(other): None})
    assert state_of(new).dict["team_id"] == team.id
    assert "team_id" in state_of(new).committed_state
    assert state_of(other).dict["team_id"] is None


def test_find_referred_looks_in_the_session_alone_and_for_the_first_that_has_somebody(
    session: Session, team: Team
) -> None:
    team.members.append(Member("bob"))
    session.commit()
    ada, bob = team.members
    for member in (ada, bob):
        session.expire(member, ["team"])
    flushing.find_referred([state_of(ada), state_of(bob)], "team")
    assert state_of(ada).dict["team"] is team
    assert "team" not in state_of(bob).dict
    session.expunge(team)
    flushing.find_referred([state_of(bob)], "team")
    assert "team" not in state_of(bob).dict


def test_what_is_referred_to_is_taken_as_if_it_had_been_loaded(session: Session, team: Team) -> None:
    (member,) = team.members
    state = state_of(member)
    assert not flushing.may_be_loaded(state, "team")
    session.expire(member, ["team"])
    assert flushing.may_be_loaded(state, "team")
    flushing.take_for_referred(state, "team", team)
    assert member.team is team
    assert not state.modified
    assert "team" not in state.expired_attributes
    member.team = None
    assert not flushing.may_be_loaded(state, "team")


def test_expire_some_has_attributes_loaded_again(team: Team) -> None:
    flushing.expire_some(state_of(team), ["name"])
    assert "name" in state_of(team).unloaded
    assert team.name == "red"
