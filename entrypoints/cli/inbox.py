"""``unitofwork inbox``: what it notes of messages stays until it is deleted."""

from datetime import timedelta

import click

from unitofwork.entrypoints.cli import options
from unitofwork.entrypoints.cli.application import opened, tell, unit_of
from unitofwork.entrypoints.cli.numbers import days
from unitofwork.service_layer import inbox_care
from unitofwork.service_layer.outbox import utc_now


@click.group(name="inbox")
def inbox() -> None:
    """Look after what the inbox notes of messages that were handled.

    The application is named by --app or $UNITOFWORK_APP: an Application, a function that makes one, or a container.
    """


@inbox.command("purge")
@days(30.0, "Keep those of so many days.")
@options.app
@options.as_json
def purge(app: str, as_json: bool, days: float) -> None:
    """Forget messages that were handled a while ago.

    A message that comes again after that is handled again: let no message be older.
    """
    with opened(app) as application, unit_of(application) as uow:
        tell({"purged": inbox_care.purge(uow, utc_now() - timedelta(days=days))}, as_json)
