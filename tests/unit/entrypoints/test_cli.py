"""The command line: an application is found by its name, and its outbox looked after; what goes wrong is one line."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import attrs
import click
import pytest
from click.testing import CliRunner, Result
from dependency_injector import containers, providers
from sqlalchemy.orm import registry

from contract.models import parcels
from contract.models.parcels import OUTBOX, Depot, moved
from unitofwork import ANYTHING, MemoryDatabase, SqlAlchemyDatabase, where
from unitofwork.domain.errors import AccessDenied, ConnectionLost, DatabaseUnavailable, PersistenceError
from unitofwork.domain.outbox import Envelope, MessageState
from unitofwork.entrypoints.cli.application import Application
from unitofwork.entrypoints.cli.commands import GROUPS, unitofwork
from unitofwork.entrypoints.container import AsyncContainer, Container


@attrs.define
class Refusing:
    """A publisher that accepts what it is not told to refuse."""

    refuses: bool = False
    closed: int = 0
    given: list[Envelope] = attrs.field(factory=list[Envelope])

    def publish(self, message: Envelope) -> None:
        if self.refuses:
            raise ConnectionRefusedError
        self.given.append(message)

    def close(self) -> None:
        self.closed += 1


def map_nothing() -> registry:
    return registry()


@pytest.fixture
def database() -> Iterator[MemoryDatabase]:
    made = MemoryDatabase(parcels.mapping())
    yield made
    made.dispose()


@pytest.fixture
def unit(database: MemoryDatabase) -> Callable[[], Depot]:
    return lambda: Depot(database, outbox=OUTBOX)


@pytest.fixture
def publisher() -> Refusing:
    return Refusing()


@pytest.fixture
def shop(unit: Callable[[], Depot], publisher: Refusing, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A module with an application, which counts how often it is closed."""
    made = SimpleNamespace(closed=0)

    def close() -> None:
        made.closed += 1

    made.application = Application(units=unit, publisher=publisher, close=close)
    made.make = lambda: made.application
    monkeypatch.setitem(sys.modules, "shop", made)
    return made


def call(*arguments: str, app: str = "shop:application") -> Result:
    return CliRunner().invoke(unitofwork, ["outbox", arguments[0], "--app", app, *arguments[1:]])


def answer(*arguments: str, app: str = "shop:application") -> object:
    result = call(*arguments, "--json", app=app)
    assert result.exit_code == 0, result.output
    answered: object = json.loads(result.stdout)
    return answered


def kill(unit: Callable[[], Depot], number: int = 1) -> list[UUID]:
    """Let the first messages be dead, and return their ids."""
    with unit() as uow:
        chosen = [message.id for message in uow.messages.find(order_by="position", limit=number)]
        uow.messages.update_where(
            where("id").in_(chosen), state=MessageState.DEAD, attempts=10, settled_at=datetime.now(UTC)
        )
        uow.commit()
    return chosen


# --- commands -------------------------------------------------------------------------------------------------------


def test_a_relay_publishes_what_is_due(shop: SimpleNamespace, unit: Callable[[], Depot], publisher: Refusing) -> None:
    moved(unit, "aab")
    assert answer("relay", "--once") == {"published": 3}
    assert len(publisher.given) == 3
    assert (publisher.closed, shop.closed) == (1, 1)


def test_what_is_refused_may_be_tried_again_later(
    shop: SimpleNamespace, unit: Callable[[], Depot], publisher: Refusing
) -> None:
    moved(unit, "ab")
    publisher.refuses = True
    result = call("relay", "--once")
    assert (result.exit_code, result.stdout) == (75, "0 published\n")
    assert "the publisher refused messages, which are tried again later" in result.stderr
    publisher.refuses = False
    with unit() as uow:
        uow.messages.update_where(ANYTHING, due_at=None)
        uow.commit()
    assert call("relay", "--once").exit_code == 0


def test_messages_are_listed_with_what_became_of_them(shop: SimpleNamespace, unit: Callable[[], Depot]) -> None:
    moved(unit, "ab")
    (dead,) = kill(unit)
    first, second = json.loads(call("list", "--json").stdout)
    assert (first["id"], first["state"], first["attempts"]) == (str(dead), "dead", 10)
    assert (second["state"], second["aggregate"], second["name"]) == ("pending", "Parcel:b", "parcel-moved")
    assert "payload" not in first
    (shown,) = json.loads(call("list", "--json", "--state", "dead", "--payload").stdout)
    assert (shown["id"], shown["payload"]) == (str(dead), '["a", 1]')
    assert len(call("list", "--limit", "1").stdout.splitlines()) == 1


