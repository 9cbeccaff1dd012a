"""``unitofwork check``: all that is wrong with a mapping is told at once, each in a line with the cure."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import attrs
import pytest
from click.testing import CliRunner, Result
from dependency_injector import containers, providers
from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import registry, relationship

from unitofwork import MemoryDatabase, SqlAlchemyDatabase, UnitOfWork, entity, map_entity
from unitofwork.domain.errors import MappingError
from unitofwork.entrypoints.cli.application import Application
from unitofwork.entrypoints.cli.commands import unitofwork

SECRET = "s3cr3t"


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A module with a mapping that is right."""
    made = SimpleNamespace(mapping=registry())

    @entity
    class Product:
        sku: str
        id: int | None = None

    columns = Column("id", Integer, primary_key=True), Column("sku", String(20), nullable=False)
    map_entity(made.mapping, Product, Table("products", made.mapping.metadata, *columns))
    made.make = lambda: made.mapping
    monkeypatch.setitem(sys.modules, "shop", made)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    yield made
    made.mapping.dispose()


def check(*arguments: str, name: str = "shop:mapping") -> Result:
    return CliRunner().invoke(unitofwork, ["check", name, *arguments])


def findings(result: Result) -> list[tuple[str, str]]:
    return [(each["kind"], each["text"]) for each in json.loads(result.stdout)]


def test_a_mapping_that_is_right_is_told_so(shop: SimpleNamespace) -> None:
    for name in ("shop:mapping", "shop:make"):
        result = check(name=name)
        assert (result.exit_code, result.stdout) == (0, "nothing wrong; classes: 1, tables: 1\n")


def test_everything_that_is_wrong_is_found_at_once(shop: SimpleNamespace) -> None:
    @attrs.define
    class Slotted:
        name: str
        id: int | None = None

    @entity
    class Misfit:
        called: str
        slotted: Slotted | None = None
        id: int | None = None

    @entity
    class Lonely:
        misfits: Any = attrs.field(factory=list)
        id: int | None = None

    def wrong() -> registry:
        made = registry()
        key = [Column("id", Integer, primary_key=True) for _ in range(3)]
        slotted = Table("slotted", made.metadata, key[0], Column("name", String(3)))
        misfits = Table(
            "misfits", made.metadata, key[1], Column("name", String(3)), Column("s", ForeignKey("slotted.id"))
        )
        lonely = Table("lonely", made.metadata, key[2], Column("misfit_id", ForeignKey("misfits.id")))
        map_entity(made, Slotted, slotted)
        map_entity(made, Misfit, misfits, properties={"slotted": relationship(Slotted)})
        map_entity(made, Lonely, lonely, properties={"misfits": relationship(Misfit, uselist=False)})
        shop.made = made
        return made

    shop.wrong = wrong
    result = check("--json", name="shop:wrong")
    shop.made.dispose()
    assert result.exit_code == 1
    found = findings(result)
    assert {kind for kind, _ in found} == {"error"}
    texts = [text for _, text in found]
    assert len(texts) == 3
    assert texts[0] == "Slotted is a slotted class, and its state is kept in a __dict__: use @entity, or slots=False"
    assert texts[1].startswith("Misfit does not fit its table: no field names the column name and nothing maps")
    assert texts[2].startswith("Lonely.misfits relates to one, and its default is a list: write default=None")


def test_outside_of_the_command_the_first_error_is_raised() -> None:
    @attrs.define
    class Slotted:
        id: int | None = None

    made = registry()
    with pytest.raises(MappingError, match="slotted"):
        map_entity(made, Slotted, Table("slotted", made.metadata, Column("id", Integer, primary_key=True)))


def test_warnings_count_only_if_they_are_to(shop: SimpleNamespace) -> None:
    def warned() -> registry:
        @entity
        class Base:
            id: int | None = None

        class Unmapped(Base):
            pass

        made = registry()
        map_entity(made, Base, Table("bases", made.metadata, Column("id", Integer, primary_key=True)))
        shop.kept = Unmapped
        return made

    shop.warned = warned
    result = check(name="shop:warned")
    assert result.exit_code == 0
    assert result.stdout.startswith("warning: Unmapped is not mapped, though its base Base is: map it")
    assert check("--strict", name="shop:warned").exit_code == 1


