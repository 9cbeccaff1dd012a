"""The words in which a column's type says what it takes."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from sqlalchemy import Dialect
from sqlalchemy.types import TypeEngine

from unitofwork.domain.errors import InvalidValue, WrongType


class Refusal(NamedTuple):
    """Why a column does not take a value: which error, and a text that follows the column's name."""

    error: type[InvalidValue]
    text: str
    cause: Exception | None = None


# Given a value that is neither None nor an SQL expression, why it is refused; None if it is taken.
Test: TypeAlias = Callable[[Any], Refusal | None]


class Rule(NamedTuple):
    """What a type takes."""

    kind: Test
    """Whether the value is of the type at all; this is asked of a condition's operands too."""
    fit: Test | None = None
    """Whether a value of that kind can be kept in the column; None if every one can."""
    both: Test | None = None
    """Asks both at once, where that takes less time for most values."""


def is_instance(expected: type, value: object) -> Refusal | None:
    """Refuse what is not an instance of the type."""
    return None if isinstance(value, expected) else wrong(expected.__name__, value)


def wrong(expected: str, value: object) -> Refusal:
    """Refuse a value for its type."""
    return Refusal(WrongType, f"takes {expected}, not {type(value).__name__}")


def is_of_one_database(type_: TypeEngine[Any]) -> bool:
    """Whether the type belongs to a single database, which then checks values itself."""
    return type(type_).__module__.startswith("sqlalchemy.dialects.")


def keeps_anything(dialect: Dialect) -> bool:
    """Whether the database is SQLite, which keeps values of any type and size, and decimals in floating point only.

    No capability says so: ``supports_native_decimal`` is False for psycopg and PyMySQL, too.
    """
    return dialect.name == "sqlite"
