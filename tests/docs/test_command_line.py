"""The page on the command line names the commands and options that there are."""

import re
import shlex
from pathlib import Path

import click
import pytest

from unitofwork.entrypoints.cli.commands import GROUPS, unitofwork

PAGE = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text(encoding="utf-8")
LINES = re.findall(r"^unitofwork (.*)$", PAGE, re.MULTILINE)


def command_of(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words lead to, and what is left of them."""
    found: click.Command = unitofwork
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        inner = found.get_command(click.Context(found), words[0])
        assert inner is not None, f"there is no {words[0]}"
        found, words = inner, words[1:]
    return found, words


@pytest.mark.parametrize("line", LINES)
def test_each_command_can_be_given_so(line: str) -> None:
    command, words = command_of(shlex.split(line, comments=True))
    if words != ["--version"]:  # which is carried out at once
        command.make_context(command.name, words)


def test_every_group_is_told_of() -> None:
    assert set(GROUPS) <= {line.split()[0] for line in LINES}
