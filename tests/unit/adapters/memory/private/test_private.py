"""What the twin uses of SQLAlchemy's inside does what it is used for: one test for each name."""

from typing import Any

import pytest
from sqlalchemy import delete, event, insert, inspect, select
from sqlalchemy import update as update_statement
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, registry
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.base import PASSIVE_NO_FETCH, PASSIVE_OFF, PassiveFlag

from unit.adapters.memory.private.teams import Member, Team, link, state_of
from unitofwork.adapters.memory import private


def test_assigned_returned_and_compared_read_what_a_flush_sends(mapping: registry) -> None:
    teams = mapping.metadata.tables["teams"]
    sent = insert(teams).values({teams.c.name: teams.c.name + "x"}).return_defaults(teams.c.name)
    assert list(private.assigned(sent)) == [teams.c.name]
    assert private.returned(sent) == (teams.c.name,)
    assert private.assigned(insert(teams)) == {}
    assert private.returned(insert(teams)) == ()
    both = (teams.c.id == 1) & (teams.c.name == "red")
    assert [each.left for each in private.compared(update_statement(teams).where(both))] == [teams.c.id, teams.c.name]
    assert [each.left for each in private.compared(delete(teams).where(teams.c.id == 1))] == [teams.c.id]


def test_refresh_of_knows_what_sqlalchemy_loads_afresh_by_itself(session: Session, team: Team) -> None:
    asked: list[private.Refresh | None] = []

    @event.listens_for(session, "do_orm_execute")
    def note(call: Any) -> None:
        asked.append(private.refresh_of(call.statement, call.execution_options))

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


def test_commit_all_and_commit_some_take_values_for_the_rows(session: Session, team: Team) -> None:
    team.name = "blue"
    private.commit_some(state_of(team), ["name"])
    assert not session.is_modified(team)
    team.name = "green"
    private.commit_all(session, state_of(team))
    assert team not in session.dirty


def test_reset_forgets_what_is_loaded(team: Team) -> None:
    private.reset(state_of(team), "members")
    assert private.unloaded(state_of(team)) == {"members"}


def test_state_of_is_what_inspecting_an_entity_gives(team: Team) -> None:
    assert private.state_of(team) is inspect(team)


def test_identity_of_is_that_which_an_entity_has_or_would_have(team: Team) -> None:
    mapper = inspect(Team)
    assert private.identity_of(mapper, state_of(team))[1] == (team.id,)
    new = Team("new", id=9)
    assert private.identity_of(mapper, state_of(new))[1] == (9,)


def test_is_pending_may_ask_and_may_ask_rows_follow_the_flags(team: Team) -> None:
    members = link(Team, "members")
    assert private.is_pending(state_of(Team("new")), members)
    assert not private.is_pending(state_of(team), members)
    assert private.may_ask(state_of(team), PASSIVE_OFF, by_key=False)
    assert not private.may_ask(state_of(team), PASSIVE_NO_FETCH, by_key=False)
    assert not private.may_ask(state_of(Team("new")), PASSIVE_OFF ^ PassiveFlag.NON_PERSISTENT_OK, by_key=True)
    assert private.may_ask_rows(PASSIVE_OFF)
    assert not private.may_ask_rows(PASSIVE_OFF ^ PassiveFlag.RELATED_OBJECT_OK)


@pytest.mark.usefixtures("mapping")
def test_raises_knows_what_the_mapping_forbids_to_load() -> None:
    assert private.raises(link(Member, "boss"), PASSIVE_OFF)
    assert not private.raises(link(Member, "boss"), PASSIVE_OFF | PassiveFlag.NO_RAISE)
    assert not private.raises(link(Member, "team"), PASSIVE_OFF)


def test_key_of_related_and_held_find_what_is_in_the_session(session: Session, team: Team) -> None:
    member = state_of(team.members[0])
    key = private.key_of_related(session, link(Member, "team"), member, PASSIVE_OFF)
    assert key == [team.id]
    assert private.held(session, link(Member, "team"), member, key, PASSIVE_OFF) is team
    assert private.held(session, link(Member, "team"), member, [99], PASSIVE_OFF) is None
    assert private.key_of_related(session, link(Team, "members"), state_of(team), PASSIVE_OFF) is None


def test_key_columns_are_those_that_hold_the_key_of_what_is_related(mapping: registry) -> None:
    members = mapping.metadata.tables["members"]
    assert private.key_columns(link(Member, "team")) == (members.c.team_id,)
    assert private.key_columns(link(Team, "members")) is None