def test_dead_messages_are_tried_again(shop: SimpleNamespace, unit: Callable[[], Depot], publisher: Refusing) -> None:
    moved(unit, "abc")
    first, _ = kill(unit, 2)
    assert answer("retry", str(first)) == {"retried": 1}
    assert answer("retry", "--all") == {"retried": 1}
    assert answer("relay", "--once") == {"published": 3}


def test_an_id_that_is_not_dead_changes_nothing(shop: SimpleNamespace, unit: Callable[[], Depot]) -> None:
    moved(unit, "a")
    (dead,) = kill(unit)
    result = call("retry", str(dead), str(uuid4()))
    assert result.exit_code == 1
    assert result.stderr == "unitofwork: 1 of the ids are not of dead messages: list them with --state dead\n"
    assert answer("retry", "--all") == {"retried": 1}


def test_what_was_published_a_while_ago_is_purged(shop: SimpleNamespace, unit: Callable[[], Depot]) -> None:
    moved(unit, "abc")
    kill(unit)
    assert answer("relay", "--once") == {"published": 2}
    with unit() as uow:
        longer_ago = datetime.now(UTC) - timedelta(days=8)
        first = uow.messages.find(state=MessageState.PUBLISHED, order_by="position")[0].position
        uow.messages.update_where(where("position") == first, settled_at=longer_ago)
        uow.commit()
    assert answer("purge") == {"purged": 1}
    assert answer("purge", "--days", "0") == {"purged": 1}
    assert answer("purge", "--days", "0", "--dead") == {"purged": 1}
    assert answer("list") == []


def test_what_is_pending_is_never_purged(shop: SimpleNamespace, unit: Callable[[], Depot]) -> None:
    moved(unit, "a")
    assert answer("purge", "--days", "0", "--dead") == {"purged": 0}


def test_lines_are_for_people(shop: SimpleNamespace, unit: Callable[[], Depot]) -> None:
    moved(unit, "a")
    assert "  pending  0  Parcel:a  parcel-moved  1  " in call("list").stdout
    assert call("relay", "--once").stdout == "1 published\n"


# --- applications ---------------------------------------------------------------------------------------------------


def test_a_function_may_make_the_application(shop: SimpleNamespace, unit: Callable[[], Depot]) -> None:
    moved(unit, "a")
    assert answer("relay", "--once", app="shop:make") == {"published": 1}


@pytest.mark.parametrize("made", [False, True], ids=["class", "object"])
def test_a_container_is_an_application(
    shop: SimpleNamespace, unit: Callable[[], Depot], publisher: Refusing, made: bool
) -> None:
    make, given = unit, publisher

    class ShopContainer(containers.DeclarativeContainer):
        unit = providers.Factory(make)
        publisher = providers.Object(given)

    shop.container = ShopContainer() if made else ShopContainer
    moved(unit, "a")
    assert answer("relay", "--once", app="shop:container") == {"published": 1}


def test_what_is_wrong_with_a_container_is_told(shop: SimpleNamespace) -> None:
    class Named(Container):
        registry = providers.Singleton(map_nothing)

    class Awaited(AsyncContainer):
        registry = providers.Singleton(map_nothing)

    for named, text in (
        (Named, "the configuration has no database.url: give the container"),
        (lambda: Named(config={"database": {"url": "sqlite://", "pool_size": "secret"}}), "is to be a whole number"),
        (Awaited, "the container is one for asyncio, and commands need one whose units are not awaited"),
    ):
        shop.container = named
        result = call("list", app="shop:container")
        assert result.exit_code == 2
        assert text in " ".join(result.stderr.split())
        assert "secret" not in result.output


