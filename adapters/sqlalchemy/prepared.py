"""The statements of a database's questions: each is built once for all questions of its shape."""

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

import attrs
from sqlalchemy import Dialect, Select

from unitofwork.adapters.sqlalchemy.compiled import CompiledSelect
from unitofwork.adapters.sqlalchemy.parameters import Parameter, Parameters, Values, bound
from unitofwork.adapters.sqlalchemy.shapes import NoShape, Shape, shape_of
from unitofwork.domain.query import Query

R = TypeVar("R")
T = TypeVar("T")

MOST = 500
"""How many statements are kept."""


@attrs.frozen
class Prepared:
    """A statement that holds no value, and its parameters."""

    select: CompiledSelect[Any]
    parameters: tuple[Parameter, ...]


class PreparedStatements:
    """Keeps what was built, by shape and never by value; the oldest makes room for a new one. Threads may share it."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[Shape, Prepared] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def of(
        self,
        make: Callable[[Query[Any], Dialect, Parameters], Select[R]],
        query: Query[T],
        dialect_of: Callable[[Query[T]], Dialect],
    ) -> tuple[CompiledSelect[R], Values]:
        """The statement that ``make`` builds for a query, and what to execute it with.

        Args:
            make: builds a statement.
            query: what is asked.
            dialect_of: finds the dialect of the query's database, if a statement has to be built.

        Raises:
            MappingError, InvalidValue, UnsupportedQuery: as ``make`` does.
        """
        try:
            shape, values = shape_of(query)
        except NoShape:
            return _built(make, query, dialect_of(query))[:2]
        key = (make, shape)
        prepared = self._kept.get(key)
        if prepared is not None:
            return prepared.select, bound(prepared.parameters, values)
        select, sent, parameters = _built(make, query, dialect_of(query))
        if _are_same(parameters.values, values):
            self._keep(key, Prepared(select, tuple(parameters.noted)))
        return select, sent

    def _keep(self, key: Shape, prepared: Prepared) -> None:
        with self._lock:
            if len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = prepared


def _built(
    make: Callable[[Query[Any], Dialect, Parameters], Select[R]], query: Query[Any], dialect: Dialect
) -> tuple[CompiledSelect[R], Values, Parameters]:
    parameters = Parameters(dialect)
    statement = make(query, dialect, parameters)
    return CompiledSelect(statement), bound(parameters.noted, parameters.values), parameters


def _are_same(some: list[object], others: list[object]) -> bool:
    """Whether the statement has a place for each value that the shape leaves out, in the same order, and holds none."""
    return len(some) == len(others) and all(one is other for one, other in zip(some, others, strict=True))
