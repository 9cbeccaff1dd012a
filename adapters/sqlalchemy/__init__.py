"""Entities in a SQL database, through SQLAlchemy's session."""

from unitofwork.adapters.sqlalchemy.database import SqlAlchemyDatabase
from unitofwork.adapters.sqlalchemy.session import SqlAlchemySession

__all__ = ["SqlAlchemyDatabase", "SqlAlchemySession"]
