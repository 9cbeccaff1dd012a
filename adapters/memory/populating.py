"""How an entity of one class is filled from a record: by a function that is written for the class."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs
from sqlalchemy import Column
from sqlalchemy.orm import ColumnProperty, Mapper

from unitofwork.adapters.memory.expressions import CannotEvaluate, compile_expression
from unitofwork.adapters.memory.private.listeners import hears_refresh
from unitofwork.adapters.memory.questions.attributes import type_of
from unitofwork.adapters.memory.questions.records import Records
from unitofwork.adapters.memory.store import Reader, Row
from unitofwork.adapters.memory.values import Codec
from unitofwork.adapters.memory.values.codec import Holder
from unitofwork.adapters.memory.values.columns import codec_for
from unitofwork.domain.errors import MappingError

Fill: TypeAlias = Callable[[dict[str, Any], Row, Reader], None]
"""Puts what a record has into an entity's dictionary."""


@attrs.define(eq=False)
class Population:
    """How entities of one class are filled from the records of a mapper, their own or a base's.

    Attributes:
        mapper: of the class.
        records: what the records are made of.
        names: the attributes that are loaded with an entity.
        elsewhere: those that the records do not have, which are loaded when they are read.
        late: those that are loaded only when they are asked for.
        fill_lines: the text of what fills the dictionary ``d`` of an entity with them, from a record ``r``.
        fill_names: what the names in it stand for.
        entity_type: the class.
        manager: SQLAlchemy's, of the class.
    """

    mapper: Mapper[Any]
    records: Records
    names: frozenset[str]
    elsewhere: frozenset[str]
    late: frozenset[str]
    fill_lines: tuple[str, ...]
    fill_names: Mapping[str, Any]
    entity_type: Any
    manager: Any
    fill: Fill = attrs.field(init=False)
    """Fills an entity with those that are loaded with it."""
    _fills: dict[frozenset[str], Fill] = attrs.field(factory=dict[frozenset[str], Fill])

    def __attrs_post_init__(self) -> None:
        self.fill = _fill(self.fill_lines, self.fill_names)

    @classmethod
    def of(cls, mapper: Mapper[Any], records: Records) -> "Population":
        """Find out how; an expression that cannot be evaluated is told of only when it is to be loaded."""
        elsewhere = frozenset(_elsewhere(mapper, records))
        late = frozenset(each.key for each in mapper.column_attrs if each.deferred) - elsewhere
        names = frozenset(each.key for each in mapper.column_attrs) - elsewhere - late
        return cls(
            mapper,
            records,
            names,
            elsewhere,
            late,
            *_filling(mapper, records, names),
            mapper.class_,
            mapper.class_manager,
        )

    def fill_some(self, names: Collection[str]) -> Fill:
        """What fills these attributes alone."""
        chosen = frozenset(names) & (self.names | self.late)
        if chosen not in self._fills:
            self._fills[chosen] = _fill(*_filling(self.mapper, self.records, chosen))
        return self._fills[chosen]

    @property
    def is_refresh_heard(self) -> bool:
        """Whether somebody wants to be told of instances that are loaded further."""
        return hears_refresh(self.mapper)


def _elsewhere(mapper: Mapper[Any], records: Records) -> Iterator[str]:
    for prop in mapper.column_attrs:
        column = prop.columns[0]
        if isinstance(column, Column) and not any(each in records.place for each in prop.columns):
            yield prop.key


def _fill(lines: Iterable[str], names: Mapping[str, Any]) -> Fill:
    known: dict[str, Any] = {**names}
    exec("\n    ".join(["def fill(d, r, reader):", "pass", *lines]), known)
    fill: Fill = known["fill"]
    return fill


def _filling(
    mapper: Mapper[Any], records: Records, names: Collection[str]
) -> tuple[tuple[str, ...], Mapping[str, Any]]:
    """The text of what fills, and what the names in it stand for."""
    known: dict[str, Any] = {}
    lines: list[str] = []
    for number, prop in enumerate(each for each in mapper.column_attrs if each.key in names):
        value, codec = _value(prop, records, number, known)
        if codec.load is None:
            lines.append(f"d[{prop.key!r}] = {value}")
            continue
        known[f"load{number}"] = codec.load
        if codec.loads_null:
            lines.append(f"d[{prop.key!r}] = load{number}({value})")
        else:
            lines.append(f"v = {value}")
            lines.append(f"d[{prop.key!r}] = None if v is None else load{number}(v)")
    return tuple(lines), known


def _value(prop: ColumnProperty[Any], records: Records, number: int, known: dict[str, Any]) -> tuple[str, Codec]:
    """What gives the value in the function's text, and how it is loaded."""
    for column in prop.columns:
        if isinstance(column, Column) and column in records.place:
            return f"r[{records.place[column]}]", records.codec(column)
    expression = prop.columns[0]
    try:
        known[f"compute{number}"] = compile_expression(expression, records.place)
        type_ = type_of(expression, records.place)
    except CannotEvaluate as error:
        raise MappingError(
            f"{prop.parent.class_.__name__}.{prop.key} is an expression that the twin cannot evaluate: {error}",
            entity_type=prop.parent.class_,
        ) from error
    return f"compute{number}(r, reader)", codec_for(type_, Holder(f"{prop.parent.class_.__name__}.{prop.key}"))
