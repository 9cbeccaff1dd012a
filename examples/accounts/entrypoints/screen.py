"""What is shown: JSON for programs, plain lines for pipes, tables for people."""

import io
import json
import sys
from collections.abc import Iterable, Mapping, Sequence

import click
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from accounts.adapters.formats import as_data
from accounts.domain.user import User


def write_any_character() -> None:
    """Let a terminal or a pipe that lacks a character get its number instead."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def show_users(users: Sequence[User], *, as_json: bool) -> None:
    """Show users; plain lines can be imported again, except that of a user without address."""
    if as_json:
        _print_json([as_data(user) for user in users])
    elif sys.stdout.isatty():
        Console().print(table(users) if users else "nobody")
    else:
        for user in users:
            for line in [f"{user.fullname} <{each.email_address}>" for each in user.addresses] or [user.fullname]:
                click.echo(line)


def show_user(user: User, *, as_json: bool) -> None:
    """Show one user."""
    if as_json:
        _print_json(as_data(user))
    else:
        show_users([user], as_json=False)


def show_counts(counts: Mapping[str, int], *, as_json: bool) -> None:
    """Show how many there are of each."""
    if as_json:
        _print_json(counts)
    else:
        for what, number in counts.items():
            click.echo(f"{number:>10,}  {what.replace('_', ' ')}")


def _print_json(data: object) -> None:
    click.echo(json.dumps(data, ensure_ascii=False, indent=2))


def table(users: Iterable[User], title: str | None = None) -> Table:
    """A table of users; their texts are shown as they are, whatever looks like markup in them."""
    made = Table(*(Column(header, overflow="fold") for header in ("name", "full name", "addresses")), title=title)
    for user in users:
        addresses = "\n".join(address.email_address for address in user.addresses)
        made.add_row(*map(Text, (user.name, user.fullname, addresses)))
    return made
