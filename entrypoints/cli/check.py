"""``unitofwork check``: all that is wrong with a mapping at once, and with a database's schema beside it."""

import json
from collections.abc import Collection, Sequence

import attrs
import click
from sqlalchemy.orm import registry

from unitofwork.adapters.orm import check_registry
from unitofwork.adapters.orm.findings import Finding, gathered
from unitofwork.adapters.orm.tables import mappers_of
from unitofwork.domain.errors import MappingError, PersistenceError
from unitofwork.entrypoints.cli import options
from unitofwork.entrypoints.cli.database import compared, mapping_at, opened
from unitofwork.entrypoints.cli.faults import FAILED

_NAME = "MODULE:NAME"


@attrs.frozen
class _Line:
    """One finding, as it is printed."""

    kind: str
    text: str


@click.command("check")
@click.argument("name", metavar=_NAME)
@click.option(
    "--database",
    "url",
    envvar="DATABASE_URL",
    show_envvar=True,
    metavar="URL",
    help="Compare its schema with the mapping, too; in the variable nobody else sees its password.",
)
@options.ignored
@click.option("--strict", is_flag=True, help="Let warnings count.")
@options.as_json
def check(name: str, url: str | None, ignored: tuple[str, ...], strict: bool, as_json: bool) -> None:
    """Check a mapping, and a database's schema against it.

    MODULE:NAME is a registry, such as shop.adapters.orm:mapping, or a function that makes one; or what has one: a
    container, an Application, a database. All that is found is told, a line each; then the exit code is 1.
    """
    mapping, findings = _checked(name)
    lines = [_Line("error" if isinstance(each, MappingError) else "warning", str(each)) for each in findings]
    failed = any(strict or line.kind == "error" for line in lines)
    if url is not None and mapping is not None and not any(line.kind == "error" for line in lines):
        try:
            differences = _compared(url, mapping, ignored)
        except (click.ClickException, PersistenceError):
            _tell(lines, mapping, as_json)  # of the mapping, at least
            raise
        lines.extend(differences)
        failed = failed or bool(differences)
    _tell(lines, mapping, as_json)
    if failed:
        raise SystemExit(FAILED)


def _checked(name: str) -> tuple[registry | None, Sequence[Finding]]:
    """The mapping, where it could be made, and what was found in making it."""
    mapping = None
    with gathered() as findings:
        try:
            mapping = mapping_at(name, _NAME)
            check_registry(mapping)
        except MappingError as error:
            findings.append(error)  # after this one no other can be looked for
    return mapping, findings


def _compared(url: str, mapping: registry, ignored: Collection[str]) -> list[_Line]:
    database = opened(url, mapping)
    try:
        return [_Line(each.kind, each.text) for each in compared(database, ignored).differences]
    finally:
        database.dispose()


def _tell(lines: Sequence[_Line], mapping: registry | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([attrs.asdict(line) for line in lines], indent=2))
        return
    for line in lines:
        click.echo(f"{line.kind}: {line.text}")
    if not lines and mapping is not None:
        click.echo(f"nothing wrong; classes: {len(mappers_of(mapping))}, tables: {len(mapping.metadata.tables)}")
