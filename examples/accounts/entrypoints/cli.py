"""The command line: ``python -m accounts``."""

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import attrs
import click
from click.exceptions import Exit
from sqlalchemy import URL

from accounts.adapters.formats import FORMATS
from accounts.adapters.post import Printing
from accounts.entrypoints.container import AccountsContainer
from accounts.entrypoints.faults import FAILED, one_line_each
from accounts.entrypoints.reporter import Reporter
from accounts.entrypoints.screen import show_counts, show_user, show_users
from accounts.entrypoints.streams import reading, writing
from accounts.service_layer import services
from accounts.service_layer.importing import import_people
from accounts.service_layer.unit_of_work import Accounts

_NUMBER = click.IntRange(1, 1_000_000)


@attrs.define
class Settings:
    """What was said before the subcommand, or with it."""

    database: str | None = None
    as_json: bool = False


class Commands(click.Group):
    """Subcommands whose faults are one line each, those of reading the command and of showing help too."""

    def make_context(self, *arguments: Any, **options: Any) -> click.Context:
        with one_line_each():
            return super().make_context(*arguments, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with one_line_each():
            return super().invoke(ctx)


def _set_json(ctx: click.Context, _: click.Parameter, as_json: bool) -> None:
    ctx.ensure_object(Settings).as_json |= as_json


_json = click.option("--json", is_flag=True, expose_value=False, callback=_set_json, help="Print JSON.")


@click.group(cls=Commands, epilog="Exit codes: 0 done, 1 refused or malformed, 2 usage, 75 try again later.")
@click.option(
    "--database",
    metavar="URL",
    envvar="ACCOUNTS_DATABASE",
    help="Where accounts are kept, such as sqlite:///accounts.sqlite [$ACCOUNTS_DATABASE; a file in the home folder].",
)
@_json
@click.pass_obj
def cli(settings: Settings, database: str | None) -> None:
    """Keep people and their e-mail addresses.

    What goes wrong is told in plain lines on the standard error, with --json too.
    """
    settings.database = database


def command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """Make a subcommand of a function that takes the settings first, and let it be told --json."""
    return lambda function: cli.command(name)(_json(click.pass_obj(function)))


@command("import")
@click.argument("file", default="-")
@click.option("--installed", is_flag=True, help="Import the authors of the installed distributions instead.")
@click.option("--batch", type=_NUMBER, default=1000, show_default=True, help="Lines kept together.")
@click.option("--strict", is_flag=True, help="Keep nothing if a line is malformed.")
def import_(settings: Settings, file: str, installed: bool, batch: int, strict: bool) -> None:
    """Import lines such as: Sandy Cheeks <sandy@example.org>.

    \b
    FILE is a text file in UTF-8, or - for the standard input, as in
    git log --format='%aN <%aE>' | python -m accounts import -

    A second time it adds nothing. Malformed lines are reported and left out; the exit code is 1 then.
    """  # noqa: D301 - click knows by the character \b that the lines stay as they are
    if installed and file != "-":
        raise click.UsageError("give a file or --installed, not both")
    reporter = Reporter()
    with reading(file, installed=installed) as lines, closing(reporter):
        summary = import_people(
            _unit(settings),
            lines,
            batch=batch,
            strict=strict,
            on_malformed=reporter.malformed,
            on_batch=reporter.progress,
        )
    reporter.finish(summary)
    show_counts(attrs.asdict(summary), as_json=settings.as_json)
    if summary.malformed:
        raise Exit(FAILED)


@command("find")
@click.argument("text")
@click.option("--limit", type=_NUMBER, default=100, show_default=True, help="Most users to show.")
def find(settings: Settings, text: str, limit: int) -> None:
    """Show the users whose name or address contains TEXT."""
    users = services.find(_unit(settings), text, limit=limit + 1)
    show_users(users[:limit], as_json=settings.as_json)
    if len(users) > limit:
        click.echo("... and more: raise --limit", err=True)


@command("show")
@click.argument("name")
def show(settings: Settings, name: str) -> None:
    """Show the user with that NAME or full name."""
    show_user(services.show(_unit(settings), name), as_json=settings.as_json)


@command("add")
@click.argument("fullname")
@click.argument("addresses", nargs=-1)
def add(settings: Settings, fullname: str, addresses: tuple[str, ...]) -> None:
    """Add a user, with any number of ADDRESSES."""
    show_user(services.register(_unit(settings), fullname, *addresses), as_json=settings.as_json)


@command("add-address")
@click.argument("name")
@click.argument("address")
def add_address(settings: Settings, name: str, address: str) -> None:
    """Give a user an address."""
    show_user(services.add_address(_unit(settings), name, address), as_json=settings.as_json)


@command("remove-address")
@click.argument("name")
@click.argument("address")
def remove_address(settings: Settings, name: str, address: str) -> None:
    """Take an address from a user."""
    show_user(services.remove_address(_unit(settings), name, address), as_json=settings.as_json)


@command("rename")
@click.argument("name")
@click.argument("fullname")
def rename(settings: Settings, name: str, fullname: str) -> None:
    """Change a user's full name, and with it the name."""
    show_user(services.rename(_unit(settings), name, fullname), as_json=settings.as_json)


@command("remove")
@click.argument("name")
def remove(settings: Settings, name: str) -> None:
    """Remove a user with all addresses; show who it was."""
    show_user(services.delete(_unit(settings), name), as_json=settings.as_json)


@command("merge")
@click.argument("keep")
@click.argument("other")
def merge(settings: Settings, keep: str, other: str) -> None:
    """Move the addresses of user OTHER to user KEEP, and remove OTHER."""
    show_user(services.merge(_unit(settings), keep, other), as_json=settings.as_json)


@command("stats")
def stats(settings: Settings) -> None:
    """Count what is kept."""
    show_counts(attrs.asdict(services.stats(_unit(settings))), as_json=settings.as_json)


@command("welcome")
def welcome(settings: Settings) -> None:
    """Write to users who have registered since this was last done."""
    _container(settings).relay().run_once()


@command("export")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="csv, unless --json is given.")
@click.option("--output", metavar="FILE", default="-", help="Write to a file instead of the standard output.")
def export(settings: Settings, form: str | None, output: str) -> None:
    """Write all users, in UTF-8."""
    if settings.as_json and form not in (None, "json"):
        raise click.UsageError(f"give --json or --format {form}, not both")
    write = FORMATS[form or ("json" if settings.as_json else "csv")]
    with closing(services.everyone(_unit(settings))) as users, writing(output) as stream:
        write(users, stream)


