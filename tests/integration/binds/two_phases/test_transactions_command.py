"""``unitofwork transactions``: what a crash left between its two phases is found and ended."""

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import registry

from integration.binds.conftest import Place, Places, fresh
from integration.binds.shop import Shop
from integration.binds.two_phases.shop import die, kept, shop_database
from unitofwork import SqlAlchemyDatabase
from unitofwork.entrypoints.cli.application import Application
from unitofwork.entrypoints.cli.commands import unitofwork


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    with ExitStack() as ending:
        users, orders = (Place(fresh("postgresql", tmp_path, name, ending)) for name in ("users", "orders"))
        yield Places(users, orders)


@pytest.fixture
def shop(database: SqlAlchemyDatabase, places: Places, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A module with an application on the two databases."""

    def make() -> Application:
        made = shop_database(places)
        return Application(units=lambda: Shop(made), database=made, close=made.dispose)

    made = SimpleNamespace(make=make)
    monkeypatch.setitem(sys.modules, "shop", made)
    return made


def transactions(*arguments: str) -> Result:
    return CliRunner().invoke(unitofwork, ["transactions", arguments[0], "--app", "shop:make", *arguments[1:]])


@pytest.mark.usefixtures("shop")
def test_a_transaction_in_doubt_is_listed_and_resolved(database: SqlAlchemyDatabase, places: Places) -> None:
    assert transactions("list").output == ""
    die(places, "commit_twophase", 1)
    (found,) = json.loads(transactions("list", "--json").stdout)
    assert found["promised"]
    assert len(found["databases"]) == 2
    assert transactions("list").stdout.startswith(f"{found['id']}  commit  ")
    result = transactions("resolve", found["id"])
    assert (result.exit_code, result.stdout) == (0, f"resolved {found['id']}\n")
    assert kept(database) == (["sandy squirrel"], [1, 2])
    assert json.loads(transactions("list", "--json").stdout) == []


@pytest.mark.usefixtures("shop")
def test_what_would_keep_half_of_it_is_refused(database: SqlAlchemyDatabase, places: Places) -> None:
    die(places, "prepare_twophase", 2)
    (found,) = json.loads(transactions("list", "--json").stdout)
    result = transactions("resolve", found["id"], "--commit")
    assert result.exit_code == 1
    assert result.stderr.startswith("unitofwork: not every database promised to commit")
    assert transactions("resolve", found["id"], "--rollback", "--json").exit_code == 0
    assert kept(database) == (["sandy"], [1])
    again = transactions("resolve", found["id"])
    assert (again.exit_code, again.stderr[:40]) == (1, "unitofwork: no transaction of this id is")


@pytest.mark.parametrize("command", [["list"], ["resolve", "1"]])
def test_a_database_without_two_phases_is_refused(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shop", SimpleNamespace(make=lambda: SqlAlchemyDatabase("sqlite://", registry())))
    result = transactions(*command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == ("unitofwork: no transaction here has two phases: make the database with twophase=True\n")
