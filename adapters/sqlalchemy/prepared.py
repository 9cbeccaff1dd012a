"""The statements of a database's questions: each is built once for all questions of its shape."""

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

import attrs
from sqlalchemy import Dialect

from unitofwork.adapters.sqlalchemy.compiled import CompiledSelect
from unitofwork.adapters.sqlalchemy.parameters import Parameter, Parameters, Values, bound
from unitofwork.adapters.sqlalchemy.shapes import NoShape, Shape, shape_of
from unitofwork.adapters.sqlalchemy.statements import select_entities, select_placed, select_values
from unitofwork.domain.query import Query

S = TypeVar("S")
T = TypeVar("T")

MOST = 500
"""How many statements are kept."""


@attrs.frozen
class Prepared:
    """What was built and holds no value, and its parameters."""

    built: Any
    parameters: tuple[Parameter, ...]


def entities(query: Query[T], dialect: Dialect, parameters: Parameters) -> CompiledSelect[T]:
    """Build what finds the entities of a query."""
    return CompiledSelect(select_entities(query, dialect, parameters))


def placed(query: Query[Any], dialect: Dialect, parameters: Parameters) -> list[CompiledSelect[Any]]:
    """Build what finds them one after the other, each with its place."""
    return [CompiledSelect(select) for select in select_placed(query, dialect, parameters)]


@attrs.frozen
class ValuesOf:
    """Builds what finds the values of these attributes."""

    names: tuple[str, ...]

    def __call__(self, query: Query[Any], dialect: Dialect, parameters: Parameters) -> CompiledSelect[Any]:
        return CompiledSelect(select_values(query, self.names, dialect, parameters))


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
        make: Callable[[Query[Any], Dialect, Parameters], S],
        query: Query[T],
        dialect_of: Callable[[Query[T]], Dialect],
    ) -> tuple[S, Values]:
        """What ``make`` builds for a query, and what to execute it with.

        Args:
            make: builds a statement, or several.
            query: what is asked.
            dialect_of: finds the dialect of the query's database, if something has to be built.

        Raises:
            MappingError, InvalidValue, UnsupportedQuery: as ``make`` does.
        """
        try:
            shape, values = shape_of(query)
        except NoShape:
            return build(make, query, dialect_of(query))[:2]
        key = (make, shape)
        prepared = self._kept.get(key)
        if prepared is not None:
            return prepared.built, bound(prepared.parameters, values)
        built, sent, parameters = build(make, query, dialect_of(query))
        if _are_same(parameters.values, values):
            self._keep(key, Prepared(built, tuple(parameters.noted)))
        return built, sent

    def _keep(self, key: Shape, prepared: Prepared) -> None:
        with self._lock:
            if len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = prepared


def build(
    make: Callable[[Query[Any], Dialect, Parameters], S], query: Query[Any], dialect: Dialect
) -> tuple[S, Values, Parameters]:
    """What ``make`` builds for a query, what to execute it with, and its parameters."""
    parameters = Parameters(dialect)
    built = make(query, dialect, parameters)
    return built, bound(parameters.noted, parameters.values), parameters


def _are_same(some: list[object], others: list[object]) -> bool:
    """Whether the statement has a place for each value that the shape leaves out, in the same order, and holds none."""
    return len(some) == len(others) and all(one is other for one, other in zip(some, others, strict=True))
