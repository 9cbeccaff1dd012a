"""Sequences: numbers that are handed out once, and not given back by a rollback."""

from collections.abc import Mapping
from typing import Any, Final

import attrs
from sqlalchemy import BigInteger, Column, Identity, Sequence, SmallInteger, make_url
from sqlalchemy.types import TypeEngine

from unitofwork.domain.errors import InvalidValue

_DIALECT = make_url("postgresql://").get_dialect()()  # needs no driver as long as it does not connect
_SMALL, _NORMAL, _BIG = 2**15, 2**31, 2**63


@attrs.frozen
class SequenceShape:
    """What a sequence counts: as PostgreSQL's CREATE SEQUENCE understands its options."""

    name: str
    start: int
    increment: int
    low: int
    high: int
    cycle: bool

    def following(self, last: int | None) -> int:
        """The number after the last one, or the first if there was none.

        Raises:
            InvalidValue: there is no other.
        """
        if last is None:
            return self.start
        number = last + self.increment
        if self.low <= number <= self.high:
            return number
        if self.cycle:
            return self.low if self.increment > 0 else self.high
        raise InvalidValue(f"the sequence {self.name} has no number left")


def serial(column: Column[Any]) -> SequenceShape:
    """The sequence of a primary key that numbers itself."""
    return _shape(_own_name(column), None, _limit(column.type))


def identity(column: Column[Any], options: Identity) -> SequenceShape:
    """The sequence of an identity column."""
    return _shape(_own_name(column), options, _limit(column.type))


def declared(sequence: Sequence) -> SequenceShape:
    """A sequence that the application declares."""
    limit = _BIG if sequence.data_type is None else _limit(sequence.data_type)
    return _shape(sequence.name, sequence, limit)


def _own_name(column: Column[Any]) -> str:
    return f"{column.table.name}_{column.name}_seq"


def _limit(type_: TypeEngine[Any]) -> int:
    meant = type_.dialect_impl(_DIALECT)
    return _SMALL if isinstance(meant, SmallInteger) else _BIG if isinstance(meant, BigInteger) else _NORMAL


_ASCENDS: Final = 1


def _shape(name: str, options: Identity | Sequence | None, limit: int) -> SequenceShape:
    given: Mapping[str, Any] = {} if options is None else vars(options)
    increment = given.get("increment") or _ASCENDS
    least, most = (1, limit - 1) if increment > 0 else (-limit, -1)
    low = least if given.get("minvalue") is None else given["minvalue"]
    high = most if given.get("maxvalue") is None else given["maxvalue"]
    start = given.get("start")
    if start is None:
        start = low if increment > 0 else high
    return SequenceShape(name, start, increment, low, high, bool(given.get("cycle")))
