"""What is read of a mapper for its flushes is what it has worked out: a test for each name."""

import pytest
from sqlalchemy import inspect
from sqlalchemy.orm import Session, registry

from unit.adapters.memory.private.teams import Member, Team, link, state_of
from unitofwork.adapters.memory.private import mappers


def test_flushing_details_are_those_of_the_table(mapping: registry) -> None:
    teams, members = mapping.metadata.tables["teams"], mapping.metadata.tables["members"]
    details = mappers.flushing_details(inspect(Team), teams)
    assert details.written == {"id": teams.c.id, "name": teams.c.name}
    assert details.fetched == (teams.c.name,)
    assert details.owners == ()
    assert len(mappers.flushing_details(inspect(Member), members).owners) == 1
    assert mappers.flushing_details(inspect(Member), members).given_as_none == {"name", "team_id", "boss_id"}
    assert details.order.endswith("Team")


@pytest.mark.usefixtures("mapping")
def test_a_plain_class_is_plain_to_flush() -> None:
    assert mappers.is_plain_to_flush(inspect(Team))


def test_synchronised_columns_lead_from_the_key_to_who_refers_to_it(mapping: registry) -> None:
    teams, members = mapping.metadata.tables["teams"], mapping.metadata.tables["members"]
    assert list(mappers.synchronised(link(Team, "members"))) == [(teams.c.id, members.c.team_id)]
    assert list(mappers.synchronised(link(Member, "team"))) == [(teams.c.id, members.c.team_id)]


def test_owners_are_known_by_their_keys_in_the_parents_of_a_state(mapping: registry, team: Team) -> None:
    (owner,) = mappers.flushing_details(inspect(Member), mapping.metadata.tables["members"]).owners
    member = team.members[0]
    assert state_of(member).parents[owner] is not False
    assert owner not in state_of(Member("new")).parents
    team.members.remove(member)
    assert state_of(member).parents[owner] is False


def test_key_order_sorts_by_the_primary_key(session: Session) -> None:
    teams = [Team("b", id=2), Team("a", id=1)]
    session.add_all(teams)
    session.flush()
    assert [each.obj() for each in sorted(map(state_of, teams), key=mappers.key_order(inspect(Team)))] == teams[::-1]
