"""``unitofwork transactions``: those over several databases that a crash left between their two phases."""

import json
from typing import Any

import attrs
import click

from unitofwork.domain.in_doubt import InDoubt
from unitofwork.entrypoints.cli import options
from unitofwork.entrypoints.cli.database import database_at


@click.group("transactions")
def transactions() -> None:
    """Find and end what a crash left between its two phases.

    The application is named by --app or $UNITOFWORK_APP: a container, an Application with its database, or a function
    that makes one of these. Its database was made with twophase=True.
    """


@transactions.command("list", short_help="Show the transactions in doubt, the oldest first.")
@options.app
@options.as_json
def list_(app: str, as_json: bool) -> None:
    """Show the transactions in doubt, the oldest first; those that are being committed just now are among them."""
    with database_at(app, None) as database:
        found = [_as_data(each) for each in database.in_doubt()]
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        for each in found:
            right = "commit" if each["promised"] else "rollback"
            click.echo("  ".join([each["id"], right, each["prepared_at"] or "-", *each["databases"]]))


@transactions.command("resolve", short_help="End a transaction on all of its databases.")
@click.argument("id")
@click.option("--commit/--rollback", "commit", default=None, help="How; by default as is right, which `list` shows.")
@options.app
@options.as_json
def resolve(app: str, as_json: bool, id: str, commit: bool | None) -> None:
    """End the transaction of this ID on all of its databases, once its process is gone."""
    with database_at(app, None) as database:
        database.resolve(id, commit=commit)
    click.echo(json.dumps({"resolved": id}) if as_json else f"resolved {id}")


def _as_data(transaction: InDoubt) -> dict[str, Any]:
    data = attrs.asdict(transaction)
    moment = transaction.prepared_at
    return {**data, "prepared_at": None if moment is None else moment.isoformat()}
