"""``unitofwork new``: a fresh application is whole, and its tests pass at once; or there is nothing."""

import os
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, entry_points
from pathlib import Path
from typing import Any

import click
import copier
import pytest
from click.testing import CliRunner, Result

from unitofwork.entrypoints.cli import origin
from unitofwork.entrypoints.cli.commands import unitofwork

REQUIREMENT = "unitofwork~=0.1"
LONGEST = "a-shop-of-thirty-letters-to-go"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The present folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def new(*arguments: str, requirement: str | None = REQUIREMENT) -> Result:
    given = () if requirement is None else ("--requirement", requirement)
    return CliRunner().invoke(unitofwork, ["new", *arguments, *given])


def run(*command: str, folder: Path) -> None:
    path = os.pathsep.join([str(folder / "src"), *filter(None, sys.path)])
    # Where this package is on the path, and not installed, pytest does not find its plugin by itself.
    installed = entry_points(group="pytest11", name="unitofwork")
    plugins = {} if installed else {"PYTEST_PLUGINS": "unitofwork.entrypoints.pytest_plugin"}
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env={**os.environ, **plugins, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_tests_pass_at_once(here: Path) -> None:
    """On the twin, on SQLite, by the command line and over HTTP; ``make test`` does the same where it is installed."""
    result = new("shop", "--web")
    assert (result.exit_code, result.stdout) == (0, "made shop: cd shop && make test\n")
    run("pytest", "-q", "-p", "no:cacheprovider", folder=here / "shop")


def test_its_mapping_fits_what_schema_create_makes(here: Path) -> None:
    new("my-shop")
    package = "my_shop.entrypoints.container:container"
    run("unitofwork.entrypoints.cli", "schema", "create", "--app", package, folder=here / "my-shop")
    url = "sqlite:///my-shop.db"
    run("unitofwork.entrypoints.cli", "check", package, "--database", url, folder=here / "my-shop")


@pytest.mark.parametrize(("name", "web"), [("a", False), ("a", True), (LONGEST, True)])
def test_it_is_in_style_whatever_its_name_is(here: Path, name: str, web: bool) -> None:
    new(name, *(["--web"] if web else []))
    run("ruff", "format", "--check", ".", folder=here / name)
    run("ruff", "check", ".", folder=here / name)


def test_the_web_is_there_only_if_it_is_asked_for(here: Path) -> None:
    new("plain")
    texts = [path.read_text(encoding="utf-8") for path in (here / "plain").rglob("*") if path.is_file()]
    assert len(texts) > 20
    assert [text for text in texts if "fastapi" in text.lower() or "{{" in text or "{%" in text] == []


def test_nothing_else_is_left(here: Path) -> None:
    new("shop")
    assert [path.name for path in here.iterdir()] == ["shop"]


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["my-shop!", "Shop", "1shop", "my--shop", "shop-", "../shop", "", LONGEST + "x"])
def test_what_is_no_name_is_refused(here: Path, name: str) -> None:
    result = new(name)
    assert result.exit_code == 2
    assert "a name has at most 30 small letters and digits" in result.stderr.replace("\n", " ")
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("class", "class is a word of Python's"),
        ("json", "json is the name of a package that the application needs itself"),
        ("sqlalchemy", "sqlalchemy is the name of a package"),
        ("unitofwork", "unitofwork is the name of a package"),
    ],
)
def test_a_name_that_something_else_has_is_refused(here: Path, name: str, why: str) -> None:
    result = new(name)
    assert result.exit_code == 2
    assert why in result.stderr
    assert list(here.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(here: Path) -> None:
    (here / "shop").mkdir()
    result = new("shop")
    assert result.exit_code == 2
    assert "there is a shop already: take another name, or move it away" in result.stderr
    assert list((here / "shop").iterdir()) == []


def test_what_fails_half_way_leaves_nothing(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = copier.run_copy

    def fail(*args: Any, **kwargs: Any) -> None:
        copy(*args, **kwargs)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(copier, "run_copy", fail)
    result = new("shop")
    assert (result.exit_code, result.stderr) == (1, "Error: shop cannot be made here: No space left on device\n")
    assert list(here.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told_in_a_line(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = here / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    result = new("shop")
    assert (result.exit_code, result.stderr) == (1, "Error: shop cannot be made here: No such file or directory\n")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_is_read_only_is_told_in_a_line(here: Path) -> None:
    here.chmod(0o500)
    result = new("shop")
    here.chmod(0o700)
    assert (result.exit_code, result.stderr) == (1, "Error: shop cannot be made here: Permission denied\n")


# --- what it depends on ---------------------------------------------------------------------------------------------


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Let this package have been installed in another way."""

    def install(direct_url: str | None) -> None:
        (tmp_path / "METADATA").write_text("Name: unitofwork\nVersion: 0.4.2\n")
        if direct_url is not None:
            (tmp_path / "direct_url.json").write_text(direct_url)
        monkeypatch.setattr(origin, "distribution", lambda _: Distribution.at(tmp_path))

    return install


def test_what_came_from_an_index_is_asked_of_an_index(installed: Any) -> None:
    installed(None)
    needed = origin.requirement(None)
    assert str(needed) == "unitofwork~=0.4.2"
    assert origin.with_extras(needed, "memory", "cli") == "unitofwork[cli,memory]~=0.4.2"


def test_what_came_from_elsewhere_is_asked_of_there(installed: Any, tmp_path: Path) -> None:
    for direct_url, wanted in (
        (f'{{"url": "file://{tmp_path}", "dir_info": {{"editable": true}}}}', f"unitofwork @ file://{tmp_path}"),
        ('{"url": "https://example.org/u.whl", "archive_info": {}}', "unitofwork @ https://example.org/u.whl"),
        (
            '{"url": "https://example.org/u.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}, "subdirectory": "u"}',
            "unitofwork @ git+https://example.org/u.git@abc#subdirectory=u",
        ),
    ):
        installed(direct_url)
        assert str(origin.requirement(None)) == wanted


def test_a_file_that_is_gone_is_asked_for(installed: Any) -> None:
    installed('{"url": "file:///nowhere/unitofwork.whl", "archive_info": {}}')
    with pytest.raises(click.BadParameter, match="no longer there"):
        origin.requirement(None)


def test_without_an_installation_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    def distribution(_: str) -> None:
        raise PackageNotFoundError

    monkeypatch.setattr(origin, "distribution", distribution)
    result = new("shop", requirement=None)
    assert result.exit_code == 2
    assert "this package is not installed" in result.stderr
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("given", ["sqlalchemy", "unitofwork >", "/home/me/unitofwork"])
def test_what_is_no_requirement_is_refused(here: Path, given: str) -> None:
    assert new("shop", requirement=given).exit_code == 2
    assert list(here.iterdir()) == []


def test_what_is_given_is_depended_on(here: Path) -> None:
    new("shop", requirement="unitofwork[postgresql] @ file:///home/me/unitofwork")
    text = (here / "shop" / "pyproject.toml").read_text(encoding="utf-8")
    assert '"unitofwork[postgresql] @ file:///home/me/unitofwork"' in text
    assert '"unitofwork[cli,memory,postgresql,pytest,schema] @ file:///home/me/unitofwork"' in text


@pytest.mark.parametrize(
    ("requirement", "told"),
    [("unitofwork @ file:///home/me/unitofwork", True), ("unitofwork @ https://example.org/u.whl", False)],
)
def test_who_depends_on_a_folder_is_told_so(here: Path, requirement: str, told: bool) -> None:
    new("shop", requirement=requirement)
    text = (here / "shop" / "pyproject.toml").read_text(encoding="utf-8")
    assert ("# On this machine alone" in text) is told


def test_without_copier_it_is_asked_for(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "copier", None)
    result = new("shop")
    assert (result.exit_code, result.stderr) == (
        1,
        "Error: new needs copier, which is not installed: pip install unitofwork[new]\n",
    )
