"""Running a SELECT of entities as `Session.scalars` does, without what that does for every other kind of statement."""

from collections.abc import Mapping
from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Mapper, Session

from unitofwork.adapters.sqlalchemy.private import LOADING, autoflush, entities

T = TypeVar("T")


def load(session: Session, statement: Select[T], parameters: Mapping[str, object], mapper: Mapper[T]) -> list[T]:
    """The entities that the statement selects, each once.

    A statement with options of its own, and a session with a listener for statements, take the way through SQLAlchemy.
    """
    if session.dispatch.do_orm_execute or session.execution_options or statement.get_execution_options():
        return list(session.scalars(statement, parameters).unique())
    autoflush(session)
    arguments = {"mapper": mapper, "clause": statement}
    cursor = session.connection(arguments).execute(statement, parameters, execution_options=LOADING)
    return entities(cursor, session, statement, parameters, arguments)
