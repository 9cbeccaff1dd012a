"""A process that dies in a commit of two phases: nothing is kept, or all is left to be resolved."""

from functools import partial
from typing import Any

import pytest

from integration.binds.conftest import Places
from integration.binds.shop import Shop
from integration.binds.two_phases.shop import AFTER, BEFORE, change, die, eventually, kept, the_one
from unitofwork import SqlAlchemyDatabase
from unitofwork.domain.errors import LockTimeout, UnitOfWorkError


def test_a_process_that_dies_before_all_have_promised_has_kept_nothing(
    database: SqlAlchemyDatabase, places: Places
) -> None:
    die(places, "prepare_twophase", 2)
    found = the_one(database)
    assert not found.promised
    assert len(found.databases) == 1
    with pytest.raises(UnitOfWorkError, match="not every database promised"):
        database.resolve(found.id, commit=True)
    eventually(lambda: database.resolve(found.id))
    assert database.in_doubt() == []
    assert kept(database) == BEFORE
    with Shop(database) as uow:
        change(uow)
        uow.commit()
    assert kept(database) == AFTER


@pytest.mark.parametrize(("commit", "left"), [(True, AFTER), (None, AFTER), (False, BEFORE)])
def test_a_process_that_dies_between_the_phases_leaves_all_to_be_resolved(
    database: SqlAlchemyDatabase, places: Places, commit: bool | None, left: tuple[list[str], list[int]]
) -> None:
    die(places, "commit_twophase", 1)
    found = the_one(database)
    assert found.promised
    assert len(found.databases) == 2
    assert all("***" in shown for shown in found.databases)
    assert kept(database) == BEFORE
    with Shop(database) as uow, pytest.raises(LockTimeout):
        uow.users.find_one(name="sandy").name = "sandy star"
        uow.flush()
    eventually(lambda: database.resolve(found.id, commit=commit))
    assert database.in_doubt() == []
    assert kept(database) == left
    with Shop(database) as uow:
        uow.users.find_one().name = "sandy star"
        uow.commit()


def test_a_process_that_dies_after_one_has_committed_leaves_the_other_to_be_committed(
    database: SqlAlchemyDatabase, places: Places
) -> None:
    die(places, "commit_twophase", 2)
    assert kept(database) == (["sandy"], [1, 2])
    found = the_one(database)
    assert found.promised
    with pytest.raises(UnitOfWorkError, match="another database may have committed already"):
        database.resolve(found.id, commit=False)
    eventually(lambda: database.resolve(found.id))
    assert kept(database) == AFTER
    assert database.in_doubt() == []


def test_a_resolution_that_dies_is_taken_up_by_another(
    database: SqlAlchemyDatabase, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    for commit, left in ((False, BEFORE), (True, AFTER)):
        die(places, "commit_twophase", 1)
        found = the_one(database)
        eventually(partial(finish_one, database, found.id, commit, monkeypatch))
        assert len(the_one(database).databases) == 1
        database.resolve(found.id)
        assert kept(database) == left


def finish_one(database: SqlAlchemyDatabase, id: str, commit: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve, and lose all after one database was told."""
    participant = type(database._participants[0])
    finish = participant.finish

    def once(self: Any, name: Any, *, commit: bool) -> None:
        finish(self, name, commit=commit)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(participant, "finish", once)
        database.resolve(id, commit=commit)


@pytest.mark.parametrize("places", ["mariadb+mariadb"], indirect=True)
def test_two_databases_of_one_server_are_told_apart(database: SqlAlchemyDatabase, places: Places) -> None:
    """MariaDB lists what is prepared anywhere on the server."""
    die(places, "commit_twophase", 1)
    found = the_one(database)
    assert len(found.databases) == 2
    eventually(lambda: database.resolve(found.id))
    assert kept(database) == AFTER
