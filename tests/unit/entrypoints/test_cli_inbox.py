"""``unitofwork inbox``: what was handled a while ago is forgotten."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import registry

from unitofwork import Inbox, MemoryDatabase, MessageTypes, MsgspecCodec, UnitOfWork, inbox_table
from unitofwork.entrypoints.cli.application import Application
from unitofwork.entrypoints.cli.commands import unitofwork

NOW = datetime.now(UTC)


@pytest.fixture
def database() -> Iterator[MemoryDatabase]:
    mapping = registry()
    inbox_table(mapping.metadata)
    made = MemoryDatabase(mapping)
    yield made
    made.dispose()


@pytest.fixture(autouse=True)
def shop(database: MemoryDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        sys.modules, "shop", SimpleNamespace(application=Application(units=lambda: UnitOfWork(database)))
    )


def handle(database: MemoryDatabase, message_id: str, at: datetime) -> object:
    with UnitOfWork(database, inbox=Inbox(MsgspecCodec(MessageTypes()), clock=lambda: at)) as uow:
        done: list[str] = []
        uow.once(message_id, lambda: done.append(message_id))
        uow.commit()
        return done


def purge(*arguments: str) -> Result:
    return CliRunner().invoke(unitofwork, ["inbox", "purge", "--app", "shop:application", *arguments])


def test_what_was_handled_a_while_ago_is_forgotten(database: MemoryDatabase) -> None:
    for message_id, days in ("old", 31), ("new", 29):
        assert handle(database, message_id, NOW - timedelta(days=days)) == [message_id]
    assert json.loads(purge("--json").stdout) == {"purged": 1}
    assert handle(database, "new", NOW) == []
    assert handle(database, "old", NOW) == ["old"]
    assert purge("--days", "0").stdout == "2 purged\n"


def test_an_application_without_an_inbox_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    twin = MemoryDatabase(registry())
    monkeypatch.setitem(sys.modules, "shop", SimpleNamespace(application=Application(units=lambda: UnitOfWork(twin))))
    result = purge()
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "unitofwork: ProcessedMessage has no table in the database's mapping: call inbox_table(registry.metadata)\n"
    )
