"""What is used of the states of entities does what it is used for: a test for each name."""

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from unit.adapters.memory.private.teams import Team, state_of
from unitofwork.adapters.memory.private import states


def test_commit_all_and_commit_some_take_values_for_the_rows(session: Session, team: Team) -> None:
    team.name = "blue"
    states.commit_some(state_of(team), ["name"])
    assert not session.is_modified(team)
    team.name = "green"
    states.commit_all(session, state_of(team))
    assert team not in session.dirty


def test_reset_forgets_what_is_loaded(team: Team) -> None:
    states.reset(state_of(team), "members")
    assert states.unloaded(state_of(team)) == {"members"}


def test_state_of_is_what_inspecting_an_entity_gives(team: Team) -> None:
    assert states.state_of(team) is inspect(team)


def test_identity_of_is_that_which_an_entity_has_or_would_have(team: Team) -> None:
    mapper = inspect(Team)
    assert states.identity_of(mapper, state_of(team))[1] == (team.id,)
    new = Team("new", id=9)
    assert states.identity_of(mapper, state_of(new))[1] == (9,)


def test_is_in_is_who_is_new_or_has_a_row_here(session: Session, team: Team) -> None:
    new = Team("new")
    assert states.is_in(session, state_of(team))
    assert not states.is_in(session, state_of(new))
    session.add(new)
    assert states.is_in(session, state_of(new))
