"""The groups of commands, each in a module that is imported when one of its commands is asked for."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click
from click.shell_completion import CompletionItem

GROUPS: Mapping[str, str] = {
    "check": "Check a mapping, and a database's schema against it.",
    "inbox": "Look after what the inbox notes of messages that were handled.",
    "new": "Make a fresh application, with tests that pass at once.",
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

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        groups = [
            CompletionItem(name, help=does) for name, does in sorted(GROUPS.items()) if name.startswith(incomplete)
        ]
        return [*groups, *click.Command.shell_complete(self, ctx, incomplete)]  # the group's own would import them all

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(GROUPS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        from unitofwork.entrypoints.cli.faults import one_line_each

        with one_line_each():
            return super().invoke(ctx)


def _tell_version(ctx: click.Context, _option: click.Parameter, is_asked: bool) -> None:
    if is_asked and not ctx.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"unitofwork {version('unitofwork')}")
        except PackageNotFoundError:  # it was put on the path without being installed
            click.echo("unitofwork, of an unknown version")
        ctx.exit()


@click.group(cls=_Later, epilog="Exit codes: 0 done, 1 refused or failed, 2 usage, 75 try again later.")
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_tell_version, help="Say which.")
def unitofwork() -> None:
    """Look after an application's units of work."""