def test_reading_is_how_an_attribute_that_is_read_is_loaded(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    flags: list[object] = []
    impl = state_of(team).manager["members"].impl
    load = impl.callable_

    def note(state: object, passive: object) -> Any:
        flags.append(passive)
        return load(state, passive)

    monkeypatch.setattr(impl, "callable_", note)
    state_of(team).session.expire(team, ["members"])
    assert len(team.members) == 1
    assert flags[0] is private.READING


def test_values_of_are_those_of_now_or_of_the_row(team: Team, mapping: registry) -> None:
    name = mapping.metadata.tables["teams"].c.name
    assert team.name == "red"
    team.name = "blue"
    assert private.values_of(state_of(team), [name], PASSIVE_OFF) == ["blue"]
    committed = PASSIVE_OFF | PassiveFlag.LOAD_AGAINST_COMMITTED
    assert private.values_of(state_of(team), [name], committed) == ["red"]


def test_may_autoflush_and_is_there_already_follow_the_flags(team: Team) -> None:
    state = state_of(team)
    assert private.may_autoflush(state, PASSIVE_OFF)
    assert not private.may_autoflush(state, PASSIVE_OFF | PassiveFlag.NO_AUTOFLUSH)
    assert not private.may_autoflush(state_of(Team("new")), PASSIVE_OFF)
    assert private.is_there_already(state, "members", PASSIVE_OFF)
    assert not private.is_there_already(state, "members", PASSIVE_OFF | PassiveFlag.DEFERRED_HISTORY_LOAD)


def test_listeners_hear_of_loading(session: Session, team: Team) -> None:
    heard: list[object] = []
    assert not private.hears_refresh(inspect(Team))
    event.listen(Team, "load", lambda target, _: heard.append(target))
    event.listen(Team, "refresh", lambda target, _, names: heard.append(names))
    assert private.hears_refresh(inspect(Team))
    event.listen(session, "loaded_as_persistent", lambda _, target: heard.append(("of the session", target)))
    private.tell_loaded(session, state_of(team))
    private.tell_refreshed(state_of(team), {"name"})
    assert heard == [team, ("of the session", team), {"name"}]


def test_at_once_loads_what_the_mapping_forbids_to_load(session: Session, team: Team) -> None:
    member = state_of(team.members[0])
    assert private.raises(link(Member, "boss"), PASSIVE_OFF)
    assert not private.raises(link(Member, "boss"), private.AT_ONCE)
    assert private.may_ask_rows(private.AT_ONCE)
    assert private.may_autoflush(member, private.AT_ONCE)


def test_at_hand_is_who_the_session_has_as_they_are(session: Session, team: Team) -> None:
    member, team_id = state_of(team.members[0]), team.id
    session.expire(team)
    assert private.held(session, link(Member, "team"), member, [team_id], private.AT_HAND) is team
    assert "name" not in team.__dict__
    assert private.held(session, link(Member, "team"), member, [team_id], private.AT_ONCE) is team
    assert "name" in team.__dict__
    assert not private.may_ask_rows(private.AT_HAND)
    assert not private.raises(link(Member, "boss"), private.AT_HAND)


def test_the_symbols_are_those_that_attributes_know(team: Team) -> None:
    assert state_of(Team("new")).attrs.members.load_history().sum() == []
    set_committed_value(team, "name", "x")
    symbols = (private.WAS_SET, private.EMPTY, private.NEVER_SET, private.NO_RESULT, private.OTHER_CLASS)
    assert len(set(symbols)) == 5


def test_selected_says_what_a_select_reads_that_is_not_around_it(mapping: registry) -> None:
    teams, members = mapping.metadata.tables["teams"], mapping.metadata.tables["members"]
    names: Any = Member.name
    for one in (
        select(members.c.name).where(members.c.team_id == teams.c.id),
        select(names).join(teams, members.c.team_id == teams.c.id),
    ):
        found = private.selected(one.order_by(members.c.id).limit(2).offset(1).distinct(), (), ())
        assert found is not None
        assert [column.name for column in found.columns] == ["name"]
        assert (found.limit.value, found.offset.value, found.distinct, found.others) == (2, 1, True, ())
        assert len(found.order_by) == 1
    inner = select(members.c.name).where(members.c.team_id == teams.c.id)
    correlated = private.selected(inner, (teams,), (teams,))
    assert correlated is not None
    assert (correlated.froms, len(correlated.where)) == ((members,), 1)
    assert private.selected(inner, (teams, members), (teams, members)) is None
    far = private.selected(inner.correlate(teams), (), (teams,))
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
        found = private.selected(one, (), ())
        assert found is not None
        assert found.others == (name,)


def test_is_in_is_who_is_new_or_has_a_row_here(session: Session, team: Team) -> None:
    new = Team("new")
    assert private.is_in(session, state_of(team))
    assert not private.is_in(session, state_of(new))
    session.add(new)
    assert private.is_in(session, state_of(new))


def test_a_list_is_taken_in_as_it_would_be_loaded(session: Session, team: Team) -> None:
    session.add(Member("bob", team))
    session.commit()
    members = list(team.members)
    session.expire(team, ["members"])
    assert private.take_in_list(state_of(team), vars(team), "members", members)
    assert "members" not in state_of(team).unloaded
    assert team.members == members
    assert not session.is_modified(team)
    team.members.remove(members[0])
    assert members[0].team is None
    assert state_of(team).attrs.members.history.deleted == [members[0]]
    new = Member("eve")
    team.members.append(new)
    assert new.team is team


def test_a_list_is_not_taken_in_where_it_was_added_to_or_somebody_listens(session: Session, team: Team) -> None:
    members = list(team.members)
    session.expire(team, ["members"])
    with session.no_autoflush:
        Member("bob", team)
        assert not private.take_in_list(state_of(team), vars(team), "members", members)
    session.rollback()
    event.listen(Team.members, "init_collection", lambda *_: None)
    assert not private.take_in_list(state_of(team), vars(team), "members", members)
