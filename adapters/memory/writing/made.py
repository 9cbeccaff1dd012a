"""Values that nobody gave: what a column's default or ``onupdate`` makes of them before they are sent."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import attrs
from sqlalchemy import Dialect
from sqlalchemy.schema import ColumnDefault
from sqlalchemy.sql import ClauseElement

Make: TypeAlias = Callable[["DefaultContext"], Any]


@attrs.frozen
class DefaultContext:
    """What a default's function is given: the row so far, as SQLAlchemy gives it.

    Attributes:
        current_parameters: the row's values, by column key.
        connection: the connection.
        dialect: its dialect.
    """

    current_parameters: Mapping[str, Any]
    connection: Any
    dialect: Dialect

    def get_current_parameters(self, isolate_multiinsert_groups: bool = True) -> Mapping[str, Any]:
        """The row's values, by column key."""
        return self.current_parameters


def made_before(default: object) -> Make | None:
    """How a value is made in Python; None where it is not."""
    if not isinstance(default, ColumnDefault) or isinstance(default.arg, ClauseElement):
        return None
    arg: Any = default.arg
    if callable(arg):
        return lambda context: arg(context)
    return lambda _: arg


def made_by_sql(default: object) -> ClauseElement | None:
    """The expression that makes a value; None where there is none."""
    arg = default.arg if isinstance(default, ColumnDefault) else None
    return arg if isinstance(arg, ClauseElement) else None
