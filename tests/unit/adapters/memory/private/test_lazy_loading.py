"""What is used of SQLAlchemy's lazy loading does what it is used for: a test for each name."""

from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session, registry
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.base import PASSIVE_NO_FETCH, PASSIVE_OFF, PassiveFlag

from unit.adapters.memory.private.teams import Member, Team, link, state_of
from unitofwork.adapters.memory.private import lazy_loading


def test_is_pending_may_ask_and_may_ask_rows_follow_the_flags(team: Team) -> None:
    members = link(Team, "members")
    assert lazy_loading.is_pending(state_of(Team("new")), members)
    assert not lazy_loading.is_pending(state_of(team), members)
    assert lazy_loading.may_ask(state_of(team), PASSIVE_OFF, by_key=False)
    assert not lazy_loading.may_ask(state_of(team), PASSIVE_NO_FETCH, by_key=False)
    assert not lazy_loading.may_ask(state_of(Team("new")), PASSIVE_OFF ^ PassiveFlag.NON_PERSISTENT_OK, by_key=True)
    assert lazy_loading.may_ask_rows(PASSIVE_OFF)
    assert not lazy_loading.may_ask_rows(PASSIVE_OFF ^ PassiveFlag.RELATED_OBJECT_OK)


@pytest.mark.usefixtures("mapping")
def test_raises_knows_what_the_mapping_forbids_to_load() -> None:
    assert lazy_loading.raises(link(Member, "boss"), PASSIVE_OFF)
    assert not lazy_loading.raises(link(Member, "boss"), PASSIVE_OFF | PassiveFlag.NO_RAISE)
    assert not lazy_loading.raises(link(Member, "team"), PASSIVE_OFF)


def test_key_of_related_and_held_find_what_is_in_the_session(session: Session, team: Team) -> None:
    member = state_of(team.members[0])
    key = lazy_loading.key_of_related(session, link(Member, "team"), member, PASSIVE_OFF)
    assert key == [team.id]
    assert lazy_loading.held(session, link(Member, "team"), member, key, PASSIVE_OFF) is team
    assert lazy_loading.held(session, link(Member, "team"), member, [99], PASSIVE_OFF) is None
    assert lazy_loading.key_of_related(session, link(Team, "members"), state_of(team), PASSIVE_OFF) is None


def test_key_columns_are_those_that_hold_the_key_of_what_is_related(mapping: registry) -> None:
    members = mapping.metadata.tables["members"]
    assert lazy_loading.key_columns(link(Member, "team")) == (members.c.team_id,)
    assert lazy_loading.key_columns(link(Team, "members")) is None


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
    assert flags[0] is lazy_loading.READING


def test_values_of_are_those_of_now_or_of_the_row(team: Team, mapping: registry) -> None:
    name = mapping.metadata.tables["teams"].c.name
    assert team.name == "red"
    team.name = "blue"
    assert lazy_loading.values_of(state_of(team), [name], PASSIVE_OFF) == ["blue"]
    committed = PASSIVE_OFF | PassiveFlag.LOAD_AGAINST_COMMITTED
    assert lazy_loading.values_of(state_of(team), [name], committed) == ["red"]


def test_may_autoflush_and_is_there_already_follow_the_flags(team: Team) -> None:
    state = state_of(team)
    assert lazy_loading.may_autoflush(state, PASSIVE_OFF)
    assert not lazy_loading.may_autoflush(state, PASSIVE_OFF | PassiveFlag.NO_AUTOFLUSH)
    assert not lazy_loading.may_autoflush(state_of(Team("new")), PASSIVE_OFF)
    assert lazy_loading.is_there_already(state, "members", PASSIVE_OFF)
    assert not lazy_loading.is_there_already(state, "members", PASSIVE_OFF | PassiveFlag.DEFERRED_HISTORY_LOAD)


def test_at_once_loads_what_the_mapping_forbids_to_load(session: Session, team: Team) -> None:
    member = state_of(team.members[0])
    assert lazy_loading.raises(link(Member, "boss"), PASSIVE_OFF)
    assert not lazy_loading.raises(link(Member, "boss"), lazy_loading.AT_ONCE)
    assert lazy_loading.may_ask_rows(lazy_loading.AT_ONCE)
    assert lazy_loading.may_autoflush(member, lazy_loading.AT_ONCE)


def test_at_hand_is_who_the_session_has_as_they_are(session: Session, team: Team) -> None:
    member, team_id = state_of(team.members[0]), team.id
    session.expire(team)
    assert lazy_loading.held(session, link(Member, "team"), member, [team_id], lazy_loading.AT_HAND) is team
    assert "name" not in team.__dict__
    assert lazy_loading.held(session, link(Member, "team"), member, [team_id], lazy_loading.AT_ONCE) is team
    assert "name" in team.__dict__
    assert not lazy_loading.may_ask_rows(lazy_loading.AT_HAND)
    assert not lazy_loading.raises(link(Member, "boss"), lazy_loading.AT_HAND)


def test_the_symbols_are_those_that_attributes_know(team: Team) -> None:
    assert state_of(Team("new")).attrs.members.load_history().sum() == []
    set_committed_value(team, "name", "x")
    symbols = (
        lazy_loading.WAS_SET,
        lazy_loading.EMPTY,
        lazy_loading.NEVER_SET,
        lazy_loading.NO_RESULT,
        lazy_loading.OTHER_CLASS,
    )
    assert len(set(symbols)) == 5


def test_a_list_is_taken_in_as_it_would_be_loaded(session: Session, team: Team) -> None:
    session.add(Member("bob", team))
    session.commit()
    members = list(team.members)
    session.expire(team, ["members"])
    assert lazy_loading.take_in_list(state_of(team), vars(team), "members", members)
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
        assert not lazy_loading.take_in_list(state_of(team), vars(team), "members", members)
    session.rollback()
    event.listen(Team.members, "init_collection", lambda *_: None)
    assert not lazy_loading.take_in_list(state_of(team), vars(team), "members", members)
