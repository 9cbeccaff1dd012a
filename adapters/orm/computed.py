"""Computed columns: the database alone says what is in them, so that they are given nothing."""

from typing import Any

from sqlalchemy import Column, Connection, event
from sqlalchemy.orm import InstanceState, Mapper
from sqlalchemy.orm.interfaces import EXT_CONTINUE

from unitofwork.domain.errors import MappingError


def computed(mapper: Mapper[Any]) -> frozenset[str]:
    """The attributes whose columns the database computes."""
    return frozenset(name for name, column in mapper.columns.items() if _is_computed(column))


def given(mapper: Mapper[Any], name: str) -> MappingError:
    """The error for who gives such an attribute a value."""
    column = mapper.columns[name]
    return MappingError(
        f"{mapper.class_.__name__}.{name} is computed, and not given",
        entity_type=mapper.class_,
        table=column.table.name,
        columns=(column.name,),
    )


def leave_computed(mapper: Mapper[Any]) -> None:
    """Let a flush send nothing for them; None of a new entity says nothing, even where it takes the place of a row."""
    names = computed(mapper)
    if not names:
        return

    def before_insert(mapper: Mapper[Any], connection: Connection, state: InstanceState[Any]) -> object:
        for name in names:
            if state.dict.get(name) is not None:
                raise given(mapper, name)
            state.committed_state.pop(name, None)
        return EXT_CONTINUE

    def before_update(mapper: Mapper[Any], connection: Connection, state: InstanceState[Any]) -> object:
        for name in names.intersection(state.committed_state):
            if not mapper.columns[name].type.compare_values(state.dict.get(name), state.committed_state[name]):
                raise given(mapper, name)
        return EXT_CONTINUE

    event.listen(mapper, "before_insert", before_insert, raw=True, retval=True)
    event.listen(mapper, "before_update", before_update, raw=True, retval=True)


def _is_computed(column: object) -> bool:
    return isinstance(column, Column) and column.computed is not None
