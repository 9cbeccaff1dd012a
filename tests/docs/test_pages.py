"""The pages are complete: the public names, the rows of the contract, the moves of a unit and of an entity."""

import inspect
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import lives
import proofs
import unitofwork
from contract.rows import ROWS
from unitofwork import Database, MemoryDatabase, SqlAlchemyDatabase
from unitofwork.domain import errors

PAGES = Path(__file__).parents[2] / "docs"
DIRECTIVE = re.compile(r"^\.\. auto(?:class|function|data|exception):: (\w+)$", re.MULTILINE)


def read(page: str) -> str:
    return (PAGES / page).read_text(encoding="utf-8")


def referenced() -> list[str]:
    return [name for page in sorted((PAGES / "reference").glob("*.md")) for name in DIRECTIVE.findall(read(str(page)))]


def test_the_reference_has_every_public_name_once() -> None:
    assert sorted(name for name in referenced() if name in unitofwork.__all__) == sorted(unitofwork.__all__)


def members() -> Iterator[tuple[type, str]]:
    """What is public in the public classes and in the errors, and was written here."""
    public = [getattr(unitofwork, name) for name in unitofwork.__all__] + list(vars(errors).values())
    for cls in filter(inspect.isclass, public):
        for name, member in inspect.getmembers_static(cls):
            ours = str(getattr(member, "__module__", "unitofwork")).startswith("unitofwork")
            if not name.startswith("_") and ours and (inspect.isroutine(member) or isinstance(member, property)):
                yield cls, name


def test_nothing_public_is_without_a_description() -> None:
    missing = [f"{cls.__name__}.{name}" for cls, name in members() if not inspect.getdoc(getattr(cls, name))]
    missing += [name for name in unitofwork.__all__ if not inspect.getdoc(getattr(unitofwork, name))]
    missing += [name for name, found in vars(errors).items() if inspect.isclass(found) and not found.__doc__]
    assert missing == []


def test_every_row_of_the_contract_is_told_and_has_its_tests() -> None:
    assert proofs.told() == list(ROWS)
    assert {proof.row for proof in proofs.proofs()} == set(ROWS)


@pytest.fixture(params=["memory", "sqlite"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    if request.param == "memory":
        yield MemoryDatabase(lives.map_things())
        return
    made = SqlAlchemyDatabase("sqlite://", lives.map_things())
    made.create_schema()
    yield made
    made.dispose()


def test_pictures_and_tables_show_what_the_code_does(database: Database) -> None:
    """If not: ``python docs/_sphinx/lives.py`` makes them anew."""
    for path, text in lives.pages(database).items():
        assert path.read_text(encoding="utf-8") == text, path.name


def test_the_extras_are_told_where_installing_is() -> None:
    """Each extra of the package has its place in the table, and nothing else has one."""
    first = [row.split("|")[1] for row in read("installation.md").splitlines() if row.startswith("| `")]
    told = [name for cell in first for name in re.findall(r"`([\w-]+)`", cell)]
    project = tomllib.loads((PAGES.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert sorted(told) == sorted(project["optional-dependencies"])
