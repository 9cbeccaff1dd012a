"""What a flush learns of what it has sent."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs
from sqlalchemy import Column

from unitofwork.adapters.memory.columns import Convert
from unitofwork.adapters.memory.containers import new_list
from unitofwork.adapters.memory.store import Row


@attrs.frozen
class Sent:
    """Which columns got their values from elsewhere, as SQLAlchemy's compiler says it.

    Attributes:
        prefetch: those whose values were made before, and are among the parameters.
        postfetch: those whose values only the row knows.
        effective_returning: those whose values came back.
    """

    prefetch: tuple[Column[Any], ...] = ()
    postfetch: list[Column[Any]] = attrs.field(factory=new_list)
    effective_returning: tuple[Column[Any], ...] = ()


@attrs.frozen
class Context:
    """How the statement was run, as SQLAlchemy's execution context says it."""

    compiled: Sent
    compiled_parameters: Sequence[Mapping[str, Any]]
    isinsert: bool = False

    @property
    def executemany(self) -> bool:
        """Whether there were several sets of parameters."""
        return len(self.compiled_parameters) > 1


@attrs.frozen
class Result:
    """What became of a statement, as SQLAlchemy's cursor result says it.

    Attributes:
        context: how it was run.
        rowcount: how many rows it found.
        inserted_primary_key_rows: the key of each new row.
        returned_defaults_rows: for each row what came back of it.
    """

    context: Context
    rowcount: int
    inserted_primary_key_rows: Sequence[tuple[Any, ...]] = ()
    returned_defaults_rows: Sequence[tuple[Any, ...]] | None = None

    @property
    def inserted_primary_key(self) -> tuple[Any, ...]:
        """The key of the new row."""
        return self.inserted_primary_key_rows[0]

    @property
    def returned_defaults(self) -> tuple[Any, ...] | None:
        """What came back of the row."""
        return self.returned_defaults_rows[0] if self.returned_defaults_rows else None

    def supports_sane_multi_rowcount(self) -> bool:
        """Whether the number of rows is known of several sets of parameters."""
        return True


def loaded(places: Iterable[tuple[int, Convert | None]], row: Row) -> tuple[Any, ...]:
    """What an entity gets of a row's values at these places."""
    return tuple(row[place] if load is None or row[place] is None else load(row[place]) for place, load in places)
