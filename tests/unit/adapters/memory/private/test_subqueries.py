"""What is read of a SELECT inside another one is what it says."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import registry

from unit.adapters.memory.private.teams import Member
from unitofwork.adapters.memory.private import subqueries


def test_selected_says_what_a_select_reads_that_is_not_around_it(mapping: registry) -> None:
    teams, members = mapping.metadata.tables["teams"], mapping.metadata.tables["members"]
    names: Any = Member.name
    for one in (
        select(members.c.name).where(members.c.team_id == teams.c.id),
        select(names).join(teams, members.c.team_id == teams.c.id),
    ):
        found = subqueries.selected(one.order_by(members.c.id).limit(2).offset(1).distinct(), (), ())
        assert found is not None
        assert [column.name for column in found.columns] == ["name"]
        assert (found.limit.value, found.offset.value, found.distinct, found.others) == (2, 1, True, ())
        assert len(found.order_by) == 1
    inner = select(members.c.name).where(members.c.team_id == teams.c.id)
    correlated = subqueries.selected(inner, (teams,), (teams,))
    assert correlated is not None
    assert (correlated.froms, len(correlated.where)) == ((members,), 1)
    assert subqueries.selected(inner, (teams, members), (teams, members)) is None
    far = subqueries.selected(inner.correlate(teams), (), (teams,))
    assert far is not None
    assert far.froms == (members,)


def test_selected_names_other_clauses(mapping: registry) -> None:
    members = mapping.metadata.tables["members"]
    named = {
        "GROUP BY": select(members.c.name).group_by(members.c.name),
        "HAVING": select(members.c.name).having(members.c.id > 1),
        "an extension": select(members.c.name).ext(distinct_on(members.c.id)),
        "FETCH": select(members.c.name).fetch(1),
        "FOR UPDATE": select(members.c.name).with_for_update(),
        "WITH": select(members.c.name).add_cte(select(members.c.id).cte("others")),
        "a prefix": select(members.c.name).prefix_with("x"),
        "a suffix": select(members.c.name).suffix_with("x"),
    }
    for name, one in named.items():
        found = subqueries.selected(one, (), ())
        assert found is not None
        assert found.others == (name,)
