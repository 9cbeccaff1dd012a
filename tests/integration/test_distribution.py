"""What users install: the same files whichever way it was built, whole, and light to import."""

import hashlib
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("domain", "service_layer", "adapters", "entrypoints")


@dataclass(frozen=True)
class Distributions:
    """One build of each kind; all of them are made without a network."""

    sdist: Path
    wheel_from_tree: Path
    wheel_from_sdist: Path


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--no-isolation"]
    run([*build, "--wheel", "--outdir", str(folder / "tree"), str(ROOT)])
    # Without --wheel or --sdist, `build` makes the sdist and then the wheel from that sdist.
    run([*build, "--outdir", str(folder / "sdist"), str(ROOT)])
    return Distributions(
        sdist=only(folder / "sdist", "*.tar.gz"),
        wheel_from_tree=only(folder / "tree", "*.whl"),
        wheel_from_sdist=only(folder / "sdist", "*.whl"),
    )


@pytest.fixture(scope="module")
def installed(distributions: Distributions, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--quiet", "--quiet", "install", "--no-deps", "--no-index"]
    run([*pip, "--target", str(target), str(distributions.wheel_from_sdist)])
    return target


def test_the_sdist_builds_the_wheel_that_the_tree_builds(distributions: Distributions) -> None:
    assert digests(distributions.wheel_from_sdist) == digests(distributions.wheel_from_tree)


def test_the_wheel_holds_every_file_of_every_layer_and_of_the_contract(distributions: Distributions) -> None:
    modules = {f"unitofwork/{path.relative_to(ROOT)}" for layer in LAYERS for path in files(ROOT / layer)}
    modules |= {f"unitofwork/{path.relative_to(ROOT / 'tests')}" for path in files(ROOT / "tests/contract")}
    expected = modules | {"unitofwork/__init__.py", "unitofwork/py.typed"}
    assert {f"unitofwork/{layer}/__init__.py" for layer in LAYERS} <= expected
    assert {name for name in digests(distributions.wheel_from_tree) if ".dist-info/" not in name} == expected


def test_the_sdist_holds_plain_files_once(distributions: Distributions) -> None:
    """A link would break where links are not supported, and would hold a layer twice."""
    with tarfile.open(distributions.sdist) as archive:
        members = archive.getmembers()
    assert [member.name for member in members if not (member.isfile() or member.isdir())] == []
    names = [member.name.partition("/")[2] for member in members]
    assert len(names) == len(set(names))
    assert [name for name in names if name.startswith(tuple(f"src/unitofwork/{layer}" for layer in LAYERS))] == []
    assert [name for name in names if "cache" in name or ".venv" in name or name.endswith(".pyc")] == []


def test_the_sdist_holds_the_tests_and_the_licence(distributions: Distributions) -> None:
    with tarfile.open(distributions.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml", "tests/integration/test_distribution.py"} <= names


def test_the_installed_wheel_is_imported_from_where_it_was_installed(installed: Path, tmp_path: Path) -> None:
    names = ["unitofwork", *(f"unitofwork.{layer}" for layer in LAYERS)]
    output = python(
        f"import importlib\nfor name in {names}: print(importlib.import_module(name).__file__)",
        installed,
        tmp_path,
    )
    files = [Path(line) for line in output.splitlines()]
    assert files == [installed.joinpath(*name.split("."), "__init__.py") for name in names]


def test_importing_the_package_imports_nothing_heavy(installed: Path, tmp_path: Path) -> None:
    """The container, the command line and SQLAlchemy are paid for by those who use them."""
    heavy = {"click", "dependency_injector", "rich", "sqlalchemy"}
    output = python(f"import sys, unitofwork\nprint(sorted({heavy} & set(sys.modules)))", installed, tmp_path)
    assert output.strip() == "[]"


OWN_ADAPTERS = """
from contextlib import contextmanager
from unitofwork import MemoryDatabase
from unitofwork.contract.adapters import Adapter
from unitofwork.contract.embedded import MEMORY, MemoryProbe

class Lying(MemoryDatabase):
    def session(self, **how):
        session = super().session(**how)
        session.rollback = session.commit
        return session

def named(name, database_type):
    @contextmanager
    def opened(folder, mapping):
        database = database_type(mapping)
        with database.counting() as statements:
            yield database, MemoryProbe(database, statements)

    return Adapter(name, opened, MEMORY.capabilities - {"threads"}, MEMORY.begin_outer)

honest = named("honest", MemoryDatabase)
lying = named("lying", Lying)
"""


def judge(installed: Path, folder: Path, *options: str) -> str:
    """Run a part of the contract as who installed the package does, and return what was printed."""
    (folder / "own_adapters.py").write_text(OWN_ADAPTERS)
    tests = [f"unitofwork.contract.{module}" for module in ("test_closing", "test_rolling_back")]
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "no:cacheprovider", "--pyargs", *tests, *options]
    environment = os.environ | {"PYTHONPATH": str(installed)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout + done.stderr


def test_the_installed_contract_names_the_rows_that_an_adapter_from_outside_breaks(
    installed: Path, tmp_path: Path
) -> None:
    adapters = ["--uow-adapter=own_adapters:honest", "--uow-adapter=own_adapters:lying"]
    printed = judge(installed, tmp_path, *adapters, "-k", "rollback_makes or close_twice")
    table = printed[printed.index("row  promise") :].splitlines()
    assert [re.split(r"\s{2,}", line) for line in table[:3]] == [
        ["row", "promise", "honest", "lying"],
        ["L2", "close", "1", "1"],
        ["L8", "rollback", "2", "0, 2 failed"],
    ], printed


def run(command: list[str], cwd: Path | None = None) -> str:
    """Return what the command printed; a failure shows all of it."""
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def python(code: str, installed: Path, cwd: Path) -> str:
    """Run code with the installed wheel in front of the editable install that runs the tests."""
    return run([sys.executable, "-c", f"import sys; sys.path.insert(0, {str(installed)!r})\n{code}"], cwd)


def files(folder: Path) -> list[Path]:
    """The files below a folder, but for what Python compiled."""
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]


def only(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


def digests(wheel: Path) -> dict[str, str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
