"""What happens to users is told others, if it was committed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from dependency_injector import providers
from sqlalchemy import create_engine

from accounts.adapters.orm import map_accounts
from accounts.adapters.schema import APPLICATION_ID
from accounts.domain.letter import Letter
from accounts.domain.line import Line
from accounts.entrypoints.container import AccountsContainer
from accounts.service_layer import services
from accounts.service_layer.importing import import_people
from accounts.service_layer.unit_of_work import Accounts
from contract.adapters import Probe
from integration.accounts.conftest import Run
from unitofwork import Database
from unitofwork.domain.errors import UniqueViolation
from unitofwork.domain.outbox import MessageState, OutboxMessage

Unit = Callable[[], Accounts]


class Letters(list[Letter]):
    """The letters that were sent."""

    def send(self, letter: Letter) -> None:
        self.append(letter)


def messages(unit: Unit) -> list[tuple[str, str, MessageState]]:
    with unit().begin(read_only=True) as uow:
        found = uow.repository(OutboxMessage).find(order_by=OutboxMessage.position)
        return [(each.aggregate, each.name, each.state) for each in found]


def test_what_happens_to_a_user_is_kept_in_its_order(unit: Unit) -> None:
    sandy = services.register(unit(), "Sandy Cheeks", "sandy@example.org")
    services.rename(unit(), "sandy.cheeks", "Sandy Squirrel")
    services.delete(unit(), "sandy.squirrel")
    happened = [(aggregate, name) for aggregate, name, _ in messages(unit)]
    assert happened == [(f"User:{sandy.id}", f"user-{what}") for what in ("registered", "renamed", "removed")]


def test_who_is_refused_has_not_registered(unit: Unit) -> None:
    services.register(unit(), "Sandy Cheeks")
    with pytest.raises(UniqueViolation):
        services.register(unit(), "sandy cheeks")
    assert len(messages(unit)) == 1


def test_who_is_imported_has_not_registered(unit: Unit) -> None:
    import_people(unit(), [Line("log:1", "Sandy Cheeks <sandy@example.org>")])
    assert messages(unit) == []


def test_a_new_user_is_welcomed_once_at_each_address(opened: tuple[Database, Probe]) -> None:
    letters = Letters()
    container = AccountsContainer(database=providers.Object(opened[0]), post=providers.Object(letters))
    services.register(container.unit(), "Sandy Cheeks", "sandy@example.org", "cheeks@example.org")
    services.rename(container.unit(), "sandy.cheeks", "Sandy Squirrel")
    assert letters == []
    for _ in range(2):
        container.relay().run_once()
    assert [each.email_address for each in letters] == ["sandy@example.org", "cheeks@example.org"]
    assert {each.text for each in letters} == {"Welcome, Sandy Cheeks: your name here is sandy.cheeks"}
    assert {state for _, _, state in messages(container.unit)} == {MessageState.PUBLISHED}


def test_the_command_line_welcomes_who_has_registered_since(run: Run) -> None:
    run("add", "Sandy Cheeks", "sandy@example.org")
    welcome = "to sandy@example.org: Welcome, Sandy Cheeks: your name here is sandy.cheeks\n"
    assert [run("welcome").stdout, run("welcome").stdout] == [welcome, ""]


def test_a_database_of_the_first_version_is_given_what_it_lacks(run: Run, path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        tables = [map_accounts().metadata.tables[name] for name in ("users", "addresses")]
        map_accounts().metadata.create_all(connection, tables)
        connection.exec_driver_sql("ALTER TABLE users DROP COLUMN version")
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    engine.dispose()
    assert run("add", "Sandy Cheeks", "sandy@example.org").exit_code == 0
    assert "Sandy Cheeks" in run("welcome").stdout
