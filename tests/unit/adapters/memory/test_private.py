"""What the twin uses of SQLAlchemy's inside does what it is used for: one test for each name."""

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import field
from sqlalchemy import Column, ForeignKey, Integer, String, Table, create_engine, delete, event, insert, inspect, select
from sqlalchemy import update as update_statement
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Mapper, Session, registry, relationship
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.base import PASSIVE_NO_FETCH, PASSIVE_OFF, PassiveFlag

from unitofwork import entity, map_entity
from unitofwork.adapters.memory import private


@entity
class Team:
    name: str
    members: list["Member"] = field(factory=list)
    id: int | None = None


@entity
class Member:
    name: str
    team: Team | None = None
    boss: Team | None = None
    motto: str | None = None
    id: int | None = None


@pytest.fixture
def mapping() -> Iterator[registry]:
    made = registry()
    teams = Table(
        "teams", made.metadata, Column("id", Integer, primary_key=True), Column("name", String, server_default="none")
    )
    members = Table(
        "members",
        made.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String),
        Column("motto", String, default="on"),
        Column("team_id", ForeignKey("teams.id")),
        Column("boss_id", ForeignKey("teams.id")),
    )
    map_entity(
        made,
        Team,
        teams,
        properties={
            "members": relationship(
                Member, back_populates="team", foreign_keys=members.c.team_id, cascade="all, delete-orphan"
            )
        },
    )
    map_entity(
        made,
        Member,
        members,
        properties={
            "team": relationship(Team, back_populates="members", foreign_keys=members.c.team_id),
            "boss": relationship(Team, foreign_keys=members.c.boss_id, lazy="raise"),
        },
    )
    made.configure()
    yield made
    made.dispose()


@pytest.fixture
def session(mapping: registry) -> Iterator[Session]:
    engine = create_engine("sqlite://")
    mapping.metadata.create_all(engine)
    with Session(engine, expire_on_commit=False) as made:
        yield made
    engine.dispose()


@pytest.fixture
def team(session: Session) -> Team:
    """A team with a row and one member."""
    made = Team("red", [Member("ada")])
    session.add(made)
    session.commit()
    return made


def state_of(instance: object) -> Any:
    return inspect(instance)


def link(cls: type, name: str) -> Any:
    mapper: Mapper[Any] = inspect(cls)
    return mapper.relationships[name]


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


def test_connection_in_use_is_that_of_the_open_transaction(session: Session) -> None:
    engine = session.get_bind()
    assert private.connection_in_use(session, engine) is None
    connection = session.connection()
    assert private.connection_in_use(session, engine) is connection
    session.begin_nested()
    assert private.connection_in_use(session, engine) is None
    session.rollback()
    assert private.connection_in_use(session, engine) is None


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


def test_attach_gives_a_session_an_instance_with_a_row(session: Session) -> None:
    made = inspect(Team).class_manager.new_instance()
    key = inspect(Team).identity_key_from_primary_key((7,))
    private.attach(session, state_of(made), key)
    assert session.identity_map[key] is made
    assert state_of(made).persistent


def test_commit_all_and_commit_some_take_values_for_the_rows(session: Session, team: Team) -> None:
    team.name = "blue"
    private.commit_some(state_of(team), ["name"])
    assert not session.is_modified(team)
    team.name = "green"
    private.commit_all(session, state_of(team))
    assert team not in session.dirty


def test_reset_and_expire_some_forget_what_is_loaded(team: Team) -> None:
    private.reset(state_of(team), "members")
    private.expire_some(state_of(team), ["name"])
    assert private.unloaded(state_of(team)) == {"members", "name"}
    assert team.name == "red"


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


def test_listeners_hear_of_loading(team: Team) -> None:
    heard: list[object] = []
    assert not private.hears_load(inspect(Team))
    assert not private.hears_refresh(inspect(Team))
    event.listen(Team, "load", lambda target, _: heard.append(target))
    event.listen(Team, "refresh", lambda target, _, names: heard.append(names))
    assert private.hears_load(inspect(Team))
    assert private.hears_refresh(inspect(Team))
    private.tell_loaded(state_of(team))
    private.tell_refreshed(state_of(team), {"name"})
    assert heard == [team, {"name"}]


def test_flushing_details_are_those_of_the_table(mapping: registry) -> None:
    teams, members = mapping.metadata.tables["teams"], mapping.metadata.tables["members"]
    details = private.flushing_details(inspect(Team), teams)
    assert details.written == {"id": teams.c.id, "name": teams.c.name}
    assert details.fetched == (teams.c.name,)
    assert not details.has_owners
    assert private.flushing_details(inspect(Member), members).has_owners
    assert private.flushing_details(inspect(Member), members).given_as_none == {"name", "team_id", "boss_id"}
    assert details.order.endswith("Team")


@pytest.mark.usefixtures("mapping")
def test_a_plain_class_is_plain_to_flush() -> None:
    assert private.is_plain_to_flush(inspect(Team))


