"""The unique rules of a table, as the mapping has them: constraints, indexes, and exclusions of what is equal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeGuard, cast

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.sql import ClauseElement

from unitofwork.adapters.memory.store.expressions import evaluating
from unitofwork.adapters.memory.store.row import Key, KeyOf, Row, key_of
from unitofwork.adapters.memory.store.rules import Rule, rule_of
from unitofwork.adapters.memory.store.unique import Unique
from unitofwork.adapters.memory.values import Codec
from unitofwork.adapters.orm.constraints import excluded, in_order
from unitofwork.domain.errors import ExclusionViolation, MappingError, UniqueViolation

Mapped: TypeAlias = PrimaryKeyConstraint | UniqueConstraint | Index | ExcludeConstraint


def unique_rules(table: Table, place: dict[Column[Any], int], codecs: tuple[Codec, ...]) -> tuple[Unique, ...]:
    """The table's rules in the order in which PostgreSQL checks them: the primary key first, indexes last.

    Raises:
        MappingError: one cannot be kept.
    """
    found: list[Unique] = []
    for each in sorted(_mapped(table), key=lambda mapped: not isinstance(mapped, PrimaryKeyConstraint)):
        unique = _unique(table, each, place, codecs)
        if isinstance(each, Index) or not any(_is_the_same(unique, other) for other in found):
            found.append(unique)
    return tuple(found)


def _mapped(table: Table) -> Iterator[Mapped]:
    for each in in_order(table):
        if (
            isinstance(each, UniqueConstraint | ExcludeConstraint)
            or (isinstance(each, PrimaryKeyConstraint) and len(each.columns))
            or (isinstance(each, Index) and each.unique)
        ):
            yield each


def _is_the_same(unique: Unique, other: Unique) -> bool:
    """Whether PostgreSQL keeps only the first of two constraints, since the other says the same."""

    def said(each: Unique) -> tuple[object, ...]:
        return each.columns, each.kind, each.nulls_distinct, each.deferrable, each.deferred

    return bool(unique.columns) and said(unique) == said(other)


def _unique(table: Table, mapped: Mapped, place: dict[Column[Any], int], codecs: tuple[Codec, ...]) -> Unique:
    rule = rule_of(table, mapped)
    options: Mapping[str, Any] = {} if _is_primary(mapped) else mapped.dialect_options["postgresql"]
    where = mapped.where if isinstance(mapped, ExcludeConstraint) else options.get("where")
    distinct = not options.get("nulls_not_distinct")
    parts = _parts(rule, mapped)
    columns: tuple[Column[Any], ...] = tuple(part for part in parts if _is_column(part))
    deferrable = not isinstance(mapped, Index) and bool(mapped.deferrable or mapped.initially)
    deferred = not isinstance(mapped, Index) and (mapped.initially or "").upper() == "DEFERRED"
    kind = ExclusionViolation if isinstance(mapped, ExcludeConstraint) else UniqueViolation
    if where is None and len(columns) == len(parts):
        places = tuple(place[column] for column in columns)
        normals = tuple(codecs[at - 1].key for at in places)
        return Unique(
            rule=rule,
            kind=kind,
            columns=columns,
            places=places,
            key=key_of(places, normals, nulls_distinct=distinct),
            lookup=key_of(tuple(range(len(columns))), normals),
            is_key=kind is UniqueViolation,
            primary=_is_primary(mapped),
            nulls_distinct=distinct,
            of_values=distinct and not any(normals),
            deferrable=deferrable,
            deferred=deferred,
        )
    return Unique(
        rule=rule,
        kind=kind,
        columns=(),
        places=tuple(place.values()),
        key=_key_of_expressions(rule, parts, where, place, nulls_distinct=distinct),
        lookup=lambda _: None,
        is_key=False,
        nulls_distinct=distinct,
        deferrable=deferrable,
        deferred=deferred,
    )


def _is_column(part: ClauseElement) -> TypeGuard[Column[Any]]:
    return isinstance(part, Column)


def _is_primary(mapped: Mapped) -> bool:
    return isinstance(mapped, PrimaryKeyConstraint)


def _parts(rule: Rule, mapped: Mapped) -> Sequence[ClauseElement]:
    """What the key is made of."""
    if isinstance(mapped, Index):
        return cast(Sequence[ClauseElement], mapped.expressions)
    if not isinstance(mapped, ExcludeConstraint):
        return list(mapped.columns)
    for _, operator in excluded(mapped):
        if operator != "=":
            raise MappingError(
                f"the exclusion constraint {rule.name} of {rule.table.name} has the operator {operator},"
                " which is not evaluated in memory",
                table=rule.table.name,
                columns=rule.columns,
                constraint=rule.name,
            )
    return [expression for expression, _ in excluded(mapped)]


def _key_of_expressions(
    rule: Rule,
    parts: Sequence[ClauseElement],
    where: ClauseElement | str | None,
    place: Mapping[Column[Any], int],
    *,
    nulls_distinct: bool,
) -> KeyOf:
    what = f"the index {rule.name}"
    evaluate: list[Callable[[Row, Any], Any]] = [evaluating(part, place, what, rule) for part in parts]
    included = None if where is None else evaluating(where, place, what, rule)

    def key(row: Row) -> Key | None:
        if included is not None and included(row, None) is not True:  # an index reads no other rows
            return None
        values = tuple(each(row, None) for each in evaluate)
        return None if nulls_distinct and None in values else values

    return key
