"""Every example in the documentation runs, and prints what it says it prints: Python, files and commands."""

import os
import re
import socket
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from docs.steps import Command, File, Python, Shell, Step, steps
from unitofwork import SqlAlchemyDatabase

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PRINTED = re.compile(r"^ *print\(.*\)  # (.*)$", re.MULTILINE)
SERVER = "postgresql://localhost/"
"""What stands in pages for a server, with the name of a database."""
PORT = "8000"
"""The port on which pages serve something."""


def steps_of(page: Path) -> list[Step]:
    return steps(page.read_text(encoding="utf-8"))


def program(page: Path) -> str:
    """The Python of a page as one program: a later example goes on where an earlier one ended."""
    return "\n".join(step.code for step in steps_of(page) if isinstance(step, Python))


def stories() -> list[Path]:
    """Pages that write files or run commands."""
    return [page for page in PAGES if any(not isinstance(step, Python) for step in steps_of(page))]


@pytest.mark.parametrize("page", [page for page in PAGES if program(page)], ids=lambda page: page.name)
def test_the_examples_run_and_print_what_they_say(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = program(page)
    names: dict[str, object] = {"__name__": "example"}
    exec(compile(code, str(page), "exec"), names)
    for made in names.values():
        if isinstance(made, SqlAlchemyDatabase):
            made.dispose()  # as the end of a program does
    assert capsys.readouterr().out.splitlines() == PRINTED.findall(code)


@pytest.mark.parametrize("page", stories(), ids=lambda page: page.name)
def test_what_a_page_tells_to_do_can_be_done(page: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The files and commands, in an empty folder, from the first to the last."""
    here = places(page.read_text(encoding="utf-8"), request)
    with Shell(tmp_path, environment_of(tmp_path)) as shell:
        for step in steps_of(page):
            match step:
                case File():
                    step.write(tmp_path)
                case Command():
                    shell.run(step, here)
                case Python():
                    pass  # is tried above


def places(text: str, request: pytest.FixtureRequest) -> dict[str, str]:
    """What commands are to say instead of the server and the port that a page names."""
    here: dict[str, str] = {}
    for url in set(re.findall(rf"{SERVER}\w+", text)):
        here[url] = request.getfixturevalue("postgresql_url").render_as_string(hide_password=False)
    if PORT in text:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            here[PORT] = str(free.getsockname()[1])
    return here


def environment_of(folder: Path) -> dict[str, str]:
    """As in a virtual environment that is active, with the folder as home."""
    bin = str(Path(sys.executable).parent)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COVERAGE", "COV_"))}
    if not entry_points(group="pytest11", name="unitofwork"):
        kept["PYTEST_PLUGINS"] = "unitofwork.entrypoints.pytest_plugin"  # the package is on the path, and not installed
    return {
        **kept,
        "PATH": f"{bin}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def test_the_readme_has_examples() -> None:
    assert len(PRINTED.findall(program(ROOT / "README.md"))) >= 1


def test_every_link_between_pages_leads_somewhere() -> None:
    dead = [
        f"{page.name}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []
