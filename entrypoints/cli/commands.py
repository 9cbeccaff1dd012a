"""The groups of commands, each in a module that is imported when one of its commands is asked for."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

GROUPS: Mapping[str, str] = {
    "check": "Check a mapping, and a database's schema against it.",
    "outbox": "Publish what waits in the outbox, and look after it.",
    "schema": "Create a mapping's tables, drop them, or see what would have to change.",
    "trace": "Run a program, and write a page that shows what its units of work did.",
    "transactions": "Find and end what a crash left between its two phases.",
}
"""For each group, which has the name of its module and of the command in it, what its commands are for."""


class _Later(click.Group):
    """Finds commands by their modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(GROUPS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in GROUPS:
            return None
        found: click.Command = getattr(import_module(f"unitofwork.entrypoints.cli.{cmd_name}"), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(GROUPS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        from unitofwork.entrypoints.cli.faults import one_line_each

        with one_line_each():
            return super().invoke(ctx)


@click.group(cls=_Later, epilog="Exit codes: 0 done, 1 refused or failed, 2 usage, 75 try again later.")
def unitofwork() -> None:
    """Look after an application's units of work."""
