"""What is read of a session's own statements is what they say: a test for each name."""

from typing import Any

from sqlalchemy import delete, event, insert, select
from sqlalchemy import update as update_statement
from sqlalchemy.orm import Session, registry

from unit.adapters.memory.private.teams import Team, state_of
from unitofwork.adapters.memory.private import statements


def test_assigned_returned_and_compared_read_what_a_flush_sends(mapping: registry) -> None:
    teams = mapping.metadata.tables["teams"]
    sent = insert(teams).values({teams.c.name: teams.c.name + "x"}).return_defaults(teams.c.name)
    assert list(statements.assigned(sent)) == [teams.c.name]
    assert statements.returned(sent) == (teams.c.name,)
    assert statements.assigned(insert(teams)) == {}
    assert statements.returned(insert(teams)) == ()
    both = (teams.c.id == 1) & (teams.c.name == "red")
    assert [each.left for each in statements.compared(update_statement(teams).where(both))] == [
        teams.c.id,
        teams.c.name,
    ]
    assert [each.left for each in statements.compared(delete(teams).where(teams.c.id == 1))] == [teams.c.id]


def test_refresh_of_knows_what_sqlalchemy_loads_afresh_by_itself(session: Session, team: Team) -> None:
    asked: list[statements.Refresh | None] = []

    @event.listens_for(session, "do_orm_execute")
    def note(call: Any) -> None:
        asked.append(statements.refresh_of(call.statement, call.execution_options))

    session.refresh(team, ["name"])
    session.expire(team)
    assert team.name == "red"
    session.scalars(select(Team)).all()
    refreshed, expired, question = asked
    assert refreshed is not None
    assert refreshed.state is state_of(team)
    assert set(refreshed.names or ()) == {"name"}
    assert refreshed.asked_for
    assert expired is not None
    assert not expired.asked_for
    assert expired.autoflush
    assert question is None
