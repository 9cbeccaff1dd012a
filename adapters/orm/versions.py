"""Version columns: by them a change of what has changed meanwhile is found out, so the mapping alone counts them."""

from typing import Any

from sqlalchemy import Connection, event, inspect
from sqlalchemy.orm import InstanceState, Mapper
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import UnmappedColumnError

from unitofwork.adapters.orm.draft import MapperOptions
from unitofwork.adapters.orm.names import mapper_of
from unitofwork.domain.errors import MappingError, UnitOfWorkError


def check_version(mapper: Mapper[Any]) -> None:
    """Refuse a version column by which nothing would be found out.

    Raises:
        MappingError: with the cure.
    """
    column, name = mapper.version_id_col, mapper.class_.__name__
    if column is None:
        return
    try:
        mapper.get_property_by_column(column)
    except UnmappedColumnError:
        raise MappingError(
            f"{name} leaves its version column {column.name} out: let it be mapped, it needs no field",
            entity_type=mapper.class_,
            columns=(column.name,),
        ) from None
    if column.nullable:
        raise MappingError(
            f"{name} has a version column {column.name} that may be NULL, and a row without a version is never found to"
            " have changed: write nullable=False",
            entity_type=mapper.class_,
            columns=(column.name,),
        )


def count_versions(mapper: Mapper[Any], options: MapperOptions) -> None:
    """Let a version come from the mapping's generator alone, so that it never goes back.

    An application whose mapping says ``version_id_generator=False`` counts by itself.
    """
    column = mapper.version_id_col
    _confirm_deletions(mapper, options)
    if column is None or mapper.version_id_generator is False:
        return
    key = mapper.get_property_by_column(column).key

    def before_insert(_mapper: Mapper[Any], _connection: Connection, state: InstanceState[Any]) -> None:
        # Where it takes the place of a deleted one, its row is updated, and with the version that it was made with.
        if state.dict.get(key) is not None or key in state.committed_state:
            set_committed_value(state.obj(), key, None)

    def before_update(_mapper: Mapper[Any], _connection: Connection, state: InstanceState[Any]) -> None:
        if key in state.committed_state and state.dict.get(key) != state.committed_state[key]:
            raise UnitOfWorkError(
                f"{mapper.class_.__name__}.{key} is counted by the mapping, and was set: leave it as it is; to have a"
                " version compared with the row's, use upsert()",
                entity_type=mapper.class_,
            )

    event.listen(mapper, "before_insert", before_insert, raw=True)
    event.listen(mapper, "before_update", before_update, raw=True)


def identified_version(entity: object) -> tuple[object, ...]:
    """Which state of which entity this is: the name of its table, its primary key, and its version.

    Raises:
        MappingError: its class is not mapped, or has no version column.
        UnitOfWorkError: it has no row yet.
    """
    mapper = mapper_of(type(entity))
    name, column = type(entity).__name__, mapper.version_id_col
    if column is None:
        raise MappingError(
            f"{name} has no version column: write version_id_col=, or name what is shown of it",
            entity_type=type(entity),
        )
    state: InstanceState[Any] = inspect(entity)
    if state.identity is None:
        raise UnitOfWorkError(f"the {name} has no row yet, and no version: flush or commit first")
    version = getattr(entity, mapper.get_property_by_column(column).key)
    return (mapper.base_mapper.local_table.description, *state.identity, version)


def _confirm_deletions(mapper: Mapper[Any], options: MapperOptions) -> None:
    """Ask whether a deletion found its row only where there is a version: else that it is gone is all that is wanted.

    SQLAlchemy decides it for a whole hierarchy, and by default warns of each row that was not found.
    """
    versioned = mapper.version_id_col is not None
    if "confirm_deleted_rows" not in options and (versioned or mapper.inherits is None):
        mapper.base_mapper.confirm_deleted_rows = versioned
