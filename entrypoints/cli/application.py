"""The application that a command is about: named by ``--app``, as in ``shop.main:application``."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

import attrs
import click

from unitofwork.domain.errors import PersistenceError
from unitofwork.domain.ports import News, Publisher
from unitofwork.entrypoints.cli.faults import FAILED, end
from unitofwork.entrypoints.cli.named import find, is_container, made, refused, telling
from unitofwork.service_layer.arguments import check_made
from unitofwork.service_layer.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from unitofwork.adapters.sqlalchemy import SqlAlchemyDatabase


def _nothing() -> None:
    pass


@attrs.frozen(kw_only=True)
class Application:
    """What the command line needs of an application.

    ::

        def application() -> Application:
            database = SqlAlchemyDatabase(os.environ["DATABASE_URL"], mapping())
            return Application(
                units=lambda: Accounts(database),
                publisher=KombuPublisher(...),
                database=database,
                close=database.dispose,
            )

    Attributes:
        units: makes units of work on the database of the outbox.
        publisher: whom a relay hands messages to; without it no relay can be run.
        news: lets a relay hear of new messages.
        database: whose schema and transactions are looked after; without it they are not.
        close: called when the command has ended.
    """

    units: Callable[[], UnitOfWork]
    publisher: Publisher | None = None
    news: News | None = None
    database: "SqlAlchemyDatabase | None" = None
    close: Callable[[], object] = _nothing


def load(name: str) -> Application:
    """The application that a text such as ``shop.main:application`` names.

    It is an `Application`, or a function that makes one; or a container of dependency-injector (or its class) with
    providers ``unit`` and, for a relay, ``publisher`` and perhaps ``news``.

    Raises:
        click.BadParameter: the text is no such name, or what it names is not there or something else.
    """
    found = find(name)
    with telling(f"making {name}"):
        found = made(found, Application)
        if is_container(found) and hasattr(found, "unit"):
            return _of_container(found)
    if not isinstance(found, Application):
        raise refused(f"{name} is no Application, no function that makes one, and no container with a provider `unit`")
    return found


@contextmanager
def opened(name: str) -> Generator[Application]:
    """The application that a text names, for as long as a block lasts.

    Raises:
        click.BadParameter: as `load`.
    """
    application = load(name)
    with closing(application.close, "the application"):
        yield attrs.evolve(application, units=_checked(application.units))


@contextmanager
def closing(close: Callable[[], object], what: str) -> Generator[None]:
    """Close something behind the block; that this fails is told, unless the block failed before."""
    try:
        yield
    except BaseException:
        with suppress(Exception):
            close()
        raise
    try:
        close()
    except PersistenceError:
        raise
    except Exception as error:
        end(f"closing {what} failed with {type(error).__name__}: do it in Python to see why", FAILED)


@contextmanager
def unit_of(application: Application, *, read_only: bool = False) -> Generator[UnitOfWork]:
    """A unit of work of the application, which has begun."""
    with application.units().begin(read_only=read_only) as uow:
        yield uow


def tell(counted: dict[str, int], as_json: bool) -> None:
    """Print what was done, and to how many."""
    click.echo(json.dumps(counted) if as_json else ", ".join(f"{number} {what}" for what, number in counted.items()))


def _checked(units: Callable[[], UnitOfWork]) -> Callable[[], UnitOfWork]:
    """Units, if they are some: an application is written without a type checker now and then."""

    def unit() -> UnitOfWork:
        with telling("making a unit of work"):
            made = units()
        check_made("a command", made, UnitOfWork)
        return made

    return unit


def _of_container(container: Any) -> Application:
    if iscoroutinefunction(container.shutdown_resources):
        raise refused("the container is one for asyncio, and commands need one whose units are not awaited")
    container.init_resources()
    given = {name: getattr(container, name)() for name in ("publisher", "news") if hasattr(container, name)}
    return Application(units=container.unit, close=container.shutdown_resources, **given)
