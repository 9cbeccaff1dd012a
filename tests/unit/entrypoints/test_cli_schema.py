"""``unitofwork schema``: a mapping's tables are created, dropped and compared."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result
from dependency_injector import containers, providers
from sqlalchemy import inspect

from contract import model
from unitofwork import SqlAlchemyDatabase, UnitOfWork
from unitofwork.entrypoints.cli.application import Application
from unitofwork.entrypoints.cli.commands import unitofwork
from unitofwork.entrypoints.container import Container

TABLES = {"teams", "users", "addresses", "badges", "comments"}


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/shop.db"


@pytest.fixture
def shop(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A module with a mapping, with an application, and with what makes them."""
    database = SqlAlchemyDatabase(url, model.mapping())
    made = SimpleNamespace(mapping=model.mapping, closed=0, database=database)

    def close() -> None:
        made.closed += 1

    made.application = Application(units=lambda: UnitOfWork(database), database=database, close=close)
    made.bare = Application(units=lambda: UnitOfWork(database))
    monkeypatch.setitem(sys.modules, "shop", made)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("UNITOFWORK_APP", raising=False)
    yield made
    database.dispose()


def schema(*arguments: str, app: str = "shop:application", **env: str) -> Result:
    return CliRunner().invoke(unitofwork, ["schema", *arguments, "--app", app], env=env)


def tables(database: SqlAlchemyDatabase) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_missing_tables_are_created_once(shop: SimpleNamespace) -> None:
    created = json.loads(schema("create", "--json").stdout)["created"]
    assert set(created) == TABLES <= tables(shop.database)
    assert schema("create").stdout == "created nothing\n"
    assert shop.closed == 2


def test_tables_are_dropped_after_a_question(shop: SimpleNamespace, url: str) -> None:
    schema("create")
    refused = CliRunner().invoke(unitofwork, ["schema", "drop", "--app", "shop:application"], input="n\n")
    assert refused.exit_code == 1
    assert f"with all that is in them, from {url}?" in refused.stderr
    assert tables(shop.database) >= TABLES
    assert schema("drop").exit_code == 1  # where nobody answers
    assert set(json.loads(schema("drop", "--yes", "--json").stdout)["dropped"]) == TABLES
    assert tables(shop.database) & TABLES == set()
    assert schema("drop").stdout == "dropped nothing\n"


def test_a_difference_has_an_exit_code(shop: SimpleNamespace) -> None:
    schema("create")
    same = schema("diff")
    assert (same.exit_code, same.output) == (0, "nothing differs\n")
    assert schema("diff", "--json").output == "[]\n"
    assert schema("diff", "--sql").output.strip() == ""
    with shop.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE badges")
    different = schema("diff")
    assert (different.exit_code, different.stdout) == (1, "missing table: there is no table badges\n")
    assert json.loads(schema("diff", "--json").stdout)[0]["kind"] == "missing table"
    sql = schema("diff", "--sql")
    assert sql.exit_code == 1
    with shop.database.engine.begin() as connection:
        connection.exec_driver_sql(sql.stdout.rstrip().rstrip(";"))
    assert schema("diff").exit_code == 0


def test_a_registry_needs_a_url(shop: SimpleNamespace, url: str) -> None:
    refused = schema("create", app="shop:mapping")
    assert refused.exit_code == 2
    assert "shop:mapping names no database: give --database URL, or $DATABASE_URL" in refused.stderr.replace("\n", " ")
    assert schema("create", "--database", url, app="shop:mapping").exit_code == 0
    assert schema("diff", app="shop:mapping", DATABASE_URL=url).exit_code == 0


def test_an_applications_own_database_is_meant_whatever_the_environment_says(shop: SimpleNamespace) -> None:
    assert schema("create", DATABASE_URL="nonsense").exit_code == 0
    assert tables(shop.database) >= TABLES


def test_a_container_has_a_database(shop: SimpleNamespace) -> None:
    made = shop.database

    def never() -> None:
        pytest.fail("another resource was made")

    class Own(containers.DeclarativeContainer):
        registry = providers.Singleton(model.mapping)
        database = providers.Object(made)
        other = providers.Resource(never)

    shop.container = Own
    assert schema("create", app="shop:container").exit_code == 0
    assert tables(made) >= TABLES


def test_a_container_without_its_configuration_says_what_it_lacks(shop: SimpleNamespace) -> None:
    class Unconfigured(Container):
        registry = providers.Singleton(model.mapping)

    shop.unconfigured = Unconfigured
    result = schema("create", app="shop:unconfigured")
    assert result.exit_code == 2
    assert "the configuration has no database.url" in result.stderr.replace("\n", " ")


def test_an_application_that_shows_no_database_is_refused(shop: SimpleNamespace) -> None:
    result = schema("create", app="shop:bare")
    assert result.exit_code == 2
    assert "shop:bare names no database" in result.stderr


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_is_read_only_is_told_in_a_line(tmp_path: Path, shop: SimpleNamespace) -> None:
    tmp_path.chmod(0o500)
    result = schema("create")
    tmp_path.chmod(0o700)
    assert result.exit_code == 75
    assert result.stderr.startswith("unitofwork: ")


def test_what_the_database_refuses_is_told_in_a_line(shop: SimpleNamespace) -> None:
    with shop.database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE VIEW badges AS SELECT 1 AS one")
    result = schema("drop", "--yes")
    assert result.exit_code == 1
    assert result.stderr.startswith("unitofwork: the database cannot run the statement")
    assert len(result.stderr.splitlines()) == 1


def test_there_is_no_looking_into_a_file_that_is_not_there(shop: SimpleNamespace, tmp_path: Path) -> None:
    for arguments in (("diff",), ("drop", "--yes")):
        result = schema(*arguments)
        assert result.exit_code == 1
        assert result.stderr == f"Error: there is no file {tmp_path}/shop.db: make it by `unitofwork schema create`\n"
    assert not (tmp_path / "shop.db").exists()
