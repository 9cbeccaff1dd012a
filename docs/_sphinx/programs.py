"""Put into the reference what programs say of themselves: commands their help, the plugin its fixtures."""

from collections.abc import Callable, Iterator

import click
from sphinx.application import Sphinx

from unitofwork.entrypoints import pytest_plugin
from unitofwork.entrypoints.cli.commands import unitofwork

_WIDTH = 100
"""Of the help, in characters."""
_Fixture = type(pytest_plugin.uow)


def commands() -> str:
    """A heading for each command, and below it what ``--help`` prints."""
    lines: list[str] = []
    for path, command in _below("unitofwork", unitofwork):
        context = click.Context(command, info_name=path, max_content_width=_WIDTH, terminal_width=_WIDTH)
        lines += [f"\n## {path}\n", "```text", command.get_help(context), "```"]
    return "\n".join(lines)


def _below(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None  # it is listed
            yield from _below(f"{path} {name}", inner)


def fixtures() -> str:
    """A row for each fixture, by its docstring."""
    found = (each for each in vars(pytest_plugin).values() if isinstance(each, _Fixture))
    rows = [f"| `{each.__name__}` | {_sentence(each)} |" for each in found if not each.__name__.startswith("_")]
    return "\n".join(["| fixture | |", "|---|---|", *rows])


def _sentence(fixture: object) -> str:
    return " ".join((fixture.__doc__ or "").split()).replace("``", "`")


_PLACES: dict[str, Callable[[], str]] = {"<!-- the commands -->": commands, "<!-- the fixtures -->": fixtures}


def put(app: Sphinx, page: str, source: list[str]) -> None:
    """Put it where a page asks for it."""
    for place, made in _PLACES.items():
        if place in source[0]:
            source[0] = source[0].replace(place, made())


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect it."""
    app.connect("source-read", put)
    return {"parallel_read_safe": True}
