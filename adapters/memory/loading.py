"""Entities made of records, each once in a session: the identity map decides which are new."""

from collections.abc import Callable, Collection
from typing import Any

import attrs
from sqlalchemy import inspect
from sqlalchemy.orm import Mapper, RelationshipProperty, Session

from unitofwork.adapters.memory.expressions import CannotEvaluate, Expression, compile_expression
from unitofwork.adapters.memory.populating import Population
from unitofwork.adapters.memory.private.listeners import tell_refreshed
from unitofwork.adapters.memory.private.loading import Load, loading
from unitofwork.adapters.memory.private.states import State, commit_all, commit_some, unloaded
from unitofwork.adapters.memory.questions.records import Records, records_of
from unitofwork.adapters.memory.questions.storing import Stored, storing
from unitofwork.adapters.memory.store import Reader, Row
from unitofwork.adapters.orm.names import identity_class_of
from unitofwork.domain.errors import InvalidValue, MappingError

_CACHE = "unitofwork.loader"

EAGER = frozenset({"joined", "selectin", "subquery", "immediate", False})
"""The values of ``lazy=`` by which a relationship is loaded along."""


@attrs.define(eq=False)
class Loader:
    """Makes entities of the records of one mapper.

    Attributes:
        mapper: the mapper.
        records: what its records are made of.
        loads_along: whether the mapping loads more along with some of its entities.
        stored_key: makes stored values of a primary key.
        load: makes entities of records.
    """

    mapper: Mapper[Any]
    records: Records
    loads_along: bool
    stored_key: Stored
    _identity_class: type
    _kind_of: Callable[[Row, Reader], Any] | None
    _own: Population
    load: Load = attrs.field(init=False)
    _kinds: dict[Any, Population] = attrs.field(factory=dict[Any, Population])

    def __attrs_post_init__(self) -> None:
        population_of = None if self._kind_of is None else self._population_of
        key = _key_text(self.records)
        self.load = loading(self._identity_class, *key, self._own, population_of, _complete)

    def reload(
        self, session: Session, reader: Reader, state: State, record: Row, names: Collection[str] | None
    ) -> None:
        """Load an entity's attributes, all or those named, over whatever it has."""
        population = self._population_of(record, reader)
        values = state.dict
        if names is None:
            population.fill(values, record, reader)
            for name in population.elsewhere | population.late:
                values.pop(name, None)
            state.expired_attributes.update(population.elsewhere)
            tell_refreshed(state, None)
            commit_all(session, state)
            return
        population.fill_some(names)(values, record, reader)
        for name in population.elsewhere.intersection(names):
            values.pop(name, None)
            state.expired_attributes.add(name)
        tell_refreshed(state, names)
        commit_some(state, names)

    def values(self, record: Row, reader: Reader) -> dict[str, Any]:
        """What an entity of the mapper itself gets of a record, in all attributes that have columns."""
        values: dict[str, Any] = {}
        self._own.fill_some(self._own.names | self._own.late)(values, record, reader)
        return values

    def mapper_of(self, record: Row, reader: Reader) -> Mapper[Any]:
        """The mapper of the class that a record says it is of: this one's, or a subclass's."""
        return self._population_of(record, reader).mapper

    def _population_of(self, record: Row, reader: Reader) -> Population:
        return self._own if self._kind_of is None else self._population(self._kind_of(record, reader))

    def _population(self, kind: Any) -> Population:
        population = self._kinds.get(kind)
        if population is None:
            population = self._kinds[kind] = self._made_population(kind)
        return population

    def _made_population(self, kind: Any) -> Population:
        if kind is None:
            return self._own
        mapper = self.mapper.polymorphic_map.get(kind)
        if mapper is None or not mapper.isa(self.mapper):
            name = self.mapper.class_.__name__
            raise InvalidValue(
                f"a row of {name} says that it is of a class that is no {name}: its discriminator is not the mapping's",
                entity_type=self.mapper.class_,
            )
        return self._own if mapper is self.mapper else Population.of(mapper, self.records)


def loader_of(mapper: Mapper[Any]) -> Loader:
    """The loader of a mapper, made once.

    Raises:
        MappingError: its tables or expressions are beyond the twin.
    """
    info: dict[str, Any] = mapper.class_manager.info  # pyright: ignore[reportUnknownMemberType]  # a bare dict
    loader: Loader | None = info.get(_CACHE)
    if loader is None or loader.mapper is not mapper:
        loader = info[_CACHE] = _made(mapper)
    return loader


def _made(mapper: Mapper[Any]) -> Loader:
    records = records_of(mapper)
    return Loader(
        mapper,
        records,
        any(map(_loads_along, mapper.self_and_descendants)),
        storing([records.codec(column).operand for column in records.key]),
        identity_class_of(mapper),
        _kind_of(mapper, records),
        Population.of(mapper, records),
    )


def _loads_along(mapper: Mapper[Any]) -> bool:
    return mapper.polymorphic_load == "selectin" or bool(eager_relationships(mapper))


def eager_relationships(mapper: Mapper[Any]) -> list[RelationshipProperty[Any]]:
    """The relationships that the mapping loads along with an entity."""
    return [each for each in mapper.relationships if each.lazy in EAGER]


def _key_text(records: Records) -> tuple[str, dict[str, Any]]:
    """The text of the primary key of a record ``r``, and what the names in it stand for."""
    known: dict[str, Any] = {}
    parts: list[str] = []
    for number, column in enumerate(records.key):
        load = records.codec(column).load
        value = f"r[{records.place[column]}]"
        if load is not None:
            known[f"key{number}"] = load
            value = f"key{number}({value})"
        parts.append(value)
    return f"({', '.join(parts)},)", known


def _kind_of(mapper: Mapper[Any], records: Records) -> Callable[[Row, Reader], Any] | None:
    on: Any = mapper.polymorphic_on
    if on is None or not mapper.polymorphic_map:
        return None
    if on in records.place:
        place, load = records.place[on], records.codec(on).load
        if load is None:
            return lambda record, _: record[place]
        return lambda record, _: None if record[place] is None else load(record[place])
    try:
        expression: Expression = compile_expression(on, records.place)
    except CannotEvaluate as error:
        raise MappingError(
            f"{mapper.class_.__name__} is told from others by what the twin cannot evaluate: {error}",
            entity_type=mapper.class_,
        ) from error
    return expression


def _complete(population: Population, entity: Any, record: Row, reader: Reader) -> None:
    """Fill what an entity of the session has not loaded; who listens is told, be it nothing that has a column."""
    state: State = inspect(entity)
    lacking = unloaded(state)
    wanted = lacking & population.names
    if not wanted and not (lacking and population.is_refresh_heard):
        return
    population.fill_some(wanted)(state.dict, record, reader)
    state.expired_attributes.update(population.elsewhere & lacking)
    tell_refreshed(state, lacking)
    commit_some(state, lacking)
