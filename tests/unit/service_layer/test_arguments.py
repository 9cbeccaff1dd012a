"""What units of work and their repositories are made of: something else is refused at once, by a sentence."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import pytest

from contract import model
from contract.model import Accounts, Address, User, Users
from unitofwork import (
    AsyncUnitOfWork,
    Inbox,
    MemoryDatabase,
    MessageTypes,
    MsgspecCodec,
    Outbox,
    Repository,
    UnitOfWork,
    awaited,
    repository,
)
from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.domain.ports import Database

CODEC = MsgspecCodec(MessageTypes())


def database() -> Database:
    return MemoryDatabase(model.mapping())


class AsyncAccounts(AsyncUnitOfWork[Accounts]):
    """Declares nothing of its own."""


@pytest.mark.parametrize("unit_type", [Accounts, AsyncAccounts])
@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            lambda: ("sqlite://", {}),
            "takes a database first, not one of type str: make it by SqlAlchemyDatabase or Mem",
        ),
        (lambda: (MemoryDatabase, {}), "takes a database first, not the class MemoryDatabase: make it by"),
        (lambda: (database, {}), "takes a database first, not one of type function: call it, and give what it"),
        (lambda: (database(), {"outbox": CODEC}), "an Outbox as outbox=, not one of type MsgspecCodec: write outbox=O"),
        (lambda: (database(), {"inbox": CODEC}), "an Inbox as inbox=, not one of type MsgspecCodec: write inbox=I"),
    ],
)
def test_a_unit_refuses_what_is_no_database_outbox_or_inbox(
    unit_type: Any, given: Callable[[], tuple[object, dict[str, Any]]], text: str
) -> None:
    first, others = given()
    with pytest.raises(UnitOfWorkError, match=text):
        unit_type(first, **others)


@pytest.mark.parametrize("made", [Outbox, Inbox])
def test_an_outbox_and_an_inbox_refuse_what_is_no_codec(made: Any) -> None:
    with pytest.raises(
        UnitOfWorkError, match=rf"{made.__name__} takes a codec, not one of type MessageTypes: MsgspecC"
    ):
        made(MessageTypes())


@pytest.mark.parametrize("made", [Outbox, Inbox])
def test_their_clocks_tell_times_with_a_zone(made: Any) -> None:
    made(CODEC, lambda: datetime.now(UTC))
    with pytest.raises(ValueError, match="clock tells times with UTC as their zone"):
        made(CODEC, datetime.now)


@pytest.mark.parametrize("second", [Address, User("sandy"), 5])
def test_a_repository_of_another_class_is_refused_at_once(second: object) -> None:
    with pytest.raises(
        UnitOfWorkError, match=r"takes a subclass of Repository second, not (one of type|the class) \w+:"
    ):
        repository(User, cast("Any", second))


@pytest.mark.parametrize("second", [Users, Repository[User], partial(Users)])
def test_what_makes_repositories_is_taken(second: Any) -> None:
    class Own(UnitOfWork):
        users = repository(User, second)

    with Own(database()) as uow:
        assert uow.users.count() == 0


@pytest.mark.parametrize("name", ["commit", "session", "new", "repository", "life"])
def test_a_repository_that_would_hide_what_a_unit_has_is_refused(name: str) -> None:
    with pytest.raises(UnitOfWorkError, match=rf"^Own\.{name} would hide what every unit of work has"):
        type("Own", (UnitOfWork,), {name: repository(User)})


@pytest.mark.parametrize("name", ["commit", "run", "unit", "waiting", "unit_type"])
def test_so_is_one_of_an_awaited_unit(name: str) -> None:
    with pytest.raises(UnitOfWorkError, match=rf"^Own\.{name} would hide what every unit of work has"):
        type("Own", (AsyncUnitOfWork,), {name: awaited(Accounts.users)})
