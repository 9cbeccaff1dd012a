"""What is known where a driver raises an error."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, TypeAlias

import attrs
from sqlalchemy import Connection
from sqlalchemy.orm import registry

from unitofwork.domain.errors import DatabaseUnavailable, UnitOfWorkError

NO_TABLE = (
    "the database lacks a table of the mapping: make it by create_schema(), `unitofwork schema create` or a migration"
)
BAD_OPTION = "the driver refuses an option of the URL: see the names and the values behind its question mark"


@contextmanager
def taking_options() -> Generator[None]:
    """Give a driver the options of a URL in here, which it may refuse by any error of Python's.

    Raises:
        DatabaseUnavailable: it does. The text does not name the option, which may be a part of a password.
    """
    try:
        yield
    except UnicodeError:
        raise
    except (TypeError, ValueError) as error:
        raise DatabaseUnavailable(BAD_OPTION) from error


Parameters: TypeAlias = tuple[Any, ...] | list[tuple[Any, ...]] | dict[str, Any] | list[dict[str, Any]] | None
"""What a statement is run with: one row of values, or several."""


@attrs.frozen(kw_only=True)
class Failure:
    """An error of a driver, and where it was raised.

    Attributes:
        error: what the driver raised.
        mapping: knows the tables and the constraints' names.
        connection: where it was raised, still inside its transaction; None while connecting.
        statement: what was being run; None at COMMIT and ROLLBACK.
        parameters: what it was run with.
        read_only: whether the unit of work only reads.
        lost: whether the connection is gone.
        committing: whether COMMIT was under way, in a transaction that may have written.
        transaction: the transaction's id, where the database gave it.
    """

    error: BaseException
    mapping: registry
    connection: Connection | None = None
    statement: str | None = None
    parameters: Parameters = None
    read_only: bool = False
    lost: bool = False
    committing: bool = False
    transaction: str | None = None


def refused_change() -> UnitOfWorkError:
    """The error for a change in a unit that only reads."""
    return UnitOfWorkError("the unit of work is read-only: begin it without read_only=True to change anything")
