"""Running a SELECT of entities as `Session.scalars` does, without what that does for every other kind of statement."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy.orm import Mapper, Session

from unitofwork.adapters.orm.names import mapper_of
from unitofwork.adapters.session.private import autoflush
from unitofwork.adapters.sqlalchemy.compiled import CompiledSelect
from unitofwork.adapters.sqlalchemy.private import entities, placed_entities, rows_of
from unitofwork.adapters.sqlalchemy.statements import LIMIT
from unitofwork.domain.query import Query

T = TypeVar("T")


def load(session: Session, select: CompiledSelect[T], parameters: Mapping[str, object], mapper: Mapper[T]) -> list[T]:
    """The entities that the statement selects, each once.

    A statement with options of its own, and a session with a listener for statements, take the way through SQLAlchemy.
    """
    statement = select.statement
    if has_listeners(session) or statement.get_execution_options():
        return list(session.scalars(statement, parameters).unique())
    autoflush(session)
    arguments = {"mapper": mapper, "clause": statement}
    cursor = select.execute(session.connection(arguments), parameters)
    return entities(cursor, session, statement, parameters, arguments)


def has_listeners(session: Session) -> bool:
    """Whether somebody else has a say in how the session's statements are run."""
    return bool(session.dispatch.do_orm_execute or session.execution_options)


def load_values(
    session: Session, select: CompiledSelect[Any], parameters: Mapping[str, object], mapper: Mapper[Any]
) -> list[tuple[Any, ...]]:
    """The rows of values that the statement selects."""
    if has_listeners(session):
        return [tuple(row) for row in session.execute(select.statement, parameters)]
    autoflush(session)
    connection = session.connection({"mapper": mapper, "clause": select.statement})
    return rows_of(select.execute(connection, parameters))


def load_placed(
    session: Session,
    selects: Iterable[CompiledSelect[Any]],
    parameters: Mapping[str, object],
    query: Query[Any],
) -> list[tuple[Any, tuple[object, ...]]]:
    """The entities of a query that `select_placed` selects, with the rest of their rows; no more than needed.

    What was changed is sent once, however many statements it takes.
    """
    autoflush(session)
    mapper = mapper_of(query.entity_type)
    if query.limit is None:
        return [each for select in selects for each in _placed(session, select, parameters, mapper)][query.offset :]
    found: list[tuple[Any, tuple[object, ...]]] = []
    missing = query.offset + query.limit
    for select in selects:
        found += _placed(session, select, {**parameters, LIMIT: missing - len(found)}, mapper)
        if len(found) >= missing:
            break
    return found[query.offset :]


def _placed(
    session: Session, select: CompiledSelect[Any], parameters: Mapping[str, object], mapper: Mapper[Any]
) -> list[tuple[Any, tuple[object, ...]]]:
    statement = select.statement
    if has_listeners(session) or statement.get_execution_options():
        executed = session.execute(statement, parameters, execution_options={"autoflush": False})
        return [(row[0], tuple(row[1:])) for row in executed.unique()]
    arguments = {"mapper": mapper, "clause": statement}
    cursor = select.execute(session.connection(arguments), parameters)
    return placed_entities(cursor, session, statement, parameters, arguments)
