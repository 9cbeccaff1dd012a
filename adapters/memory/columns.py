"""The columns of a table, as values go into its rows and out of them."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, cast

import attrs
from sqlalchemy import Column, Table

from unitofwork.adapters.memory.values import Codec, codec_of

Convert: TypeAlias = Callable[[Any], Any]

_CACHE = "unitofwork.columns"


@attrs.define(eq=False)
class Columns:
    """The columns of one table.

    Attributes:
        table: the table.
        place: where in a row each column is.
        key: those of the primary key.
        plans: how statements of each shape are carried out, for whoever finds that out.
    """

    table: Table
    place: dict[Column[Any], int]
    key: tuple[Column[Any], ...]
    plans: dict[Any, Any] = attrs.field(factory=dict[Any, Any])
    _codecs: dict[Column[Any], Codec] = attrs.field(factory=dict[Column[Any], Codec])

    def codec(self, column: Column[Any]) -> Codec:
        """How the values of a column are kept."""
        codec = self._codecs.get(column)
        if codec is None:
            codec = self._codecs[column] = codec_of(column)
        return codec

    def loading(self, columns: Iterable[Column[Any]]) -> list[tuple[int, Convert | None]]:
        """Where in a row columns are, and what an entity gets of their values."""
        return [(self.place[column], self.codec(column).load) for column in columns]

    def operand(self, column: Column[Any], value: object) -> Any:
        """What a value is compared as."""
        convert = self.codec(column).operand
        return value if value is None or convert is None else convert(value)

    def is_equal(self, column: Column[Any], stored: Any, operand: Any) -> bool:
        """Whether the database calls the values equal; NULL equals nothing."""
        if stored is None or operand is None:
            return False
        key = self.codec(column).key
        return bool(stored == operand) if key is None else bool(key(stored) == key(operand))


def columns_of(table: Table) -> Columns:
    """The columns of a table; found out again when one was added, or what was known came with a copy of another."""
    info = cast("dict[str, Columns]", table.info)
    known = info.get(_CACHE)
    if known is None or known.table is not table or len(known.place) != len(table.columns):
        place = {column: at for at, column in enumerate(table.columns, 1)}
        known = info[_CACHE] = Columns(table, place, tuple(table.primary_key.columns))
    return known
