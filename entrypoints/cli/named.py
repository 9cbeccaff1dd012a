"""What a text such as ``shop.main:application`` names: a module's attribute, and what calling it makes."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from traceback import walk_tb
from types import CodeType
from typing import Any

import click

from unitofwork.domain.errors import PersistenceError
from unitofwork.entrypoints.errors import ConfigurationError, ContainerError

APP = "--app"


def find(name: str, hint: str = APP) -> Any:
    """What is named.

    Args:
        name: a module and, behind a colon, a name in it; dots lead further inwards.
        hint: the option or argument that it was given by, for texts.

    Raises:
        click.BadParameter: the text is no such name, or what it names is not there.
    """
    module, colon, attribute = name.partition(":")
    if not (module and colon and attribute):
        raise refused("give a module and a name in it, as in shop.main:application", hint)
    found = _imported(module, hint)
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise refused(f"the module {module} has no {attribute}", hint)
        found = getattr(found, part)
    return found


def made(found: Any, *types: type) -> Any:
    """What is of one of the types, or a container; else what calling it, as a function or as a class, makes."""
    return found() if callable(found) and not isinstance(found, types) else found


def is_container(found: Any) -> bool:
    """Whether it is a container of dependency-injector, or its class."""
    return hasattr(found, "providers") and hasattr(found, "init_resources")


@contextmanager
def telling(what: str, hint: str = APP) -> Generator[None]:
    """Name the class alone of what the application raises, unless its text is ours: it may hold a password."""
    try:
        yield
    except (click.ClickException, PersistenceError):
        raise
    except (ConfigurationError, ContainerError) as error:  # whose texts never do
        raise refused(str(error), hint) from error
    except Exception as error:
        raise refused(_told(what, error), hint) from error


def _told(what: str, error: Exception) -> str:
    """What may be said of an error: our own text of a URL, the name of a variable that is not set; else its class."""
    from unitofwork.adapters.sqlalchemy.engines.urls import UrlError  # which imports SQLAlchemy

    if isinstance(error, UrlError):
        return f"{what} failed: {error}"
    if isinstance(error, KeyError) and _raised_in(error) is type(os.environ).__getitem__.__code__:
        return f"{what} failed: the environment variable {error.args[0]} is not set"
    return f"{what} failed with {type(error).__name__}: do it in Python to see why"


def _raised_in(error: Exception) -> CodeType | None:
    *_, (frame, _) = walk_tb(error.__traceback__)
    return frame.f_code


def refused(text: str, hint: str = APP) -> click.BadParameter:
    """The name leads nowhere; the text says why."""
    return click.BadParameter(text, param_hint=hint)


def _imported(module: str, hint: str) -> Any:
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())  # a script that is installed does not look there by itself
    with telling(f"importing {module}", hint):
        try:
            return import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                raise
            raise refused(f"there is no module {error.name} here", hint) from error
