"""``unitofwork schema``: the mapping's tables in a database."""

import json
from collections.abc import Iterator, Sequence

import attrs
import click
from sqlalchemy import inspect

from unitofwork.adapters.sqlalchemy import SqlAlchemyDatabase
from unitofwork.entrypoints.cli import options
from unitofwork.entrypoints.cli.database import compared, database_at, refuse_missing_files
from unitofwork.entrypoints.cli.faults import FAILED


@click.group("schema")
def schema() -> None:
    """Create a mapping's tables, drop them, or see what would have to change.

    The database is that of --app or $UNITOFWORK_APP: a container, an Application, a database, or a function that makes
    one of these. Or it is that of --database; without either that of $DATABASE_URL, where nobody sees the password, and
    then --app may be a registry, or a function that makes one.
    """


@schema.command("create", short_help="Create the tables that are missing.")
@options.app
@options.url
@options.as_json
def create(app: str, url: str | None, as_json: bool) -> None:
    """Create the tables that are missing; those that are there stay as they are."""
    with database_at(app, url) as database:
        missing = [name for name, is_there in _tables(database) if not is_there]
        database.create_schema()
    _tell("created", missing, as_json)


@schema.command("drop")
@click.option("--yes", is_flag=True, help="Do not ask.")
@options.app
@options.url
@options.as_json
def drop(app: str, url: str | None, yes: bool, as_json: bool) -> None:
    """Drop the mapping's tables, with all that is in them."""
    with database_at(app, url) as database:
        refuse_missing_files(database)
        there = [name for name, is_there in _tables(database) if is_there]
        if there and not yes:
            shown = f"Drop {', '.join(there)}, with all that is in them, from {_shown(database)}?"
            click.confirm(shown, abort=True, err=True)
        database.drop_schema()
    _tell("dropped", there, as_json)


@schema.command("diff", short_help="Tell what the database has otherwise than the mapping.")
@click.option("--sql", is_flag=True, help="Print statements instead, to be read before they are run.")
@options.ignored
@options.app
@options.url
@options.as_json
def diff(app: str, url: str | None, sql: bool, ignored: tuple[str, ...], as_json: bool) -> None:
    """Tell what would have to change for the database to have the mapping's schema; then the exit code is 1.

    Renamed columns and tables are told as one that is missing and one too many. Texts of checks, checks without a
    name, sequences, views and triggers are not compared.
    """
    with database_at(app, url) as database:
        comparison = compared(database, ignored)
    if sql:
        click.echo(json.dumps(comparison.statements) if as_json else "\n".join(comparison.statements))
    elif as_json:
        click.echo(json.dumps([attrs.asdict(each) for each in comparison.differences], indent=2))
    else:
        told = [f"{each.kind}: {each.text}" for each in comparison.differences]
        click.echo("\n".join(told) or "nothing differs")
    if comparison.differences:
        raise SystemExit(FAILED)


def _tables(database: SqlAlchemyDatabase) -> Iterator[tuple[str, bool]]:
    """Each of the mapping's tables, and whether it is there."""
    for engine, tables in database.parts():
        with engine.connect() as connection:
            seen = inspect(connection)
            for table in tables:
                yield table.fullname, seen.has_table(table.name, schema=table.schema)


def _shown(database: SqlAlchemyDatabase) -> str:
    return ", ".join(engine.url.set(query={}).render_as_string() for engine, _ in database.parts())


def _tell(done: str, names: Sequence[str], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({done: names}))
    else:
        click.echo(f"{done} {', '.join(names) or 'nothing'}")
