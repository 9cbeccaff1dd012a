"""The configuration: what the options of the container's sections are, and how they are read.

A value may be a text wherever it is something else, since that is all that an environment has.
"""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias, cast

import attrs
from sqlalchemy import URL, Table
from sqlalchemy.orm import registry

from unitofwork.adapters.sqlalchemy import EngineOptions
from unitofwork.domain.isolation import Isolation
from unitofwork.entrypoints.errors import ConfigurationError

Reader: TypeAlias = Callable[[Any], Any]
"""Makes of a value what the option is, or raises ValueError with what it should be."""

_NOTHING = ("", "none", "null")
_TRUTHS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


@attrs.frozen(kw_only=True)
class DatabaseConfiguration:
    """What ``config.database`` says."""

    url: str | URL = attrs.field(repr=False)
    options: EngineOptions
    binds: Mapping[str, str | URL] = attrs.field(repr=False)
    twophase: bool

    def bound(self, mapping: registry) -> dict[Table, str | URL]:
        """The URLs by tables.

        Raises:
            ConfigurationError: the mapping has no table of a name.
        """
        tables = mapping.metadata.tables
        for name in self.binds:
            if name not in tables:
                raise ConfigurationError(
                    f"config.database.binds names a table {name}, and the mapping has {_a(tables)}"
                )
        return {tables[name]: url for name, url in self.binds.items()}


def database_configuration(config: object) -> DatabaseConfiguration:
    """Read the section ``database``.

    Raises:
        ConfigurationError: it has no URL, or an option that it cannot have.
    """
    said = section(config, "database", _DATABASE)
    if said.get("url") is None:
        raise ConfigurationError(
            'the configuration has no database.url: give the container config={"database": {"url": "sqlite:///shop.db"}},'
            ' or what environment("SHOP_") or Settings() makes of a variable SHOP_DATABASE__URL'
        )
    given = {name: value for name, value in said.items() if name in _OPTIONS}
    with telling("database"):
        return DatabaseConfiguration(
            url=said["url"],
            options=EngineOptions(**given),
            binds=said.get("binds", {}),
            twophase=said.get("twophase", False),
        )


def outbox_configuration(config: object) -> dict[str, Any]:
    """Read the section ``outbox``: arguments of `Outbox`.

    Raises:
        ConfigurationError: it has an option that it cannot have.
    """
    return section(config, "outbox", {"notify": _truth})


def relay_configuration(config: object) -> dict[str, Any]:
    """Read the section ``relay``: arguments of `Relay`.

    Raises:
        ConfigurationError: it has an option that it cannot have.
    """
    return section(config, "relay", {"batch": _whole, "attempts": _whole, "lease": _number, "interval": _number})


def section(config: object, name: str, options: Mapping[str, Reader]) -> dict[str, Any]:
    """Read a section, which may be missing; options that are not given are not in the answer.

    Raises:
        ConfigurationError: as above.
    """
    if not isinstance(config, Mapping):
        raise ConfigurationError(
            "the configuration is no dictionary: give the container config=Settings().model_dump()"
        )
    said = _mapping(cast("Mapping[str, object]", config).get(name), f"config.{name}")
    for option in said:
        if option not in options:
            raise ConfigurationError(
                f"config.{name} has an option {option}, which there is not: there are {_a(options)}"
            )
    return {option: _read(f"config.{name}.{option}", value, options[option]) for option, value in said.items()}


@contextmanager
def telling(name: str) -> Generator[None]:
    """Tell in which section it is that something refuses a value."""
    try:
        yield
    except ConfigurationError:
        raise
    except ValueError as error:
        raise ConfigurationError(f"config.{name}: {error}") from error


def _read(place: str, value: object, reader: Reader) -> Any:
    try:
        return reader(value)
    except ConfigurationError:
        raise
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"{place} is to be {error}") from None  # what int() raises holds the value


def _mapping(value: object, place: str) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigurationError(f"{place} is a section: write {place}.<option>, and not a value for it")
    return cast("Mapping[str, Any]", value)


def _whole(value: Any) -> int:
    with _instead("a whole number"):
        if isinstance(value, bool | float):
            raise TypeError
        return int(value)


def _number(value: Any) -> float:
    with _instead("a number"):
        if isinstance(value, bool):
            raise TypeError
        return float(value)


def _number_or_none(value: Any) -> float | None:
    if value is None or (isinstance(value, str) and value.strip().lower() in _NOTHING):
        return None
    with _instead("a number, or none"):
        return _number(value)


def _truth(value: Any) -> bool:
    with _instead("true or false"):
        return value if isinstance(value, bool) else _TRUTHS[str(value).strip().lower()]


def level(value: Any) -> Isolation | None:
    """A level of isolation by its name, however that is written.

    Raises:
        ValueError: there is none of this name.
    """
    if value is None or isinstance(value, Isolation):
        return value
    text = str(value).strip().lower().replace("_", " ")
    with _instead(", ".join(each.value for each in Isolation)):
        return None if text in _NOTHING else Isolation(text)


def _url(value: Any) -> str | URL | None:
    value = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    if value is None or isinstance(value, URL):
        return value
    if not isinstance(value, str) or not value:
        raise ValueError("a URL, as in postgresql://user@host/shop")
    return value


def _urls(value: Any) -> dict[str, str | URL]:
    found = _mapping(value, "config.database.binds")
    return {name: _read(f"config.database.binds.{name}", url, _url) for name, url in found.items()}


@contextmanager
def _instead(what: str) -> Generator[None]:
    """Say what the value should be, instead of what it is."""
    try:
        yield
    except (KeyError, TypeError, ValueError):
        raise ValueError(what) from None


def _a(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names)) or "none"


_READERS: Mapping[object, Reader] = {
    int: _whole,
    float: _number,
    float | None: _number_or_none,
    bool: _truth,
    Isolation | None: level,
}

_OPTIONS: Mapping[str, Reader] = {each.name: _READERS[each.type] for each in attrs.fields(EngineOptions)}

_DATABASE: Mapping[str, Reader] = {"url": _url, "binds": _urls, "twophase": _truth, **_OPTIONS}
