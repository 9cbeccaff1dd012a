"""The application that a command is about: named by ``--app``, as in ``shop.main:application``."""

import os
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import attrs
import click

from unitofwork.domain.errors import PersistenceError
from unitofwork.domain.ports import News, Publisher
from unitofwork.service_layer.unit_of_work import UnitOfWork


def _nothing() -> None:
    pass


@attrs.frozen(kw_only=True)
class Application:
    """What the command line needs of an application.

    ::

        def application() -> Application:
            database = SqlAlchemyDatabase(os.environ["DATABASE_URL"], mapping())
            return Application(units=lambda: Accounts(database), publisher=KombuPublisher(...), close=database.dispose)

    Attributes:
        units: makes units of work on the database of the outbox.
        publisher: whom a relay hands messages to; without it no relay can be run.
        news: lets a relay hear of new messages.
        close: called when the command has ended.
    """

    units: Callable[[], UnitOfWork]
    publisher: Publisher | None = None
    news: News | None = None
    close: Callable[[], object] = _nothing


def load(name: str) -> Application:
    """The application that a text such as ``shop.main:application`` names.

    It is an `Application`, or a function that makes one; or a container of dependency-injector (or its class) with
    providers ``unit`` and, for a relay, ``publisher`` and perhaps ``news``.

    Raises:
        click.BadParameter: the text is no such name, or what it names is not there or something else.
    """
    module, colon, attribute = name.partition(":")
    if not (module and colon and attribute):
        raise _refused("give a module and a name in it, as in shop.main:application")
    found = _imported(module)
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise _refused(f"the module {module} has no {attribute}")
        found = getattr(found, part)
    with _telling(f"making {name}"):
        made = _made(found)
    if made is None:
        raise _refused(f"{name} is no Application, no function that makes one, and no container with a provider `unit`")
    return made


def _imported(module: str) -> Any:
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # a script that is installed does not look there by itself
    with _telling(f"importing {module}"):
        try:
            return import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                raise
            raise _refused(f"there is no module {error.name} here") from error


def _made(found: Any) -> Application | None:
    if _is_container(found):
        return _of_container(found() if isinstance(found, type) else found)
    if callable(found):
        found = found()
    return found if isinstance(found, Application) else None


@contextmanager
def _telling(what: str) -> Generator[None]:
    """Name the class alone of what the application raises, since its text may hold a password."""
    try:
        yield
    except (click.ClickException, PersistenceError):
        raise
    except Exception as error:
        text = f"{what} failed with {type(error).__name__}: do it in Python to see why"
        raise _refused(text) from error


def _is_container(found: object) -> bool:
    return hasattr(found, "providers") and hasattr(found, "unit")


def _of_container(container: Any) -> Application:
    container.init_resources()
    given = {name: getattr(container, name)() for name in ("publisher", "news") if hasattr(container, name)}
    return Application(units=container.unit, close=container.shutdown_resources, **given)


def _refused(text: str) -> click.BadParameter:
    return click.BadParameter(text, param_hint="--app")