@pytest.mark.parametrize(
    ("app", "text"),
    [
        ("shop", "give a module and a name in it, as in shop.main:application"),
        ("nowhere.main:application", "there is no module nowhere here"),
        ("shop:nothing", "the module shop has no nothing"),
        ("shop:closed", "shop:closed is no Application, no function that makes one, and no container"),
        ("json:dumps", "making json:dumps failed with TypeError: do it in Python to see why"),
    ],
)
def test_a_name_that_leads_nowhere_is_refused_in_a_line(shop: SimpleNamespace, app: str, text: str) -> None:
    result = call("list", app=app)
    assert result.exit_code == 2
    assert text in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: os.environ["SHOP_URL"], "making shop:made failed: the environment variable SHOP_URL is not set"),
        (lambda: dict[str, str]()["secret"], "making shop:made failed with KeyError: do it in Python to see why"),
        (lambda: int("secret"), "making shop:made failed with ValueError: do it in Python to see why"),
        (lambda: SqlAlchemyDatabase("secret", registry()), "making shop:made failed: that is no URL of a database"),
        (lambda: MemoryDatabase(cast("Any", "secret")), "the mapping is of type str: give the sqlalchemy.orm.registry"),
    ],
)
def test_what_keeps_an_application_from_being_made_is_told_without_its_values(
    shop: SimpleNamespace, make: Callable[[], object], text: str
) -> None:
    shop.made = make
    result = call("list", app="shop:made")
    assert text in " ".join(result.stderr.replace("│", " ").split())
    assert "secret" not in result.output


def test_without_a_publisher_there_is_no_relay(shop: SimpleNamespace, unit: Callable[[], Depot]) -> None:
    shop.application = Application(units=unit)
    result = call("relay", "--once")
    assert result.exit_code == 2
    assert "the application has no publisher" in result.stderr
    assert answer("list") == []


WITHOUT_OUTBOX = """
from sqlalchemy.orm import registry
from unitofwork import MemoryDatabase, UnitOfWork
from unitofwork.entrypoints.cli.application import Application
from unitofwork.entrypoints.cli.commands import unitofwork

twin = MemoryDatabase(registry())
application = Application(units=lambda: UnitOfWork(twin), publisher=print)
for arguments in ["list"], ["retry", "--all"], ["retry", "5b1f25ae-9d5e-4f6c-a4a5-cb1d2a0ff9b5"], ["purge"]:
    try:
        unitofwork(["outbox", *arguments, "--app", "__main__:application"])
    except SystemExit as ended:
        assert ended.code == 1
"""


def test_an_application_without_an_outbox_is_refused() -> None:
    command = [sys.executable, "-c", WITHOUT_OUTBOX]  # not here, where other tests have mapped the class
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    line = "unitofwork: OutboxMessage has no table in the database's mapping: call outbox_table(registry.metadata)\n"
    assert (result.stdout, result.stderr) == ("", line * 4)


@pytest.mark.parametrize(
    ("error", "exit_code"), [(ConnectionLost, 75), (DatabaseUnavailable, 75), (AccessDenied, 1)], ids=str
)
def test_a_database_that_fails_for_now_has_an_exit_code_of_its_own(
    shop: SimpleNamespace, database: MemoryDatabase, error: type[PersistenceError], exit_code: int
) -> None:
    database.faults.fail("select", nth=1, with_=error)
    result = call("list")
    assert result.exit_code == exit_code
    assert result.stderr.startswith("unitofwork: ")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("purge", "--days", "nan"), "'nan' is not a number"),
        (("purge", "--days", "1e6"), "is not in the range 0<=x<=36525"),
        (("list", "--limit", str(2**31)), "is not in the range 1<=x<=2147483647"),
        (("relay", "--lease", "inf"), "is not in the range 0<x<=31622400"),
        (("relay", "--interval", "nan"), "'nan' is not a number"),
        (("relay", "--batch", str(2**63)), "is not in the range"),
    ],
)
def test_numbers_have_an_end(shop: SimpleNamespace, arguments: tuple[str, ...], text: str) -> None:
    result = call(*arguments)
    assert (result.exit_code, text in result.stderr) == (2, True), result.stderr


def raise_a_secret() -> None:
    raise RuntimeError("secret")


