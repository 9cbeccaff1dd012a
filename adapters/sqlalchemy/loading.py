"""Running a SELECT of entities as `Session.scalars` does, without what that does for every other kind of statement."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Mapper, Session

from unitofwork.adapters.session.private import autoflush
from unitofwork.adapters.sqlalchemy.compiled import CompiledSelect
from unitofwork.adapters.sqlalchemy.private import entities

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


def load_placed(
    session: Session, statements: Iterable[Select[Any]], limit: int | None, offset: int
) -> list[tuple[Any, tuple[object, ...]]]:
    """The entities that the statements select one after the other, with the rest of their rows; no more than needed."""
    found: list[tuple[Any, tuple[object, ...]]] = []
    for statement in statements:
        if limit is not None:
            statement = statement.limit(limit + offset - len(found))
        found += [(row[0], tuple(row[1:])) for row in session.execute(statement).unique()]
        if limit is not None and len(found) >= limit + offset:
            break
    return found[offset:]
