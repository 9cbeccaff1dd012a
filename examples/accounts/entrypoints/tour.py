"""The tour: import, rename for good and in vain, be refused a name that is taken, be welcomed, and ask over HTTP."""

from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
from rich.console import Console

from accounts.adapters.installed import lines_of_installed
from accounts.adapters.post import Printing
from accounts.domain.line import Line
from accounts.entrypoints.container import AccountsContainer
from accounts.entrypoints.faults import one_line_each
from accounts.entrypoints.screen import show_counts, table
from accounts.entrypoints.web_tour import show_requests
from accounts.service_layer import services
from accounts.service_layer.importing import import_people
from unitofwork.domain.errors import UniqueViolation

_LOG = (
    "Sandy Cheeks <sandy@example.org>",
    "sandy  cheeks <Sandy.Cheeks@EXAMPLE.org>",
    "Patrick Star <patrick@example.org>",
    "Somebody Else <patrick@example.org>",
)

_SHOWN = 10


def tour(page: Path | None = None) -> None:
    """Walk through it, and print each step.

    Args:
        page: where to write what the units of work of the requests did; None for nowhere.
    """
    console = Console()
    with one_line_each(), TemporaryDirectory(prefix="accounts-") as folder:
        url = f"sqlite:///{Path(folder, 'demo.sqlite')}"
        post = Printing(lambda line: console.print(f"  {line}", markup=False, soft_wrap=True))
        container = AccountsContainer(config={"database": {"url": url}}, post=post)
        container.init_resources()
        try:
            _import(container, console)
            _rename(container, console)
            _rename_in_vain(container, console)
            _be_refused(container, console)
            _be_welcomed(container, console)
            show_requests(container, console, page)
        finally:
            container.shutdown_resources()


def _import(container: AccountsContainer, console: Console) -> None:
    log = (Line(f"log:{number}", text) for number, text in enumerate(_LOG, start=1))
    summary = import_people(container.unit(), chain(lines_of_installed(), log))
    console.print("Imported the authors of the installed distributions, and a log:")
    show_counts(attrs.asdict(summary), as_json=False)
    with closing(services.everyone(container.unit())) as users:
        console.print(table(islice(users, _SHOWN), f"The first {_SHOWN} of them"))
    with closing(services.everyone(container.unit())) as users:
        console.print(table((user for user in users if len(user.addresses) > 1), "People with several addresses"))


def _rename(container: AccountsContainer, console: Console) -> None:
    console.print(table([services.show(container.unit(), "sandy.cheeks")], "Before it is renamed"))
    services.rename(container.unit(), "sandy.cheeks", "Sandy Squirrel")
    console.print(table([services.show(container.unit(), "sandy.squirrel")], "Renamed, and committed"))


def _rename_in_vain(container: AccountsContainer, console: Console) -> None:
    with container.unit() as uow:
        patrick = uow.users.called("patrick.star")
        patrick.rename("Patrick Rock")
        uow.flush()
        console.print(table([patrick], "Renamed, and sent to the database, but not committed"))
    console.print(table([services.show(container.unit(), "patrick.star")], "So it never happened"))


def _be_refused(container: AccountsContainer, console: Console) -> None:
    try:
        services.register(container.unit(), "PATRICK STAR")
    except UniqueViolation as error:
        console.print(
            "A second Patrick Star is refused:", f"{type(error).__name__}: {error}", sep="\n  ", soft_wrap=True
        )


def _be_welcomed(container: AccountsContainer, console: Console) -> None:
    services.register(container.unit(), "Squidward Tentacles", "squidward@example.org")
    console.print("What happened was committed with what it happened to. Now the relay hands it on:")
    container.relay().run_once()
