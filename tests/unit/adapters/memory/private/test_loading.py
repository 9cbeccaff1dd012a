"""Entities are made of records as SQLAlchemy's own loading makes them."""

from typing import Any

import pytest
from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, registry

from unit.adapters.memory.private.teams import Team, state_of
from unitofwork.adapters.memory.populating import Population
from unitofwork.adapters.memory.private.loading import Load, loading
from unitofwork.adapters.memory.questions.records import records_of

READER: Any = None
"""Nothing that these entities are made of is computed."""


@pytest.fixture(params=[False, True], ids=["of one class", "of the class that each says"])
def load(request: pytest.FixtureRequest, mapping: registry) -> Load:
    own = Population.of(inspect(Team), records_of(inspect(Team)))
    return loading(Team, "(r[1],)", {}, own, (lambda *_: own) if request.param else None, _complete)


def _complete(population: Population, entity: Any, record: Any, reader: Any) -> None:
    population.fill(entity.__dict__, record, reader)


def test_what_is_loaded_belongs_to_the_session_and_has_a_row(session: Session, load: Load) -> None:
    fresh: list[Team] = []
    (team,) = load(session, READER, [(1, 7, "blue")], fresh)
    assert fresh == [team]
    assert session.identity_map[inspect(Team).identity_key_from_primary_key((7,))] is team
    assert inspect(team) is state_of(team)
    assert state_of(team).persistent
    assert not state_of(team).modified
    assert (team.id, team.name, team.members) == (7, "blue", [])
    team.name = "green"
    assert team in session.dirty
    assert state_of(team).attrs.name.history.deleted == ["blue"]


def test_what_the_session_has_is_left_as_it_is(session: Session, team: Team, load: Load) -> None:
    team.name = "mine"
    fresh: list[Team] = []
    assert load(session, READER, [(1, team.id, "blue")], fresh) == [team]
    assert team.name == "mine"
    assert not fresh


def test_what_the_session_has_not_loaded_is_completed(session: Session, team: Team, load: Load) -> None:
    session.expire(team, ["name"])
    assert load(session, READER, [(1, team.id, "blue")], None) == [team]
    assert vars(team)["name"] == "blue"


def test_an_entity_that_is_gone_makes_room_for_another(session: Session, load: Load) -> None:
    (team,) = load(session, READER, [(1, 7, "blue")], None)
    state = state_of(team)
    del team
    (again,) = load(session, READER, [(1, 7, "blue")], None)
    assert state_of(again) is not state
    assert list(session) == [again]


def test_who_listens_is_told_and_what_he_changes_is_taken_for_loaded(session: Session, load: Load) -> None:
    def rename(team: Team, context: object) -> None:
        team.name = "renamed"

    event.listen(Team, "load", rename)
    (team,) = load(session, READER, [(1, 7, "blue")], None)
    assert team.name == "renamed"
    assert team not in session.dirty