@pytest.mark.parametrize(
    ("changes", "exit_code", "text"),
    [
        ({"units": None}, 2, "making a unit of work failed with TypeError: do it in Python to see why"),
        ({"units": raise_a_secret}, 2, "making a unit of work failed with RuntimeError"),
        ({"units": lambda: os.environ["NOT_SET"]}, 2, "the environment variable NOT_SET is not set"),
        ({"units": lambda: None}, 1, "a command works with units of the class UnitOfWork, and was given one of type"),
        ({"publisher": print}, 1, "a relay takes a publisher, not one of type builtin_function_or_method"),
        ({"close": raise_a_secret}, 1, "closing the application failed with RuntimeError: do it in Python"),
    ],
    ids=["no function", "fails", "lacks a setting", "no unit", "no publisher", "cannot be closed"],
)
def test_an_application_that_does_not_work_is_told_of_in_a_line(
    shop: SimpleNamespace, changes: dict[str, Any], exit_code: int, text: str
) -> None:
    shop.application = attrs.evolve(shop.application, **changes)
    result = call("relay", "--once")
    assert (result.exit_code, text in result.stderr) == (exit_code, True), result.output
    assert isinstance(result.exception, SystemExit)
    assert "secret" not in result.output


def test_a_publisher_that_cannot_be_closed_is_told_of_once_all_is_published(
    shop: SimpleNamespace, unit: Callable[[], Depot], publisher: Refusing, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved(unit, "a")
    monkeypatch.setattr(Refusing, "close", lambda _: raise_a_secret())
    result = call("relay", "--once")
    assert (result.exit_code, len(publisher.given), shop.closed) == (1, 1, 1)
    assert "closing the publisher failed with RuntimeError" in result.stderr


def test_what_went_wrong_first_is_what_is_told(shop: SimpleNamespace) -> None:
    shop.application = attrs.evolve(shop.application, units=lambda: None, close=raise_a_secret)
    result = call("list")
    assert (result.exit_code, "a command works with units" in result.stderr) == (1, True)
    assert "closing" not in result.stderr


def test_ids_or_all_are_given() -> None:
    for arguments in ((), ("--all", str(uuid4()))):
        assert call("retry", *arguments).exit_code == 2


# --- speed ----------------------------------------------------------------------------------------------------------


HEAVY = {"alembic", "copier", "sqlalchemy", "dependency_injector", "unitofwork.service_layer.unit_of_work"}


def started(*arguments: str, **env: str) -> tuple[str, set[str]]:
    """What the program prints, and what heavy modules it has imported at its end."""
    program = f"""
import atexit, sys
from unitofwork.entrypoints.cli import main
sys.argv = {["unitofwork", *arguments]}
atexit.register(lambda: print(*sorted({HEAVY} & set(sys.modules)), file=sys.stderr))
main()
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env={**os.environ, **env})
    return done.stdout, set(done.stderr.split())


def test_help_imports_nothing_heavy() -> None:
    printed, heavy = started("--help")
    assert printed.startswith("Usage: unitofwork ")
    assert heavy == set()


def test_the_version_is_told() -> None:
    printed, heavy = started("--version")
    assert printed.startswith("unitofwork")
    assert heavy == set()


def test_groups_are_completed_without_being_imported() -> None:
    asked = {"_UNITOFWORK_COMPLETE": "bash_complete", "COMP_WORDS": "unitofwork ", "COMP_CWORD": "1"}
    printed, heavy = started(**asked)
    assert set(printed.split()) == {f"plain,{name}" for name in GROUPS}
    assert heavy == set()
    printed, _ = started(**{**asked, "COMP_WORDS": "unitofwork schema d", "COMP_CWORD": "2"})
    assert printed.split() == ["plain,diff", "plain,drop"]


def test_each_group_is_told_as_it_tells_itself() -> None:
    for name, does in GROUPS.items():
        command = unitofwork.get_command(click.Context(unitofwork), name)
        assert command is not None
        assert (command.name, command.get_short_help_str(200)) == (name, does)


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_no_sentence_is_cut_off_in_a_list_of_commands(group: str) -> None:
    result = CliRunner().invoke(unitofwork, [group, "--help"], terminal_width=80)
    assert result.exit_code == 0
    assert "..." not in result.stdout.partition("Commands:")[2]


def test_without_click_it_is_asked_for() -> None:
    program = "import sys; sys.modules['click'] = None; from unitofwork.entrypoints.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "unitofwork: the command line needs click, which is not installed: pip install unitofwork[cli]\n",
    )