def test_a_mapping_that_cannot_be_made_is_an_error(shop: SimpleNamespace) -> None:
    def impossible() -> registry:
        @entity
        class Nowhere:
            id: int | None = None

        made = registry()
        map_entity(made, Nowhere, Table("nowhere", made.metadata, Column("id", Integer)))
        return made

    shop.impossible = impossible
    result = check(name="shop:impossible")
    assert result.exit_code == 1
    assert result.stdout.startswith("error: ")
    assert "primary key" in result.stdout


def test_whatever_has_a_mapping_can_be_named(shop: SimpleNamespace) -> None:
    class Container(containers.DeclarativeContainer):
        registry = providers.Object(shop.mapping)

    database = SqlAlchemyDatabase("sqlite://", shop.mapping)
    shop.container = Container
    shop.database = database
    shop.application = Application(units=lambda: UnitOfWork(database), database=database)
    for name in ("container", "database", "application"):
        assert check(name=f"shop:{name}").exit_code == 0
    database.dispose()


def test_a_database_is_compared_with_the_mapping(shop: SimpleNamespace, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    database = SqlAlchemyDatabase(url, shop.mapping)
    database.create_schema()
    assert check("--database", url).exit_code == 0
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE products ADD colour TEXT")
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql("CREATE TABLE legacy_orders (id INTEGER)")
    database.dispose()
    result = CliRunner().invoke(
        unitofwork, ["check", "shop:mapping", "--ignore", "legacy_*"], env={"DATABASE_URL": url}
    )
    assert result.exit_code == 1
    assert result.stdout == "extra column: products has the column colour, and the mapping has not\n"


# --- what goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "exit_code", "text"),
    [
        (["nowhere:mapping"], 2, "there is no module nowhere here"),
        (["shop"], 2, "give a module and a name in it"),
        (["shop:nothing"], 2, "the module shop has no nothing"),
        (["shop:number"], 2, "shop:number is no registry and no database"),
        (["shop:raises"], 2, "making shop:raises failed with RuntimeError: do it in Python to see why"),
        (["shop:mapping", "--database", "nonsense"], 2, "that is no URL of a database"),
        (["shop:mapping", "--database", "oracle://localhost/shop"], 2, "oracle is not supported"),
        (["shop:mapping", "--database", f"postgresql://joe:{SECRET}@127.0.0.1:1/shop"], 75, "cannot be reached"),
        (["shop:mapping", "--database", "sqlite:////nowhere/shop.db"], 1, "there is no file /nowhere/shop.db"),
        (["shop:mapping", "--database", "sqlite:///."], 75, "cannot be opened"),
    ],
)
def test_each_mistake_is_told_in_a_line(shop: SimpleNamespace, arguments: list[str], exit_code: int, text: str) -> None:
    def raises() -> None:
        raise RuntimeError(SECRET)

    shop.number, shop.raises = 1, raises
    result = CliRunner().invoke(unitofwork, ["check", *arguments])
    assert result.exit_code == exit_code
    assert text in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.output
    assert SECRET not in result.output


def test_a_module_that_raises_is_told_in_a_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "broken_shop.py").write_text("1 / 0")
    monkeypatch.chdir(tmp_path)
    result = check(name="broken_shop:mapping")
    assert result.exit_code == 2
    assert "importing broken_shop failed with ZeroDivisionError" in result.stderr


def test_a_twin_is_no_database_with_a_schema(shop: SimpleNamespace) -> None:
    shop.twin = MemoryDatabase(shop.mapping)
    result = CliRunner().invoke(unitofwork, ["schema", "diff", "--app", "shop:twin"])
    assert result.exit_code == 2
    shop.twin.dispose()


def test_without_alembic_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "plain_shop.py").write_text("from sqlalchemy.orm import registry; mapping = registry()")
    program = f"""
import sys
sys.modules["alembic"] = None
sys.argv = ["unitofwork", "check", "plain_shop:mapping", "--database", "sqlite://"]
sys.path.insert(0, {str(tmp_path)!r})
from unitofwork.entrypoints.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "nothing wrong; classes: 0, tables: 0\n",  # with the mapping
        "Error: comparing schemas needs alembic, which is not installed: pip install unitofwork[schema]\n",
    )
