"""What a flush in one pass uses of SQLAlchemy's inside does what it is used for: one test for each name."""

from typing import Any

import pytest
from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapper, Session, registry
from sqlalchemy.orm.exc import FlushError

from unit.adapters.memory.private.teams import Member, Team, link, state_of
from unitofwork.adapters.memory.private import flushing
from unitofwork.adapters.orm.values import check_of_new


def test_flushing_details_are_those_of_the_table(mapping: registry) -> None:
    teams, members = mapping.metadata.tables["teams"], mapping.metadata.tables["members"]
    details = flushing.flushing_details(inspect(Team), teams)
    assert details.written == {"id": teams.c.id, "name": teams.c.name}
    assert details.fetched == (teams.c.name,)
    assert details.owners == ()
    assert len(flushing.flushing_details(inspect(Member), members).owners) == 1
    assert flushing.flushing_details(inspect(Member), members).given_as_none == {"name", "team_id", "boss_id"}
    assert details.order.endswith("Team")


@pytest.mark.usefixtures("mapping")
def test_a_plain_class_is_plain_to_flush() -> None:
    assert flushing.is_plain_to_flush(inspect(Team))


def test_synchronised_columns_lead_from_the_key_to_who_refers_to_it(mapping: registry) -> None:
    teams, members = mapping.metadata.tables["teams"], mapping.metadata.tables["members"]
    assert list(flushing.synchronised(link(Team, "members"))) == [(teams.c.id, members.c.team_id)]
    assert list(flushing.synchronised(link(Member, "team"))) == [(teams.c.id, members.c.team_id)]


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


def test_owners_are_known_by_their_keys_in_the_parents_of_a_state(mapping: registry, team: Team) -> None:
    (owner,) = flushing.flushing_details(inspect(Member), mapping.metadata.tables["members"]).owners
    member = team.members[0]
    assert state_of(member).parents[owner] is not False
    assert owner not in state_of(Member("new")).parents
    team.members.remove(member)
    assert state_of(member).parents[owner] is False


def test_pending_mutations_are_of_collections_that_are_not_loaded(session: Session, team: Team) -> None:
    assert not flushing.pending_mutations(state_of(team))
    session.expire(team, ["members"])
    with session.no_autoflush:
        Member("bob", team)
    assert set(flushing.pending_mutations(state_of(team)) or ()) == {"members"}


def test_listeners_hear_of_saving_and_deleting(session: Session, team: Team) -> None:
    heard: list[str] = []
    for name in ("insert", "update", "delete"):
        for when in ("before", "after"):
            event.listen(Team, f"{when}_{name}", lambda *_, what=f"{when}_{name}": heard.append(what))
    mapper, state, connection = inspect(Team), state_of(team), session.connection()
    told = flushing.told_of_rows(mapper)
    wanted = ["before_insert", "after_insert", "before_update", "after_update", "before_delete", "after_delete"]
    for name in wanted:
        flushing.tell(getattr(told, name), mapper, connection, [state])
    assert heard == wanted


def test_listeners_to_every_mapper_hear_too_and_nobody_else_is_needed(session: Session, team: Team) -> None:
    mapper, heard = inspect(Team), list[object]()
    flushing.tell(flushing.told_of_rows(mapper).after_insert, mapper, session.connection(), [state_of(team)])

    def hear(_mapper: object, _connection: object, target: object) -> None:
        heard.append(target)

    event.listen(Mapper, "after_insert", hear)
    try:
        flushing.tell(flushing.told_of_rows(mapper).after_insert, mapper, session.connection(), [state_of(team)])
    finally:
        event.remove(Mapper, "after_insert", hear)
    assert heard == [team]


def test_is_heard_is_an_attribute_that_somebody_listens_to(mapping: registry) -> None:
    assert not flushing.is_heard(inspect(Member), "team_id")
    event.listen(Member.team_id, "set", lambda *_: None)  # type: ignore[attr-defined]  # it is mapped
    assert flushing.is_heard(inspect(Member), "team_id")


