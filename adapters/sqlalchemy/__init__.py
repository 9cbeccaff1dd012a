"""Entities in a SQL database, through SQLAlchemy's session."""

from unitofwork.adapters.sqlalchemy.database import SqlAlchemyDatabase
from unitofwork.adapters.sqlalchemy.options import EngineOptions
from unitofwork.adapters.sqlalchemy.session import orm_session

__all__ = ["EngineOptions", "SqlAlchemyDatabase", "orm_session"]
