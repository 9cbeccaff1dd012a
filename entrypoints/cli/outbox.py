"""``unitofwork outbox``: the relay, and what is to be done by hand."""

import json
import logging
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import attrs
import click

from unitofwork.domain.outbox import MessageState, OutboxMessage
from unitofwork.entrypoints.cli import options
from unitofwork.entrypoints.cli.application import closing, opened, tell, unit_of
from unitofwork.entrypoints.cli.faults import TRY_AGAIN, end
from unitofwork.entrypoints.cli.numbers import COUNT, SECONDS, days
from unitofwork.service_layer import outbox_care
from unitofwork.service_layer.outbox import utc_now
from unitofwork.service_layer.relay import Relay
from unitofwork.service_layer.relay.checks import check_published, check_publisher

_SHOWN = ("id", "state", "attempts", "aggregate", "name", "version", "recorded_at", "due_at", "settled_at", "error")


@click.group(name="outbox")
def outbox() -> None:
    """Publish what waits in the outbox, and look after it.

    The application is named by --app or $UNITOFWORK_APP, such as shop.main:application: an Application
    (unitofwork.entrypoints.cli.application), a function that makes one, or a container with the providers
    unit, publisher and news.
    """


@outbox.command("relay")
@click.option("--once", is_flag=True, help="End when nothing is due.")
@click.option("--batch", type=COUNT, default=100, show_default=True, help="Messages read and noted at a time.")
@click.option("--attempts", type=COUNT, default=10, show_default=True, help="Refusals until a message is dead.")
@click.option("--lease", type=SECONDS, default=60.0, show_default=True, help="Seconds; for SQLite.")
@click.option("--interval", type=SECONDS, default=1.0, show_default=True, help="Seconds between two looks.")
@options.app
@options.as_json
def relay(app: str, as_json: bool, once: bool, batch: int, attempts: int, lease: float, interval: float) -> None:
    """Publish messages until the process is told to end.

    SIGTERM and SIGINT let it finish the message that it is at. What goes wrong is logged on the standard error. With
    --once the exit code is 75 if a message was refused.
    """
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    with opened(app) as application:
        if application.publisher is None:
            raise click.BadParameter("the application has no publisher to hand messages to", param_hint="--app")
        check_publisher(application.publisher)
        counting = _Counting(application.publisher.publish)
        made = Relay(
            application.units,
            counting,
            batch=batch,
            attempts=attempts,
            lease=lease,
            interval=interval,
            news=None if once else application.news,
        )
        with closing(application.publisher.close, "the publisher"), _stopped_by_signals(made):
            if once:
                while made.run_once():
                    pass
            else:
                made.run()
        tell({"published": counting.published}, as_json)
        if once and counting.refused:
            end("the publisher refused messages, which are tried again later: unitofwork outbox list", TRY_AGAIN)


@outbox.command("list")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in MessageState]),
    default=(MessageState.PENDING.value, MessageState.DEAD.value),
    show_default=True,
    help="Which messages; may be given several times.",
)
@click.option("--limit", type=COUNT, default=100, show_default=True, help="Most messages to show.")
@click.option("--payload", is_flag=True, help="Show what is in them, too.")
@options.app
@options.as_json
def list_(app: str, as_json: bool, states: tuple[str, ...], limit: int, payload: bool) -> None:
    """Show messages, the earliest first."""
    with opened(app) as application, unit_of(application, read_only=True) as uow:
        found = outbox_care.messages_in(uow, [MessageState(state) for state in states], limit)
        rows = [_as_data(message, payload) for message in found]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        for row in rows:
            click.echo("  ".join(str(value) for value in row.values() if value is not None))


@outbox.command("retry")
@click.argument("ids", nargs=-1, type=click.UUID)
@click.option("--all", "all_dead", is_flag=True, help="All that are dead.")
@options.app
@options.as_json
def retry(app: str, as_json: bool, ids: tuple[UUID, ...], all_dead: bool) -> None:
    """Let dead messages be tried again, those with these IDS or all.

    Later messages of the same aggregate may have been published before them.
    """
    if all_dead == bool(ids):
        raise click.UsageError("give the ids of messages, or --all")
    with opened(app) as application, unit_of(application) as uow:
        tell({"retried": outbox_care.retry_dead(uow, None if all_dead else ids)}, as_json)


@outbox.command("purge")
@days(7.0, "Keep those of so many days.")
@click.option("--dead", is_flag=True, help="Delete dead messages, too.")
@options.app
@options.as_json
def purge(app: str, as_json: bool, days: float, dead: bool) -> None:
    """Delete messages that were published a while ago."""
    states = [MessageState.PUBLISHED, MessageState.DEAD] if dead else [MessageState.PUBLISHED]
    with opened(app) as application, unit_of(application) as uow:
        tell({"purged": outbox_care.purge(uow, utc_now() - timedelta(days=days), states)}, as_json)


@attrs.define
class _Counting:
    """A publisher that counts what another one accepts, and what it refuses."""

    accept: Callable[[Any], object]
    published: int = 0
    refused: int = 0

    def publish(self, message: Any) -> None:
        try:
            check_published(self.accept(message))
        except Exception:
            self.refused += 1
            raise
        self.published += 1

    def close(self) -> None:
        """Do nothing: the command closes the publisher itself."""


@contextmanager
def _stopped_by_signals(relay: Relay) -> Generator[None]:
    """Let SIGTERM and SIGINT stop the relay, and not whatever it is doing."""

    def stop(_signal: int, _frame: object) -> None:
        relay.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _as_data(message: OutboxMessage, payload: bool) -> dict[str, object]:
    names = (*_SHOWN, "payload") if payload else _SHOWN
    return {name: _plain(getattr(message, name)) for name in names}


def _plain(value: Any) -> object:
    if isinstance(value, MessageState):
        return value.value
    if isinstance(value, int | None):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
