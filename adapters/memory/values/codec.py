"""How a column's value is kept: what is stored of it, what is given back, and when two are equal."""

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any, NamedTuple, TypeAlias

import attrs
from sqlalchemy import Column, Dialect, Table
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.types import TypeEngine

from unitofwork.adapters.orm.column_types import test_of
from unitofwork.adapters.orm.rules import Refusal, Test
from unitofwork.domain.errors import InvalidValue, MappingError

Convert: TypeAlias = Callable[[Any], Any]

DIALECT: Dialect = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy gives it no types
"""PostgreSQL's, whose rules hold; it needs no driver, since it never connects."""


class Plain(NamedTuple):
    """Values that the mapping's checks take, and that are stored as they are.

    Attributes:
        kind: their class, and no subclass.
        test: what else must hold, as Python's source that may use `NAMES`, and has ``{0}`` for the value.
    """

    kind: type
    test: str = ""


def encodes(text: str) -> bool:
    """Whether a text is without surrogates, which are halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


NAMES: Mapping[str, object] = {"UTC": UTC, "encodes": encodes}
"""What tests of plain values may name."""


@attrs.frozen(kw_only=True)
class Codec:
    """How values of one column are kept; None, for a function, is "as it is", and NULL is given to none of them.

    What is stored is never changed in place, and can be hashed, for whoever loads it gets a mutable value of his own.

    Attributes:
        store: turns what an entity has into what is stored; raises InvalidValue or one of its kinds.
        load: turns what is stored into what an entity gets.
        key: turns what is stored into what is equal, and has the same hash, where PostgreSQL calls the values equal.
        operand: turns what a condition compares with into what may be stored, though it need not fit the column.
        order: turns what is stored into what sorts as PostgreSQL sorts it; raises UnsupportedQuery if nothing does.
        null: what is stored that conditions take for NULL, as JSON's null is; None where there is no such thing.
        stores_none: whether ``store`` is to be given None too, and may make more of it than NULL.
        loads_null: whether ``load`` is to be given None for NULL too, and may make something of it.
        plain: what needs neither ``store`` nor checks before; None if everything does.
    """

    store: Convert | None = None
    load: Convert | None = None
    key: Convert | None = None
    operand: Convert | None = None
    order: Convert | None = None
    null: object = None
    stores_none: bool = False
    loads_null: bool = False
    plain: Plain | None = None


@attrs.frozen
class Holder:
    """What holds the value, as errors name it: a column, or an expression that has a type.

    Attributes:
        name: the column with its table, or the expression.
        table: the table's name; None for an expression.
        columns: the column's name.
        casts: whether values are cast to the type, as SQLAlchemy casts an array: what is too long is then cut off.
    """

    name: str
    table: str | None = None
    columns: tuple[str, ...] = ()
    casts: bool = False

    @classmethod
    def of(cls, column: Column[Any]) -> "Holder":
        """A column, by its own name and its table's."""
        table: object = getattr(column, "table", None)  # a column may be in no table
        name = table.name if isinstance(table, Table) else None
        return cls(f"{name}.{column.name}" if name else column.name, name, (column.name,))

    def refused(self, refusal: Refusal) -> InvalidValue:
        """The error for a value that cannot be kept."""
        return refusal.error(f"{self.name} {refusal.text}", table=self.table, columns=self.columns)

    def unkept(self, type_: TypeEngine[Any], why: str = "map it with another type") -> MappingError:
        """The error for a type whose values cannot be kept."""
        return MappingError(
            f"{self.name} is of the type {type(type_).__name__}, which is not kept in memory: {why}",
            table=self.table,
            columns=self.columns,
        )

    def checking(self, test: Test, convert: Convert | None = None) -> Convert:
        """A function that refuses what the test refuses, and converts the rest."""

        def check(value: object) -> object:
            refusal = test(value)
            if refusal is not None:
                raise self.refused(refusal) from refusal.cause
            return value if convert is None else convert(value)

        return check

    def storing(self, type_: TypeEngine[Any], convert: Convert | None = None) -> Convert:
        """A function that refuses what the type's rules refuse, and converts the rest."""
        return self.checking(_rules(type_, stored=True), convert)

    def comparing(self, type_: TypeEngine[Any], convert: Convert | None = None) -> Convert:
        """As `storing`, for what need not fit the column."""
        return self.checking(_rules(type_, stored=False), convert)


def _rules(type_: TypeEngine[Any], *, stored: bool) -> Test:
    test = test_of(type_, DIALECT, stored=stored)
    assert test is not None, type_
    return test
