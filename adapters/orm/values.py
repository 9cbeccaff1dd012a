"""Values checked against the mapping before they are sent, so that every database refuses what PostgreSQL refuses."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from sqlalchemy import Column, Connection, Dialect, event
from sqlalchemy.orm import ColumnProperty, InstanceState, Mapper
from sqlalchemy.orm.interfaces import EXT_CONTINUE
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.operators import Operators

from unitofwork.adapters.orm.column_types import test_of
from unitofwork.adapters.orm.json_types import has_own_serializer
from unitofwork.adapters.orm.rules import Test
from unitofwork.domain.errors import InvalidValue

# Raises InvalidValue, or one of its kinds, for a value that the attribute's column cannot hold.
Check: TypeAlias = Callable[[object], None]

EXPRESSIONS = (ClauseElement, Operators)
"""What stands for a value that the database computes."""

_Known: TypeAlias = dict[tuple[str, bool, bool], Mapping[str, Check]]
_CACHE = "unitofwork.checks"
_LISTENER = "unitofwork.check_of_new"


def checks(mapper: Mapper[Any], dialect: Dialect, *, stored: bool = True) -> Mapping[str, Check]:
    """The check of each column attribute whose type has rules, made once per mapper and kind of database.

    None and SQL expressions always pass.

    Args:
        mapper: the mapper.
        dialect: whose values are checked.
        stored: whether the values are to be stored, or are only a condition's operands: these need not fit the column.
    """
    info: dict[str, _Known] = mapper.class_manager.info  # pyright: ignore[reportUnknownMemberType]  # a bare dict
    known = info.get(_CACHE)
    if known is None:
        known = info.setdefault(_CACHE, {})
    key = (dialect.name, has_own_serializer(dialect), stored)
    found = known.get(key)
    if found is None:
        found = known[key] = {
            prop.key: _check(mapper, prop, test)
            for prop in mapper.column_attrs
            if (isinstance(prop.columns[0], Column) or not stored)
            and (test := test_of(prop.columns[0].type, dialect, stored=stored)) is not None
        }
    return found


def check_operand(mapper: Mapper[Any], prop: ColumnProperty[Any], value: object, dialect: Dialect) -> None:
    """Refuse to compare a column attribute with a value that is not of its type.

    Raises:
        InvalidValue: or one of its kinds.
    """
    check_operands(mapper, prop, (value,), dialect)


def check_operands(mapper: Mapper[Any], prop: ColumnProperty[Any], values: Iterable[object], dialect: Dialect) -> None:
    """Refuse any of several values, as `check_operand` does."""
    check = checks(mapper, dialect, stored=False).get(prop.key)
    if check is not None:
        for value in values:
            check(value)


def check_before_sending(mapper: Mapper[Any]) -> None:
    """Check what a flush writes: every value of a new entity, the changed values of another."""
    last: tuple[Dialect | None, Mapping[str, Check]] = (None, {})  # a flush is mostly to the database of the last one

    def checks_for(dialect: Dialect) -> Mapping[str, Check]:
        nonlocal last
        last = (dialect, checks(mapper, dialect))
        return last[1]

    def before_insert(mapper: Mapper[Any], connection: Connection, state: InstanceState[Any]) -> object:
        dialect, known = last
        if dialect is not connection.dialect:
            known = checks_for(connection.dialect)
        for name, value in vars(state.obj()).items():
            if value is not None and name in known:
                known[name](value)
        return EXT_CONTINUE

    def before_update(mapper: Mapper[Any], connection: Connection, state: InstanceState[Any]) -> object:
        dialect, known = last
        if dialect is not connection.dialect:
            known = checks_for(connection.dialect)
        loaded = vars(state.obj())
        for name in state.committed_state:
            if name in known:
                if name not in loaded:
                    raise _deleted(mapper, name)
                known[name](loaded[name])
        return EXT_CONTINUE

    # With both flags SQLAlchemy calls the listener itself, and not through a wrapper.
    event.listen(mapper, "before_insert", before_insert, raw=True, retval=True)
    event.listen(mapper, "before_update", before_update, raw=True, retval=True)
    mapper.class_manager.info[_LISTENER] = before_insert  # pyright: ignore[reportUnknownMemberType]  # a bare dict


def check_of_new(mapper: Mapper[Any]) -> Callable[..., object] | None:
    """What checks the values of new entities before they are sent, as a listener; None if nothing does."""
    info: dict[str, Callable[..., object]] = mapper.class_manager.info  # pyright: ignore[reportUnknownMemberType]  # a bare dict
    return info.get(_LISTENER)


def _deleted(mapper: Mapper[Any], name: str) -> InvalidValue:
    return InvalidValue(f"{mapper.class_.__name__}.{name} was deleted: set it to None", entity_type=mapper.class_)


def _check(mapper: Mapper[Any], prop: ColumnProperty[Any], test: Test) -> Check:
    column = prop.columns[0]

    def check(value: object) -> None:
        if value is None or isinstance(value, EXPRESSIONS):
            return
        refusal = test(value)
        if refusal is not None:
            raise refusal.error(
                f"{mapper.class_.__name__}.{prop.key} {refusal.text}",
                entity_type=mapper.class_,
                table=column.table.name if isinstance(column, Column) else None,
                columns=(column.name,) if isinstance(column, Column) else (),
            ) from refusal.cause

    return check
