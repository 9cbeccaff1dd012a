"""Many values of one column tested at once: whether all are taken, told by their types and extremes.

Testing one value costs several calls; here a thousand cost a few. What is not surely taken is False, and then each
value has to be tested on its own: only that test refuses, and says why.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import singledispatch
from math import isfinite
from operator import attrgetter
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import Dialect, types
from sqlalchemy.types import TypeDecorator, TypeEngine

from unitofwork.adapters.orm.column_types import meant, overrides
from unitofwork.adapters.orm.rules import is_of_one_database

# Given at least one value: whether all are taken for sure. A TypeError means no, as does a None among them.
ManyTest: TypeAlias = Callable[[Sequence[Any]], bool]


def many_test_of(type_: TypeEngine[Any], dialect: Dialect) -> ManyTest | None:
    """How to tell at once that values are of the type and fit it; None if each has to be tested on its own."""
    if isinstance(type_, TypeDecorator) and not isinstance(type_, types.Interval):
        if overrides(type_, "bind_processor") or overrides(type_, "process_bind_param"):
            return None
        return many_test_of(type_.load_dialect_impl(dialect), dialect)
    model = meant(type_, dialect)
    return None if is_of_one_database(model) else _many_test(model)


@singledispatch
def _many_test(type_: TypeEngine[Any]) -> ManyTest | None:
    return None


@_many_test.register
def _string(type_: types.String) -> ManyTest:
    limit = type_.length

    def test(values: Sequence[str]) -> bool:
        text = "".join(values)  # a TypeError if one is none
        if limit is not None and max(map(len, values)) > limit:
            return False
        return "\0" not in text and (text.isascii() or _is_encodable(text))

    return test


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@_many_test.register
def _enum(type_: types.Enum) -> ManyTest:
    members, names = type_.enum_class, frozenset(type_.enums)

    def test(values: Sequence[Any]) -> bool:
        kinds = set(map(type, values))
        return kinds == {members} or (kinds == {str} and names.issuperset(values))

    return test


@_many_test.register
def _integer(type_: types.Integer) -> ManyTest:
    limit = 1 << (15 if isinstance(type_, types.SmallInteger) else 63 if isinstance(type_, types.BigInteger) else 31)

    def test(values: Sequence[int]) -> bool:
        return set(map(type, values)) == {int} and -limit <= min(values) and max(values) < limit

    return test


@_many_test.register
def _float(type_: types.Float) -> ManyTest:  # type: ignore[type-arg]  # a class to register, not a type
    def test(values: Sequence[float]) -> bool:
        return set(map(type, values)) == {float} and all(map(isfinite, values))

    return test


@_many_test.register
def _boolean(type_: types.Boolean) -> ManyTest:
    return _all_of(bool)


@_many_test.register
def _date(type_: types.Date) -> ManyTest:
    return _all_of(date)


@_many_test.register
def _interval(type_: types.Interval) -> ManyTest:
    return _all_of(timedelta)


@_many_test.register
def _datetime(type_: types.DateTime) -> ManyTest | None:
    if type_.timezone:
        return None

    def test(values: Sequence[datetime]) -> bool:
        return set(map(type, values)) == {datetime} and set(map(attrgetter("tzinfo"), values)) == {None}

    return test


@_many_test.register
def _uuid(type_: types.Uuid) -> ManyTest | None:  # type: ignore[type-arg]  # a class to register, not a type
    return _all_of(UUID) if type_.as_uuid else None


@_many_test.register
def _binary(type_: types.LargeBinary) -> ManyTest:
    limit = type_.length

    def test(values: Sequence[bytes]) -> bool:
        return set(map(type, values)) == {bytes} and (limit is None or max(map(len, values)) <= limit)

    return test


def _all_of(kind: type) -> ManyTest:
    return lambda values: set(map(type, values)) == {kind}