def test_synchronised_columns_lead_from_the_key_to_who_refers_to_it(mapping: registry) -> None:
    teams, members = mapping.metadata.tables["teams"], mapping.metadata.tables["members"]
    assert list(private.synchronised(link(Team, "members"))) == [(teams.c.id, members.c.team_id)]
    assert list(private.synchronised(link(Member, "team"))) == [(teams.c.id, members.c.team_id)]


def test_changes_of_a_session_are_what_it_has_to_flush(session: Session, team: Team) -> None:
    new = Team("new")
    session.add(new)
    team.name = "blue"
    session.delete(team.members[0])
    changes = private.changes_of(session)
    assert changes is not None
    assert list(changes.new) == [state_of(new)]
    assert list(changes.modified) == [state_of(team)]
    assert list(changes.deleted) == [state_of(team.members[0])]
    event.listen(session, "before_flush", lambda *_: None)
    assert private.changes_of(session) is None


def test_is_orphan_is_who_lost_its_owner(team: Team) -> None:
    member = team.members[0]
    assert not private.is_orphan(state_of(member))
    team.members.remove(member)
    assert private.is_orphan(state_of(member))


def test_pending_mutations_are_of_collections_that_are_not_loaded(session: Session, team: Team) -> None:
    assert private.pending_mutations(state_of(team)) == set()
    session.expire(team, ["members"])
    with session.no_autoflush:
        Member("bob", team)
    assert private.pending_mutations(state_of(team)) == {"members"}


def test_is_in_is_who_is_new_or_has_a_row_here(session: Session, team: Team) -> None:
    new = Team("new")
    assert private.is_in(session, state_of(team))
    assert not private.is_in(session, state_of(new))
    session.add(new)
    assert private.is_in(session, state_of(new))


def test_listeners_hear_of_saving_and_deleting(session: Session, team: Team) -> None:
    heard: list[str] = []
    for name in ("insert", "update", "delete"):
        for when in ("before", "after"):
            event.listen(Team, f"{when}_{name}", lambda *_, what=f"{when}_{name}": heard.append(what))
    new, kept, connection = state_of(Team("new")), state_of(team), session.connection()
    private.before_saving(new, connection)
    private.after_saving(new, connection, is_new=True)
    private.before_saving(kept, connection)
    private.after_saving(kept, connection, is_new=False)
    private.around_deleting([kept], connection, before=True)
    private.around_deleting([kept], connection, before=False)
    assert heard == ["before_insert", "after_insert", "before_update", "after_update", "before_delete", "after_delete"]


def test_is_changed_compares_with_the_row_and_set_quietly_notes_the_change(team: Team) -> None:
    private.set_quietly(state_of(team), "name", "red")
    assert not private.is_changed(state_of(team), "name", team.name)
    private.set_quietly(state_of(team), "name", "blue")
    assert private.is_changed(state_of(team), "name", team.name)


def test_find_referred_looks_in_the_session_alone_and_for_the_first_that_has_somebody(
    session: Session, team: Team
) -> None:
    team.members.append(Member("bob"))
    session.commit()
    ada, bob = team.members
    for member in (ada, bob):
        session.expire(member, ["team"])
    private.find_referred([state_of(ada), state_of(bob)], "team")
    assert state_of(ada).dict["team"] is team
    assert "team" not in state_of(bob).dict
    session.expunge(team)
    private.find_referred([state_of(bob)], "team")
    assert "team" not in state_of(bob).dict


def test_at_once_loads_what_the_mapping_forbids_to_load(session: Session, team: Team) -> None:
    member = state_of(team.members[0])
    assert private.raises(link(Member, "boss"), PASSIVE_OFF)
    assert not private.raises(link(Member, "boss"), private.AT_ONCE)
    assert private.may_ask_rows(private.AT_ONCE)
    assert private.may_autoflush(member, private.AT_ONCE)


def test_key_order_sorts_by_the_primary_key(session: Session) -> None:
    teams = [Team("b", id=2), Team("a", id=1)]
    session.add_all(teams)
    session.flush()
    assert [each.obj() for each in sorted(map(state_of, teams), key=private.key_order(inspect(Team)))] == teams[::-1]


def test_flushing_leaves_entities_as_written(session: Session, team: Team) -> None:
    new = Team("new", id=50)
    session.add(new)
    session.delete(team)
    gone = set(map(state_of, session.deleted))
    with private.flushing(session, {state_of(new)}, gone):
        pass
    assert state_of(new).persistent
    assert state_of(team).deleted
    assert not session.new
    assert not session.deleted


def test_flushing_rolls_back_what_fails(session: Session, team: Team) -> None:
    new = Team("new", id=50)
    session.add(new)
    with pytest.raises(ZeroDivisionError), private.flushing(session, {state_of(new)}, set()):
        raise ZeroDivisionError
    assert not session.is_active
    session.rollback()
    assert state_of(new).transient


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