@command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port; 0 for any.")
def serve(settings: Settings, host: str, port: int) -> None:
    """Serve accounts over HTTP, until interrupted."""
    from accounts.entrypoints import serving  # no other command waits for the web framework
    from accounts.entrypoints.web import make_app

    serving.serve(make_app(_container(settings).unit), host, port, click.echo)


def _unit(settings: Settings) -> Accounts:
    """A unit of work on the database that the settings name."""
    return _container(settings).unit()


def _container(settings: Settings) -> AccountsContainer:
    """The wiring, with the database that the settings name, open until the command ends."""
    url = _default_url() if settings.database is None else settings.database
    container = AccountsContainer(config={"database": {"url": url}}, post=Printing(click.echo))
    click.get_current_context().call_on_close(container.shutdown_resources)
    try:
        container.init_resources()
    except ValueError as error:
        raise click.BadParameter(
            "give a file or a server, as in sqlite:///accounts.sqlite or postgresql://user@host/accounts",
            param_hint="--database",
        ) from error
    return container


def _default_url() -> URL:
    """A file among the user's data, or in the current folder where there is no user."""
    home, data = os.environ.get("HOME"), os.environ.get("XDG_DATA_HOME")
    folder = Path(data, "accounts") if data else Path(home, ".local", "share", "accounts") if home else Path()
    folder.mkdir(parents=True, exist_ok=True)
    return URL.create("sqlite", database=str(folder / "accounts.sqlite"))
