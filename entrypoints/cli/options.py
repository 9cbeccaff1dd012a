"""The options that several commands take."""

import click

from unitofwork.entrypoints.cli.named import APP

app = click.option(APP, required=True, envvar="UNITOFWORK_APP", metavar="MODULE:NAME", help="The application.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
url = click.option(
    "--database",
    "url",
    metavar="URL",
    help="Another database than the application's; by default $DATABASE_URL if that has none.",
)
ignored = click.option(
    "--ignore",
    "ignored",
    multiple=True,
    metavar="TABLE",
    help="Leave a table out; a pattern such as 'legacy_*'. May be given several times.",
)
