"""``unitofwork new``: the files of a fresh application, made by copier from the template beside this module."""

import json
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from keyword import iskeyword
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import click

from unitofwork.entrypoints.cli import options

_TEMPLATE = Path(__file__).with_name("template")
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")
_LONGEST = 30
_USED = frozenset({"alembic", "attr", "attrs", "click", "dependency_injector", "fastapi", "pytest", "sqlalchemy"})
"""Besides those of Python's own library, names of packages that the application needs itself."""


@click.command("new")
@click.argument("name")
@click.option("--web", is_flag=True, help="With an entry point for the web, by FastAPI.")
@click.option("--requirement", metavar="TEXT", help="What it depends on; by default this package from where it came.")
@options.as_json
def new(name: str, web: bool, requirement: str | None, as_json: bool) -> None:
    """Make a fresh application, with tests that pass at once.

    The folder NAME gets the four layers, a mapped class, services, a command line, and tests that run on the in-memory
    twin and on SQLite: `cd NAME && make test`.
    """
    _check(name)
    try:
        from copier import run_copy

        from unitofwork.entrypoints.cli.origin import requirement as required
        from unitofwork.entrypoints.cli.origin import with_extras
    except ImportError as error:
        raise click.ClickException("new needs copier, which is not installed: pip install unitofwork[new]") from error
    needed = required(requirement)
    answers = {
        "name": name,
        "package": name.replace("-", "_"),
        "web": web,
        "requirement": with_extras(needed, *(["fastapi"] if web else [])),
        "dev_requirement": with_extras(needed, "cli", "memory", "pytest", "schema"),
    }
    with _whole(Path(name)) as folder:
        run_copy(str(_TEMPLATE), folder, data=answers, defaults=True, quiet=True)
    click.echo(json.dumps({"made": name}) if as_json else f"made {name}: cd {name} && make test")


def _check(name: str) -> None:
    package = name.replace("-", "_")
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise _refused(
            f"a name has at most {_LONGEST} small letters and digits, a letter first, and - or _ between words"
        )
    if iskeyword(package):
        raise _refused(f"{name} is a word of Python's, and no module can have that name: take another")
    if package in sys.stdlib_module_names | _USED | {"tests", "unitofwork"}:
        raise _refused(f"{name} is the name of a package that the application needs itself: take another")
    if Path(name).exists():
        raise _refused(f"there is a {name} already: take another name, or move it away")


@contextmanager
def _whole(target: Path) -> Generator[Path]:
    """A folder to be filled, which gets its name when that is done; otherwise nothing is left of it.

    Raises:
        click.ClickException: the present folder cannot be written.
    """
    try:
        beside = Path(mkdtemp(prefix=f".{target.name}-", dir="."))
        try:
            yield beside / target.name
            (beside / target.name).rename(target)
        finally:
            rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise click.ClickException(f"{target} cannot be made here: {error.strerror}") from error


def _refused(text: str) -> click.BadParameter:
    return click.BadParameter(text, param_hint="NAME")
