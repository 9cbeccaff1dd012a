"""What a session's own statements say: those that a flush sends, and those that load an entity afresh."""
# pyright: reportPrivateUsage=false

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import attrs
from sqlalchemy import Column, Delete, Insert, Update

from unitofwork.adapters.memory.private.states import State


def assigned(statement: Insert | Update) -> Mapping[Column[Any], Any]:
    """The SQL expressions that a flush assigns, by column."""
    values: Any = statement._values or {}
    assigned: Mapping[Column[Any], Any] = values
    return assigned


def returned(statement: Insert | Update) -> tuple[Column[Any], ...]:
    """The columns that a flush wants to have back, beside a new row's key."""
    columns: Any = statement._return_defaults_columns or ()
    return tuple(columns)


def compared(statement: Update | Delete) -> Iterable[Any]:
    """The comparisons by which a flush finds a row, each of a column with a parameter."""
    for clause in statement._where_criteria:
        yield from getattr(clause, "clauses", (clause,))


@attrs.frozen
class Refresh:
    """An entity that is to be loaded afresh.

    Attributes:
        state: the entity's.
        names: the attributes to load; None for all.
        asked_for: whether the application named them, which means relationships too.
        autoflush: whether what was changed is sent first.
    """

    state: State
    names: Collection[str] | None
    asked_for: bool
    autoflush: bool


def refresh_of(statement: Any, execution_options: Mapping[str, Any]) -> Refresh | None:
    """What a statement of SQLAlchemy's own is to load afresh; None for any other statement."""
    options = execution_options.get("_sa_orm_load_options")
    state = getattr(options, "_refresh_state", None)
    if options is None or state is None:
        return None
    return Refresh(
        state, statement._compile_options._only_load_props, options._is_user_refresh, bool(options._autoflush)
    )
