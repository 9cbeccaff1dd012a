"""Who listens is known, and told as SQLAlchemy tells: a test for each name."""

import pytest
from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapper, Session, registry

from unit.adapters.memory.private.teams import Member, Team, state_of
from unitofwork.adapters.memory.private import listeners
from unitofwork.adapters.orm.values import check_of_new


def test_listeners_hear_of_loading(session: Session, team: Team) -> None:
    heard: list[object] = []
    assert not listeners.hears_refresh(inspect(Team))
    event.listen(Team, "load", lambda target, _: heard.append(target))
    event.listen(Team, "refresh", lambda target, _, names: heard.append(names))
    assert listeners.hears_refresh(inspect(Team))
    event.listen(session, "loaded_as_persistent", lambda _, target: heard.append(("of the session", target)))
    listeners.tell_loaded(session, state_of(team))
    listeners.tell_refreshed(state_of(team), {"name"})
    assert heard == [team, ("of the session", team), {"name"}]


def test_listeners_hear_of_saving_and_deleting(session: Session, team: Team) -> None:
    heard: list[str] = []
    for name in ("insert", "update", "delete"):
        for when in ("before", "after"):
            event.listen(Team, f"{when}_{name}", lambda *_, what=f"{when}_{name}": heard.append(what))
    mapper, state, connection = inspect(Team), state_of(team), session.connection()
    told = listeners.told_of_rows(mapper)
    wanted = ["before_insert", "after_insert", "before_update", "after_update", "before_delete", "after_delete"]
    for name in wanted:
        listeners.tell(getattr(told, name), mapper, connection, [state])
    assert heard == wanted


def test_listeners_to_every_mapper_hear_too_and_nobody_else_is_needed(session: Session, team: Team) -> None:
    mapper, heard = inspect(Team), list[object]()
    listeners.tell(listeners.told_of_rows(mapper).after_insert, mapper, session.connection(), [state_of(team)])

    def hear(_mapper: object, _connection: object, target: object) -> None:
        heard.append(target)

    event.listen(Mapper, "after_insert", hear)
    try:
        listeners.tell(listeners.told_of_rows(mapper).after_insert, mapper, session.connection(), [state_of(team)])
    finally:
        event.remove(Mapper, "after_insert", hear)
    assert heard == [team]


def test_is_heard_is_an_attribute_that_somebody_listens_to(mapping: registry) -> None:
    assert not listeners.is_heard(inspect(Member), "team_id")
    event.listen(Member.team_id, "set", lambda *_: None)  # type: ignore[attr-defined]  # it is mapped
    assert listeners.is_heard(inspect(Member), "team_id")


@pytest.mark.usefixtures("mapping")
def test_hears_refresh_flush_is_a_class_of_which_somebody_wants_to_know_what_was_made() -> None:
    assert not listeners.hears_refresh_flush(inspect(Member))
    event.listen(Member, "refresh_flush", lambda *_: None)
    assert listeners.hears_refresh_flush(inspect(Member))
    assert not listeners.hears_refresh_flush(inspect(Team))


@pytest.mark.usefixtures("mapping")
def test_the_check_of_new_entities_is_heard_alone_until_somebody_else_listens() -> None:
    mapper = inspect(Team)
    check, told = check_of_new(mapper), listeners.told_of_rows(mapper)
    assert check is not None
    assert listeners.hears_only(told.before_insert, check)
    assert not listeners.hears_only(told.after_insert, check)
    assert not listeners.hears_only(told.before_insert, None)
    event.listen(Team, "before_insert", lambda *_: None)
    assert not listeners.hears_only(told.before_insert, check)


@pytest.mark.usefixtures("mapping")
def test_listeners_to_all_classes_are_heard_too() -> None:
    def listen(*_: object) -> None:
        pass

    mapper = inspect(Team)
    event.listen(Mapper, "before_insert", listen)
    try:
        assert not listeners.hears_only(listeners.told_of_rows(mapper).before_insert, check_of_new(mapper))
    finally:
        event.remove(Mapper, "before_insert", listen)