@pytest.mark.usefixtures("mapping")
def test_hears_refresh_flush_is_a_class_of_which_somebody_wants_to_know_what_was_made() -> None:
    assert not flushing.hears_refresh_flush(inspect(Member))
    event.listen(Member, "refresh_flush", lambda *_: None)
    assert flushing.hears_refresh_flush(inspect(Member))
    assert not flushing.hears_refresh_flush(inspect(Team))


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


def test_key_order_sorts_by_the_primary_key(session: Session) -> None:
    teams = [Team("b", id=2), Team("a", id=1)]
    session.add_all(teams)
    session.flush()
    assert [each.obj() for each in sorted(map(state_of, teams), key=flushing.key_order(inspect(Team)))] == teams[::-1]


def test_expire_some_has_attributes_loaded_again(team: Team) -> None:
    flushing.expire_some(state_of(team), ["name"])
    assert "name" in state_of(team).unloaded
    assert team.name == "red"


def written(new: list[Any], kept: list[Any], deleted: list[Any]) -> flushing.Written[flushing.Keyed]:
    made = flushing.Written(flushing.Keyed(Team, ("id",), owns=True, only_key="id"))
    made.new, made.kept, made.deleted = [list(map(state_of, each)) for each in (new, kept, deleted)]
    return made


def test_a_flush_leaves_entities_as_written(session: Session, team: Team) -> None:
    new, gone = Team("new", id=50), Team("gone")
    session.add(gone)
    session.commit()
    session.add(new)
    session.delete(gone)
    team.name = "blue"
    flushing.flush(session, lambda _: None, [written([new], [team], [gone])])
    assert state_of(new).persistent
    assert session.identity_map[inspect(Team).identity_key_from_primary_key((50,))] is new
    assert state_of(gone).deleted
    assert [*session.new, *session.dirty, *session.deleted] == []
    session.rollback()
    assert state_of(new).transient
    assert state_of(gone).persistent
    assert team.name == "red"


def test_a_flush_tells_who_listens_and_leaves_the_rest_to_the_session(session: Session, team: Team) -> None:
    heard: list[object] = []
    event.listen(session, "pending_to_persistent", lambda _, entity: heard.append(entity))
    new = Team("new", id=50)
    session.add(new)
    team.id = 51
    flushing.flush(session, lambda _: None, [written([new], [team], [])])
    assert heard == [new]
    assert state_of(team).key[1] == (51,)
    session.rollback()
    assert state_of(team).key[1] != (51,)


def test_a_flush_that_fails_is_rolled_back(session: Session) -> None:
    def fail(_: object) -> None:
        raise ZeroDivisionError

    new = Team("new", id=50)
    session.add(new)
    with pytest.raises(ZeroDivisionError):
        flushing.flush(session, fail, [written([new], [], [])])
    assert not session.is_active
    session.rollback()
    assert state_of(new).transient


def test_a_flush_without_a_key_is_refused(session: Session) -> None:
    new = Team("new")
    session.add(new)
    with pytest.raises(FlushError, match="NULL identity key"):
        flushing.flush(session, lambda _: None, [written([new], [], [])])


@pytest.mark.usefixtures("mapping")
def test_the_check_of_new_entities_is_heard_alone_until_somebody_else_listens() -> None:
    mapper = inspect(Team)
    check, told = check_of_new(mapper), flushing.told_of_rows(mapper)
    assert check is not None
    assert flushing.hears_only(told.before_insert, check)
    assert not flushing.hears_only(told.after_insert, check)
    assert not flushing.hears_only(told.before_insert, None)
    event.listen(Team, "before_insert", lambda *_: None)
    assert not flushing.hears_only(told.before_insert, check)


@pytest.mark.usefixtures("mapping")
def test_listeners_to_all_classes_are_heard_too() -> None:
    def listen(*_: object) -> None:
        pass

    mapper = inspect(Team)
    event.listen(Mapper, "before_insert", listen)
    try:
        assert not flushing.hears_only(flushing.told_of_rows(mapper).before_insert, check_of_new(mapper))
    finally:
        event.remove(Mapper, "before_insert", listen)
